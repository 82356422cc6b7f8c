"""A page of a PDF for the reader: its picture, and the cited words on it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from rag.collection_set import CollectionSet
from rag.documents.pdf_pages import PageView, has_pages, page_of, view_page
from rag.errors import VerbatimError
from rag.types import Document, Span
from rag.ui.markup import escape
from rag.ui.panel_texts import PanelTexts


def page_opener(
    collections: CollectionSet, texts: PanelTexts
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what the reader's script calls to see a page, by this very name.

    The call names a document of the index, never a file; only that document's own file is opened,
    and only while it is what was indexed. Without a page to show, the reply is empty.
    """

    def pdf_page(call: dict[str, Any]) -> dict[str, Any]:
        name, start, end = call["place"]
        try:
            engine = collections.engine(str(call.get("collection", "")))
            document = engine.reader.document(str(name))
            if not has_pages(document):
                return {}
            marked = _marked(document, int(start), int(end))
            first = page_of(document, marked.start if marked else 0)
            seen = view_page(document, int(call.get("number") or first), marked)
        except VerbatimError:
            return {}
        return _reply(texts, document, seen)

    pdf_page.__annotations__ = {}
    return pdf_page


def _marked(document: Document, start: int, end: int) -> Span | None:
    return Span(start, end) if 0 <= start < end <= len(document.text) else None


def _reply(texts: PanelTexts, document: Document, seen: PageView) -> dict[str, Any]:
    label = texts.page_of.format(number=seen.number, count=seen.count)
    described = texts.page_image.replace("{number}", str(seen.number))
    described = described.replace("{name}", document.title or document.name)
    picture = base64.b64encode(seen.png).decode("ascii")
    boxes = "".join(
        f'<i class="box" style="left:{100 * box.left:.3f}%;top:{100 * box.top:.3f}%;'
        f'width:{100 * box.width:.3f}%;height:{100 * box.height:.3f}%"></i>'
        for box in seen.boxes
    )
    return {
        "number": seen.number,
        "count": seen.count,
        "label": label,
        "html": f'<div class="sheet"><img src="data:image/png;base64,{picture}" '
        f'width="{seen.width}" height="{seen.height}" alt="{escape(described)}">{boxes}</div>',
    }


def page_controls(texts: PanelTexts) -> str:
    """Return the bar above a page, and the place of the page; both hidden at first."""
    previous, following = escape(texts.previous_page), escape(texts.next_page)
    return (
        '<div class="pages" hidden><div class="views" role="group">'
        f'<button type="button" data-view="page" aria-pressed="true">{escape(texts.page_view)}'
        "</button>"
        f'<button type="button" data-view="text" aria-pressed="false">{escape(texts.text_view)}'
        "</button></div>"
        f'<span class="leaf"><button type="button" data-turn="-1" aria-label="{previous}" '
        f'title="{previous}">‹</button><span class="at" role="status"></span>'
        f'<button type="button" data-turn="1" aria-label="{following}" title="{following}">›'
        "</button></span></div>"
        '<div class="page" tabindex="0" hidden></div>'
    )
