"""The tab for asking: the conversation, and beside it the sections that an answer rests on.

Its script turns clicks within the conversation into events of Gradio's, whose names are Gradio's
and say little: ``edit`` asks in the place of a turn, ``like`` rates one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag.conversation_store import ConversationStore
from rag.conversations import Conversation, Rating
from rag.errors import VerbatimError
from rag.ui.asking import Asker, Update
from rag.ui.chosen import chosen_name
from rag.ui.examples import ExamplesOf
from rag.ui.history import build_history
from rag.ui.inspection import inspection
from rag.ui.markup import escape
from rag.ui.panel import Call, Function, Reply, answering, text_of
from rag.ui.panel_texts import PANEL_TEXTS
from rag.ui.reasons import reason
from rag.ui.source_view import sources
from rag.ui.texts import Texts
from rag.ui.turn_view import LONGEST_QUESTION, offered, welcome

# Those who wait hold a thread each, of forty that Gradio has.
_MOST_ASKING = 24


@dataclass(frozen=True, slots=True)
class AskTab:
    """The tab's parts, to be connected once the other tabs are there too."""

    state: Any
    history: Any
    conversation: Any
    question: Any
    sources: Any


def build_ask_tab(
    store_of: Callable[[str], ConversationStore], texts: Texts, examples_of: ExamplesOf
) -> AskTab:
    """Lay the tab out where it is called.

    Args:
        store_of: see ``build_history``.
        examples_of: questions to begin with in a collection.
    """
    import gradio as gr

    state = gr.State(Conversation(""))
    with gr.Row(elem_id="ask"):
        with gr.Column(scale=3, min_width=320):
            history = build_history(store_of, texts)
            conversation = gr.HTML(
                welcome(texts, examples_of("")),
                elem_id="conversation",
                apply_default_css=False,
                js_on_load="window.verbatimAsk.attachConversation(element, server, trigger)",
                server_functions=[_first_questions(texts, examples_of)],
            )
            question = gr.Textbox(
                label=texts.placeholder,
                show_label=False,
                placeholder=texts.placeholder,
                lines=1,
                max_lines=6,
                max_length=LONGEST_QUESTION,
                autofocus=True,
                submit_btn=texts.send,
                stop_btn=texts.stop,
                elem_id="question",
            )
        with gr.Column(scale=2, min_width=300):
            column = gr.HTML(sources(texts, None), elem_id="sources", apply_default_css=False)
    return AskTab(state, history, conversation, question, column)


def connect_ask_tab(
    tab: AskTab,
    inspected: Any,
    asker_of: Callable[[Any], Asker],
    texts: Texts,
    examples_of: ExamplesOf,
) -> None:
    """Say what the tab's parts do.

    Args:
        inspected: shows how the last answer came about.
        asker_of: who answers the visitor that a request of Gradio's comes from.
    """
    shown = [tab.conversation, tab.sources, tab.state, inspected]
    quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden"}
    asking = {"concurrency_limit": _MOST_ASKING, "concurrency_id": "asking"}

    def ask(question: str, state: Conversation, request: Any) -> Iterator[tuple[Any, ...]]:
        for update in asker_of(request).ask(question, state):
            yield ("", *_outputs(update))

    def ask_again(state: Conversation, event: Any, request: Any) -> Iterator[tuple[Any, ...]]:
        asker = asker_of(request)
        for update in asker.ask_again(str(event.turn), str(event.question), state):
            yield _outputs(update)

    def stop(state: Conversation, request: Any) -> tuple[Any, ...]:
        return _outputs(asker_of(request).stopped(state))

    def rate(state: Conversation, event: Any, request: Any) -> Any:
        asker, turn, note = asker_of(request), str(event.turn), str(event.note)
        rating = Rating(str(event.rating))
        return _outputs(_or_warning(texts, lambda: asker.rated(turn, rating, note, state)))[2]

    # What takes an answer's place stops it first, so that it does not come back.
    def open_kept(state: Conversation, event: Any, request: Any) -> tuple[Any, ...]:
        asker, wanted = asker_of(request), str(event.id)
        asker.stop(state)
        return _outputs(_or_warning(texts, lambda: asker.opened(wanted)))

    def begin_anew(state: Conversation, request: Any) -> tuple[Any, ...]:
        asker_of(request).stop(state)
        return _outputs(_empty(texts, examples_of(chosen_name(request))))

    def forget(state: Conversation, event: Any, request: Any) -> tuple[Any, ...]:
        if state.id != str(event.id):
            return _outputs(Update())
        asker_of(request).discard(state)
        return _outputs(_empty(texts, examples_of(chosen_name(request))))

    _take_own(ask, ask_again, stop, rate, open_kept, begin_anew, forget)
    tab.question.submit(ask, [tab.question, tab.state], [tab.question, *shown], **asking, **quiet)
    tab.conversation.edit(ask_again, [tab.state], shown, **asking, **quiet)
    tab.question.stop(stop, [tab.state], shown, **quiet)
    # A rating and its note may follow each other closely.
    tab.conversation.like(rate, [tab.state], [tab.state], trigger_mode="multiple", **quiet)
    tab.history.select(open_kept, [tab.state], shown, **quiet)
    tab.history.clear(begin_anew, [tab.state], shown, **quiet)
    tab.history.delete(forget, [tab.state], shown, **quiet)


def _first_questions(texts: Texts, examples_of: ExamplesOf) -> Function:
    """Return what the tab's script calls to offer questions of the chosen collection."""

    def first_questions(call: Call) -> Reply:
        return {"html": offered(texts, examples_of(text_of(call, "collection")))}

    return answering(PANEL_TEXTS[texts.code], first_questions)


def _take_own(*functions: Callable[..., Any]) -> None:
    """Have Gradio hand its own things in; it reads types at run time, where ours are mere text."""
    import gradio as gr

    known = {"event": gr.EventData, "request": gr.Request}
    for function in functions:
        names = function.__annotations__.keys() & known.keys()
        function.__annotations__ = {name: known[name] for name in names}


def _or_warning(texts: Texts, act: Callable[[], Update]) -> Update:
    """Return what ``act`` changes; where it fails, nothing, and say so in a corner of the page."""
    import gradio as gr

    try:
        return act()
    except VerbatimError as error:
        gr.Warning(escape(reason(texts.code, error)))
        return Update()


def _empty(texts: Texts, examples: Sequence[str]) -> Update:
    return Update(
        conversation=welcome(texts, examples),
        sources=sources(texts, None),
        state=Conversation(""),
        inspected=inspection(texts, None),
    )


def _outputs(update: Update) -> tuple[Any, ...]:
    import gradio as gr

    parts = (update.conversation, update.sources, update.state, update.inspected)
    return tuple(gr.skip() if part is None else part for part in parts)
