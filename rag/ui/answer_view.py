"""An answer, and a place in a document, as HTML fragments of the page."""

from __future__ import annotations

import json

from rag.chunking import HEADING_SEPARATOR
from rag.conversations import Rating, Turn
from rag.engine import Engine
from rag.small_talk import is_small_talk
from rag.types import Answer, AnswerSentence, Citation, Span, Support
from rag.ui.icons import THUMB
from rag.ui.markup import document as document_html
from rag.ui.markup import escape, prose, with_end
from rag.ui.reopening import is_gone
from rag.ui.texts import Texts

_LONGEST_NOTE = 2000


def answer(texts: Texts, turn: Turn, done: Answer) -> str:
    """Return a finished answer: sentences, their support, citation chips, and the small print."""
    seconds = texts.seconds.format(seconds=done.timings.total / 1000)
    small = " · ".join(filter(None, [done.model, seconds]))
    return (
        f'<article class="answer">{_body(texts, done)}<footer><span>{escape(small)}</span>'
        f'<div class="actions">{_thumb(texts, turn, Rating.UP)}{_thumb(texts, turn, Rating.DOWN)}'
        f'<button type="button" class="copy" data-text="{escape(done.text)}" '
        f'data-done="{escape(texts.copied)}">{escape(texts.copy)}</button>'
        f"{again(texts, turn)}</div></footer>{_note_form(texts, turn)}</article>"
    )


def again(texts: Texts, turn: Turn) -> str:
    """Return the button that asks a turn's question once more."""
    return (
        f'<button type="button" class="again" data-question="{escape(turn.question)}">'
        f"{escape(texts.again)}</button>"
    )


def failure(texts: Texts, reason: str) -> str:
    """Return an answer's place when there is none, with the reason."""
    text = escape(texts.failed.format(reason=reason))
    return f'<div class="answer"><p class="declined" role="alert">{text}</p></div>'


def where(texts: Texts, citation: Citation) -> str:
    """Return document and page of a citation, in words."""
    page = texts.page.format(page=citation.page) if citation.page else ""
    return " · ".join(filter(None, [citation.document, page]))


def place(citation: Citation) -> str:
    """Return the attributes that make a button open the reader at a citation.

    The reader steps through what has a number, which is what an answer cites.
    """
    value = json.dumps([citation.document, citation.start, citation.end], ensure_ascii=False)
    number = f' data-number="{citation.n}"' if citation.n else ""
    return f'data-place="{escape(value)}"{number}'


def opener(texts: Texts, citation: Citation) -> str:
    """Return the button that opens the reader at a citation."""
    return f'<button type="button" class="open" {place(citation)}>{escape(texts.open)}</button>'


def _body(texts: Texts, done: Answer) -> str:
    if done.abstained:
        first, _, rest = done.text.partition("\n")
        # What can be asked is told, not refused.
        kind = "sentence" if is_small_talk(done.question) else "declined"
        body = f'<p class="{kind}">{escape(first)}</p>'
        return body + (f'<p class="note">{escape(rest)}</p>' if rest else "")
    by_number = {citation.n: citation for citation in done.citations}
    return "".join(_sentence(texts, sentence, by_number) for sentence in done.sentences)


def _sentence(texts: Texts, sentence: AnswerSentence, by_number: dict[int, Citation]) -> str:
    chips = "".join(_chip(texts, by_number[n]) for n in sentence.markers if n in by_number)
    return (
        f'<p class="sentence {sentence.support.value}">{with_end(sentence.text, chips)}'
        f"{_support_note(texts, sentence.support)}</p>"
    )


def _chip(texts: Texts, citation: Citation) -> str:
    """Return a citation's number, and what is shown beside it while it is pointed at."""
    label = escape(texts.citation.format(n=citation.n))
    section = escape(HEADING_SEPARATOR.join(citation.section))
    gone = is_gone(citation)
    shown = (
        f"<blockquote>{prose(citation.quote)}</blockquote>"
        f'<p class="where">{escape(where(texts, citation))}</p>'
        + (f'<p class="path">{section}</p>' if section else "")
        + (f'<p class="doubt">{escape(texts.gone)}</p>' if gone else opener(texts, citation))
    )
    kind, opens = ("chip gone", "") if gone else ("chip", place(citation))
    return (
        f'<button type="button" class="{kind}" {opens} aria-label="{label}">{citation.n}</button>'
        f"<template>{shown}</template>"
    )


def _support_note(texts: Texts, support: Support) -> str:
    if support.carries:
        return f'<span class="visually-hidden">{escape(texts.support(support))}</span>'
    return f'<span class="doubt">{escape(texts.support(support))}</span>'


def _thumb(texts: Texts, turn: Turn, rating: Rating) -> str:
    label = escape(texts.good if rating is Rating.UP else texts.bad)
    pressed = "true" if turn.rating is rating else "false"
    return (
        f'<button type="button" class="thumb {rating.value}" data-rating="{rating.value}" '
        f'aria-pressed="{pressed}" aria-label="{label}" title="{label}">{THUMB}</button>'
    )


def _note_form(texts: Texts, turn: Turn) -> str:
    label = escape(texts.note)
    return (
        f'<form class="note-form" hidden><label>{label}<textarea rows="2" '
        f'maxlength="{_LONGEST_NOTE}">{escape(turn.note)}</textarea></label>'
        f'<button type="submit">{escape(texts.note_send)}</button>'
        f'<span role="status" data-done="{escape(texts.note_kept)}"></span></form>'
    )


def passage(engine: Engine, name: str, start: int, end: int) -> dict[str, str]:
    """Return title and HTML of a document with the characters ``[start, end)`` highlighted.

    Raises:
        VerbatimError: the document is not in the index.
    """
    found = engine.reader.document(name)
    inside = 0 <= start <= end <= len(found.text)
    marked = Span(start, end) if inside else None
    return {"title": escape(found.name), "html": document_html(found, marked)}
