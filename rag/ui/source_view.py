"""The sections that an answer rests on, as cards beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.chunking import HEADING_SEPARATOR
from rag.types import Answer, Citation, Evidence
from rag.ui.answer_view import opener, where
from rag.ui.markup import escape, prose
from rag.ui.reopening import is_gone
from rag.ui.texts import Texts

_MOST_CARDS = 6
_MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class _Quote:
    """A sentence on a card; its number is 0 where the answer does not cite it."""

    citation: Citation
    number: int


def sources(texts: Texts, done: Answer | None) -> str:
    """Return a card for each cited section; those merely read are folded away below."""
    if done is None or not done.citations:
        return _column(texts.sources, f'<p class="note">{escape(texts.no_sources)}</p>')
    cards = _cards(texts, [_Quote(item, item.n) for item in done.citations])
    cited = {(item.document, item.section) for item in done.citations}
    others = [
        quote
        for quote in _quotes(done.evidence)
        if (quote.citation.document, quote.citation.section) not in cited
    ]
    if others:
        more = _cards(texts, others)
        summary = escape(texts.also_read.format(count=len(more)))
        cards.append(f'<details class="also"><summary>{summary}</summary>{"".join(more)}</details>')
    return _column(texts.sources, "".join(cards))


def evidence_found(texts: Texts, evidence: Sequence[Evidence]) -> str:
    """Return a card for each section that is being read, before a word of the answer is there."""
    cards = "".join(_cards(texts, _quotes(evidence))[:_MOST_CARDS])
    return _column(texts.found, cards or f'<p class="note">{escape(texts.no_sources)}</p>')


def _quotes(evidence: Sequence[Evidence]) -> list[_Quote]:
    """Return the sentences read, the best first, as citations of no number."""
    best_first = sorted(evidence, key=lambda item: -item.score)
    return [
        _Quote(
            Citation(
                n=0,
                document=item.hit.stored.document,
                section=item.hit.stored.chunk.heading_path,
                anchor=item.hit.stored.chunk.anchor,
                page=item.hit.stored.chunk.page,
                start=item.span.start,
                end=item.span.end,
                quote=item.text,
                score=item.score,
            ),
            0,
        )
        for item in best_first
    ]


def _column(title: str, inside: str) -> str:
    return f'<aside class="sources"><h2>{escape(title)}</h2>{inside}</aside>'


def _cards(texts: Texts, quotes: Sequence[_Quote]) -> list[str]:
    """Return the cards in the order in which their sections first come."""

    def section(quote: _Quote) -> tuple[str, tuple[str, ...]]:
        return quote.citation.document, quote.citation.section

    first = {key: place for place, key in reversed(list(enumerate(map(section, quotes))))}
    ordered = sorted(quotes, key=lambda quote: first[section(quote)])
    return [_card(texts, list(group)) for _, group in groupby(ordered, key=section)]


def _card(texts: Texts, quotes: Sequence[_Quote]) -> str:
    top = quotes[0].citation
    path = HEADING_SEPARATOR.join(top.section) or top.document
    score = texts.relevance.format(score=max(quote.citation.score for quote in quotes))
    shown = [quote for quote in quotes if quote.number] or quotes[:_MOST_SENTENCES]
    return (
        f'<section class="card"><h3>{escape(path)}</h3><p class="where">'
        f"<span>{escape(where(texts, top))}</span><span>{escape(score)}</span></p>"
        f"{''.join(_quote(texts, quote) for quote in shown)}</section>"
    )


def _quote(texts: Texts, quote: _Quote) -> str:
    citation = quote.citation
    number = f'<span class="number">{quote.number}</span>' if quote.number else ""
    link = (
        f'<span class="doubt">{escape(texts.gone)}</span>'
        if is_gone(citation)
        else opener(texts, citation)
    )
    return f"<blockquote>{number}{prose(citation.quote)}{link}</blockquote>"
