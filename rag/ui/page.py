"""The page in one language: asking beside the sources, and the library of documents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rag.engine import Engine
from rag.errors import VerbatimError
from rag.types import (
    Answer,
    AnswerDone,
    EvidenceFound,
    IndexReport,
    Message,
    Role,
    TextPiece,
)
from rag.ui import answer_view as view
from rag.ui.inspection import inspection
from rag.ui.library import Library
from rag.ui.markup import escape
from rag.ui.texts import Texts

_logger = logging.getLogger(__name__)
_ASSETS = Path(__file__).parent / "assets"
_MOST_TURNS_SHOWN = 30

Update = tuple[Any, ...]


def assets() -> dict[str, str]:
    """Return the page's style and script as Gradio takes them."""
    return {
        "css": (_ASSETS / "style.css").read_text(encoding="utf-8"),
        "head": f"<script>{(_ASSETS / 'page.js').read_text(encoding='utf-8')}</script>",
    }


def theme() -> Any:
    """Return a plain theme with the system's own fonts: nothing is fetched."""
    import gradio as gr

    sans = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        font=sans,
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )


def build_page(
    engine: Engine,
    library: Library,
    texts: Texts,
    examples: Sequence[str],
    *,
    on_answer: Callable[[Answer], None] = lambda _: None,
) -> Any:
    """Return the Gradio blocks of the page.

    Args:
        examples: questions to begin with.
        on_answer: told of every answer.
    """
    import gradio as gr

    with gr.Blocks(title="Verbatim", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(_header(texts), elem_id="masthead", apply_default_css=False)
        gr.HTML(
            _reader(texts),
            elem_id="reader",
            apply_default_css=False,
            js_on_load="window.verbatim.attachReader(element, server)",
            server_functions=[_passage_opener(engine)],
        )
        turns = gr.State(())
        with gr.Tabs():
            with gr.Tab(texts.ask_tab), gr.Row(elem_id="ask"):
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
                    sources = gr.HTML(
                        view.sources(texts, None), elem_id="sources", apply_default_css=False
                    )
            with gr.Tab(texts.library_tab):
                files = gr.File(
                    label=texts.add, file_count="multiple", height=140, elem_id="upload"
                )
                note = gr.HTML("", elem_id="upload-note", apply_default_css=False)
                listing = gr.HTML(
                    library.listing(texts), elem_id="library", apply_default_css=False
                )

            with gr.Tab(texts.inspect_tab):
                inspected = gr.HTML(
                    inspection(texts, None), elem_id="inspection", apply_default_css=False
                )

        ask = partial(_ask, engine, texts, on_answer)
        asking = question.submit(
            ask,
            inputs=[question, turns],
            outputs=[question, conversation, sources, turns, inspected],
            concurrency_limit=1,
            concurrency_id="llm",
            api_name=False,
            show_progress="hidden",
        )
        question.stop(None, cancels=[asking], api_name=False)
        clear.click(
            lambda: (view.welcome(texts, examples), view.sources(texts, None), ()),
            outputs=[conversation, sources, turns],
            api_name=False,
            show_progress="hidden",
        )
        files.upload(
            partial(_add, library, texts),
            inputs=[files],
            outputs=[files, listing, note],
            concurrency_limit=1,
            api_name=False,
        )
    return page


def _passage_opener(engine: Engine) -> Callable[[list[Any]], dict[str, str]]:
    """Return what the page's script calls to open a citation, by this very name."""

    def passage(place: list[Any]) -> dict[str, str]:
        name, start, end = place
        try:
            return view.passage(engine, str(name), int(start), int(end))
        except VerbatimError as error:
            return {"title": escape(str(name)), "html": f"<p>{escape(str(error))}</p>"}

    return passage


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


def _add(library: Library, texts: Texts, files: Sequence[str] | None) -> Update:
    if not files:
        return None, _unchanged(), ""
    try:
        report = library.add([Path(file) for file in files])
    except (VerbatimError, OSError) as error:
        return None, _unchanged(), view.failure(texts, str(error))
    return None, library.listing(texts), _report(texts, report)


def _report(texts: Texts, report: IndexReport) -> str:
    lines = [escape(texts.added.format(count=report.added + report.changed))]
    if report.failures:
        reasons = "".join(
            f"<li>{escape(Path(item.path).name)}: {escape(item.reason)}</li>"
            for item in report.failures
        )
        lines.append(f"{escape(texts.not_added)}<ul>{reasons}</ul>")
    return f'<div class="note" role="status">{"<br>".join(lines)}</div>'


def _unchanged() -> Any:
    import gradio as gr

    return gr.skip()


def _header(texts: Texts) -> str:
    return (
        f"<header><h1>Verbatim</h1><p>{escape(texts.tagline)}</p><nav>"
        f'<a href="../{texts.other_code}/" lang="{texts.other_code}">{escape(texts.other_name)}</a>'
        f'<button type="button" class="theme" aria-label="{escape(texts.theme)}" '
        f'title="{escape(texts.theme)}">◐</button></nav></header>'
    )


def _reader(texts: Texts) -> str:
    return (
        f'<dialog aria-labelledby="reader-title"><header><h2 id="reader-title"></h2>'
        f'<button type="button" class="step" data-step="-1" aria-label="{escape(texts.previous)}" '
        f'title="{escape(texts.previous)}">‹</button>'
        f'<button type="button" class="step" data-step="1" aria-label="{escape(texts.next)}" '
        f'title="{escape(texts.next)}">›</button>'
        f'<button type="button" class="close" aria-label="{escape(texts.close)}" '
        f'title="{escape(texts.close)}">×</button></header>'
        f'<div class="text" tabindex="0"></div></dialog>'
    )
