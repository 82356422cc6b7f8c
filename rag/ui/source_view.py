"""The sections that an answer rests on, as cards beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rag.chunking import section_title
from rag.citations import cite
from rag.types import Answer, Citation, Evidence
from rag.ui.answer_view import opener, where
from rag.ui.markup import escape, prose
from rag.ui.reopening import is_gone
from rag.ui.texts import Texts

_MOST_CARDS = 6
_MOST_SENTENCES = 3


def sources(texts: Texts, done: Answer | None) -> str:
    """Return a card for each cited section; those merely read are folded away below."""
    if done is None or not done.citations:
        return _column(texts.sources, f'<p class="note">{escape(texts.no_sources)}</p>')
    cards = _cards(texts, done.citations)
    cited = set(map(_section, done.citations))
    others = [quote for quote in _quotes(done.evidence) if _section(quote) not in cited]
    if others:
        more = _cards(texts, others)
        summary = escape(texts.also_read.format(count=len(more)))
        cards.append(f'<details class="also"><summary>{summary}</summary>{"".join(more)}</details>')
    return _column(texts.sources, "".join(cards))


def evidence_found(texts: Texts, evidence: Sequence[Evidence]) -> str:
    """Return a card for each section that is being read, before a word of the answer is there."""
    cards = "".join(_cards(texts, _quotes(evidence))[:_MOST_CARDS])
    return _column(texts.found, cards or f'<p class="note">{escape(texts.no_sources)}</p>')


def _quotes(evidence: Sequence[Evidence]) -> list[Citation]:
    """Return the sentences read, the best first, as citations of no number."""
    return [cite(item, number=0) for item in sorted(evidence, key=lambda item: -item.score)]


def _column(title: str, inside: str) -> str:
    return f'<aside class="sources"><h2>{escape(title)}</h2>{inside}</aside>'


def _cards(texts: Texts, quotes: Sequence[Citation]) -> list[str]:
    """Return the cards in the order in which their sections first come."""
    first = {key: place for place, key in reversed(list(enumerate(map(_section, quotes))))}
    ordered = sorted(quotes, key=lambda quote: first[_section(quote)])
    return [_card(texts, list(group)) for _, group in groupby(ordered, key=_section)]


def _section(quote: Citation) -> tuple[str, tuple[str, ...]]:
    return quote.document, quote.section


def _card(texts: Texts, quotes: Sequence[Citation]) -> str:
    top = quotes[0]
    path = section_title(top.document, top.section)
    score = texts.relevance.format(score=max(quote.score for quote in quotes))
    shown = [quote for quote in quotes if quote.n] or quotes[:_MOST_SENTENCES]
    return (
        f'<section class="card"><h3>{escape(path)}</h3><p class="where">'
        f"<span>{escape(where(texts, top))}</span><span>{escape(score)}</span></p>"
        f"{''.join(_quote(texts, quote) for quote in shown)}</section>"
    )


def _quote(texts: Texts, citation: Citation) -> str:
    """Return a sentence of a card; it has no number where the answer does not cite it."""
    number = f'<span class="number">{citation.n}</span>' if citation.n else ""
    link = (
        f'<span class="doubt">{escape(texts.gone)}</span>'
        if is_gone(citation)
        else opener(texts, citation)
    )
    return f"<blockquote>{number}{prose(citation.quote)}{link}</blockquote>"
