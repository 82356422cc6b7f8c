"""The tab for asking: the conversation, and beside it the sections that an answer rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rag.engine import Engine
from rag.errors import VerbatimError
from rag.types import (
    Answer,
    AnswerDone,
    EvidenceFound,
    Message,
    Role,
    TextPiece,
)
from rag.ui import answer_view as view
from rag.ui.inspection import inspection
from rag.ui.texts import Texts

_MOST_TURNS_SHOWN = 30

Update = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AskTab:
    """The tab's parts, to be connected once the other tabs are there too."""

    turns: Any
    conversation: Any
    question: Any
    clear: Any
    sources: Any


def build_ask_tab(texts: Texts, examples: Sequence[str]) -> AskTab:
    """Lay the tab out where it is called."""
    import gradio as gr

    turns = gr.State(())
    with gr.Row(elem_id="ask"):
        with gr.Column(scale=3, min_width=320):
            conversation = gr.HTML(
                view.welcome(texts, examples),
                elem_id="conversation",
                apply_default_css=False,
            )
            question = gr.Textbox(
                label=texts.placeholder,
                show_label=False,
                placeholder=texts.placeholder,
                lines=1,
                max_lines=6,
                max_length=4000,
                autofocus=True,
                submit_btn=texts.send,
                stop_btn=texts.stop,
                elem_id="question",
            )
            clear = gr.Button(texts.clear, size="sm", variant="secondary", elem_id="clear")
        with gr.Column(scale=2, min_width=300):
            sources = gr.HTML(view.sources(texts, None), elem_id="sources", apply_default_css=False)
    return AskTab(turns, conversation, question, clear, sources)


def connect_ask_tab(
    tab: AskTab,
    inspected: Any,
    engine: Engine,
    texts: Texts,
    examples: Sequence[str],
    on_answer: Callable[[Answer], None],
) -> None:
    """Say what the tab's parts do; ``inspected`` shows how the last answer came about."""
    asking = tab.question.submit(
        partial(_ask, engine, texts, on_answer),
        inputs=[tab.question, tab.turns],
        outputs=[tab.question, tab.conversation, tab.sources, tab.turns, inspected],
        concurrency_limit=1,
        concurrency_id="llm",
        api_name=False,
        show_progress="hidden",
    )
    tab.question.stop(None, cancels=[asking], api_name=False)
    tab.clear.click(
        lambda: (view.welcome(texts, examples), view.sources(texts, None), ()),
        outputs=[tab.conversation, tab.sources, tab.turns],
        api_name=False,
        show_progress="hidden",
    )


def _ask(
    engine: Engine,
    texts: Texts,
    on_answer: Callable[[Answer], None],
    question: str,
    turns: tuple[Answer, ...],
) -> Iterator[Update]:
    """Answer, showing first what is read, then the words as they come, then the whole."""
    if not question.strip():
        return
    earlier = "".join(
        view.question(turn.question) + view.answer(texts, turn)
        for turn in turns[-_MOST_TURNS_SHOWN:]
    )
    shown = earlier + view.question(question)
    evidence: tuple[Any, ...] = ()
    text = ""
    yield "", shown + view.pending(texts, (), ""), view.sources(texts, None), turns, _unchanged()
    try:
        for event in engine.stream(question, history=_history(turns)):
            if isinstance(event, EvidenceFound):
                evidence = event.evidence
            elif isinstance(event, TextPiece):
                text += event.text
            elif isinstance(event, AnswerDone):
                done = event.answer
                on_answer(done)
                yield (
                    "",
                    shown + view.answer(texts, done),
                    view.sources(texts, done),
                    (*turns, done),
                    inspection(texts, done),
                )
                return
            pending = view.pending(texts, evidence, text)
            yield "", shown + pending, _unchanged(), turns, _unchanged()
    except VerbatimError as error:
        failed = view.failure(texts, str(error))
        yield "", shown + failed, _unchanged(), turns, _unchanged()


def _history(turns: Sequence[Answer]) -> list[Message]:
    messages: list[Message] = []
    for turn in turns:
        messages.append(Message(Role.USER, turn.question))
        messages.append(Message(Role.ASSISTANT, turn.text))
    return messages


def _unchanged() -> Any:
    import gradio as gr

    return gr.skip()
