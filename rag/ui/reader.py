"""The dialog that shows a document with the cited words highlighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.collection_set import CollectionSet
from rag.errors import VerbatimError
from rag.ui import answer_view as view
from rag.ui.markup import escape
from rag.ui.panel_texts import PANEL_TEXTS
from rag.ui.pdf_view import page_controls, page_opener
from rag.ui.reasons import reason
from rag.ui.texts import Texts


def build_reader(collections: CollectionSet, texts: Texts) -> None:
    """Put the dialog, closed at first, where it is called."""
    import gradio as gr

    gr.HTML(
        _dialog(texts),
        elem_id="reader",
        apply_default_css=False,
        js_on_load="window.verbatim.attachReader(element, server)",
        server_functions=[
            _passage_opener(collections, texts),
            page_opener(collections, PANEL_TEXTS[texts.code]),
        ],
    )


def _passage_opener(
    collections: CollectionSet, texts: Texts
) -> Callable[[list[Any]], dict[str, str]]:
    """Return what the page's script calls to open a citation, by this very name."""

    def passage(place: list[Any]) -> dict[str, str]:
        name, start, end, *collection = place
        try:
            engine = collections.engine(*map(str, collection))
            return view.passage(engine, str(name), int(start), int(end))
        except VerbatimError as error:
            why = escape(reason(texts.code, error))
            return {"title": escape(str(name)), "html": f"<p>{why}</p>"}

    return passage


def _dialog(texts: Texts) -> str:
    return (
        f'<dialog aria-labelledby="reader-title"><header><h2 id="reader-title"></h2>'
        f'<button type="button" class="step" data-step="-1" aria-label="{escape(texts.previous)}" '
        f'title="{escape(texts.previous)}">‹</button>'
        f'<button type="button" class="step" data-step="1" aria-label="{escape(texts.next)}" '
        f'title="{escape(texts.next)}">›</button>'
        f'<button type="button" class="close" aria-label="{escape(texts.close)}" '
        f'title="{escape(texts.close)}">×</button></header>'
        f"{page_controls(PANEL_TEXTS[texts.code])}"
        f'<div class="text" tabindex="0"></div></dialog>'
    )
