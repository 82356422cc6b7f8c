"""An answer, its sources and a place in a document, as HTML fragments of the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from rag.chunking import HEADING_SEPARATOR
from rag.engine import Engine
from rag.types import Answer, Citation, Evidence, Span, Support
from rag.ui.markup import document as document_html
from rag.ui.markup import escape, prose
from rag.ui.texts import Texts

_CONTEXT_CHARACTERS = 160


def welcome(texts: Texts, examples: Sequence[str]) -> str:
    """Return what stands in the place of a conversation before its first question."""
    buttons = "".join(
        f'<button type="button" class="example" data-question="{escape(question)}">'
        f"{escape(question)}</button>"
        for question in examples
    )
    return (
        f'<section class="welcome"><h2>{escape(texts.welcome)}</h2>'
        + (f"<p>{escape(texts.examples)}</p><div>{buttons}</div>" if examples else "")
        + "</section>"
    )


def question(text: str) -> str:
    """Return a question as it stands above its answer."""
    return f'<h2 class="question">{escape(text)}</h2>'


def pending(texts: Texts, evidence: Sequence[Evidence], so_far: str) -> str:
    """Return an answer that is being written; before its first word, what is being read."""
    if so_far:
        return f'<div class="answer pending"><p>{prose(so_far)}</p></div>'
    sections = {(e.hit.stored.document, e.hit.stored.chunk.heading_path) for e in evidence}
    note = texts.reading.format(count=len(sections)) if sections else "…"
    return f'<div class="answer pending"><p class="note">{escape(note)}</p></div>'


def answer(texts: Texts, done: Answer) -> str:
    """Return a finished answer: sentences, their support, citation chips, and the small print."""
    if done.abstained:
        first, _, rest = done.text.partition("\n")
        body = f'<p class="declined">{escape(first)}</p>'
        body += f'<p class="note">{escape(rest)}</p>' if rest else ""
    else:
        by_number = {citation.n: citation for citation in done.citations}
        body = "".join(
            f'<p class="sentence {sentence.support.value}">{prose(sentence.text)}'
            + "".join(_chip(texts, by_number[n]) for n in sentence.markers if n in by_number)
            + _support_note(texts, sentence.support)
            + "</p>"
            for sentence in done.sentences
        )
    seconds = texts.seconds.format(seconds=done.timings.total / 1000)
    small = " · ".join(filter(None, [done.model, seconds]))
    return (
        f'<article class="answer">{body}<footer><span>{escape(small)}</span>'
        f'<button type="button" class="copy" data-text="{escape(done.text)}" '
        f'data-done="{escape(texts.copied)}">{escape(texts.copy)}</button></footer></article>'
    )


def failure(texts: Texts, reason: str) -> str:
    """Return an answer's place when there is none, with the reason."""
    text = escape(texts.failed.format(reason=reason))
    return f'<div class="answer"><p class="declined" role="alert">{text}</p></div>'


def sources(texts: Texts, done: Answer | None) -> str:
    """Return a card for each cited section."""
    title = f"<h2>{escape(texts.sources)}</h2>"
    if done is None or not done.citations:
        return (
            f'<aside class="sources">{title}<p class="note">{escape(texts.no_sources)}</p></aside>'
        )
    ordered = sorted(done.citations, key=lambda item: (item.document, item.section, item.start))
    groups = [list(group) for _, group in groupby(ordered, key=lambda c: (c.document, c.section))]
    groups.sort(key=lambda group: min(citation.n for citation in group))
    return (
        f'<aside class="sources">{title}{"".join(_card(texts, group) for group in groups)}</aside>'
    )


def _card(texts: Texts, citations: Sequence[Citation]) -> str:
    first = citations[0]
    path = HEADING_SEPARATOR.join(first.section) or first.document
    page = f" · {texts.page.format(page=first.page)}" if first.page else ""
    quotes = "".join(
        f'<blockquote id="source-{item.n}"><span class="number">{item.n}</span>'
        f"{prose(item.quote)}{_open_button(texts, item)}</blockquote>"
        for item in citations
    )
    return (
        f'<section class="card"><h3>{escape(path)}</h3>'
        f'<p class="where">{escape(first.document + page)}</p>{quotes}</section>'
    )


def _chip(texts: Texts, citation: Citation) -> str:
    label = escape(texts.citation.format(n=citation.n))
    return (
        f'<button type="button" class="chip" {_place(citation)} aria-label="{label}" '
        f'title="{escape(citation.quote)}">{citation.n}</button>'
    )


def _open_button(texts: Texts, citation: Citation) -> str:
    return f'<button type="button" class="open" {_place(citation)}>{escape(texts.open)}</button>'


def _place(citation: Citation) -> str:
    place = json.dumps([citation.document, citation.start, citation.end], ensure_ascii=False)
    return f'data-place="{escape(place)}" data-number="{citation.n}"'


def _support_note(texts: Texts, support: Support) -> str:
    if support in (Support.QUOTED, Support.SUPPORTED):
        return f'<span class="visually-hidden">{escape(texts.support(support))}</span>'
    return f'<span class="doubt">{escape(texts.support(support))}</span>'


def passage(engine: Engine, name: str, start: int, end: int) -> dict[str, str]:
    """Return title and HTML of a document with the characters ``[start, end)`` highlighted.

    Raises:
        VerbatimError: the document is not in the index.
    """
    found = engine.reader.document(name)
    inside = 0 <= start <= end <= len(found.text)
    marked = Span(start, end) if inside else None
    return {"title": escape(found.name), "html": document_html(found, marked)}
