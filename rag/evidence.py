"""Scored sentences → evidence within a budget, each an exact span of its document.

Knows nothing of LLMs or prompts, nor of how sentences are scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.evidence_candidates import Candidate, list_candidates
from rag.evidence_scoring import EvidenceScorer
from rag.types import Document, Evidence, Hit, PassedOver, Span

# What the best sentence of a passage says of its place; set on the development questions.
_SENTENCE_SHARE = 0.5
# Of the sentences that are left out, how many are remembered of each hit.
_MOST_PASSED_OVER = 3


@dataclass(frozen=True, slots=True)
class Picked:
    """The evidence for a question, and what scoring it said of the hits.

    ``confidence`` in [0, 1] says how sure it is that the hits answer the question at all; ``hits``
    are all of them, best first by their best sentence where the scorer reranks. ``passed_over`` are
    the best sentences of each hit that are not among the evidence.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    hits: tuple[Hit, ...]
    passed_over: tuple[PassedOver, ...] = ()

    def all_passed_over(self) -> tuple[PassedOver, ...]:
        """Return what is passed over where nothing is answered: the evidence as well."""
        unused = (PassedOver(item.hit.stored.id, item.span, item.score) for item in self.evidence)
        return (*unused, *self.passed_over)


NOTHING_PICKED = Picked(evidence=(), confidence=0.0, hits=())


@dataclass(frozen=True, slots=True)
class _Taken:
    score: float
    hit: Hit
    group: int


def pick_evidence(
    question: str,
    hits: Sequence[Hit],
    *,
    scorer: EvidenceScorer,
    load_document: Callable[[str], Document],
    count_tokens: Callable[[str], int],
    max_tokens: int,
    max_sentences: int = 24,
) -> Picked:
    """Return the best evidence within ``max_tokens``, numbered from 1, best section first.

    Inside a section the sentences stand in reading order. Each ``text`` is exactly the
    document's text at ``span``; no two overlap.

    Args:
        load_document: gives the stored document of a hit.
        count_tokens: length of a text in the LLM's tokens.
        max_tokens: budget over all sentences.
        max_sentences: cap on their number.
    """
    candidates = list_candidates(hits, load_document)
    scored = scorer.score(question, candidates)
    ranked = sorted(zip(scored.scores, candidates, strict=True), key=lambda pair: -pair[0])
    taken: dict[tuple[str, Span], _Taken] = {}
    budget = max_tokens
    for number, (score, candidate) in enumerate(ranked, start=1):
        name = candidate.hit.stored.document
        group = [span for span in (*candidate.context, candidate.span) if (name, span) not in taken]
        document = load_document(name)
        texts = [document.text[span.start : span.end] for span in group]
        cost = sum(map(count_tokens, texts))
        is_full = cost > budget or len(taken) + len(group) > max_sentences
        # The best sentence is given even where it alone exceeds the budget.
        if is_full and taken:
            continue
        budget -= cost
        for span in group:
            taken[name, span] = _Taken(score, candidate.hit, number if len(group) > 1 else 0)
    return Picked(
        evidence=tuple(_number(taken, load_document)),
        confidence=scored.confidence,
        hits=_rerank(hits, ranked) if scorer.reranks else tuple(hits),
        passed_over=tuple(_pass_over(ranked, taken)),
    )


def _pass_over(
    ranked: Sequence[tuple[float, Candidate]], taken: Collection[tuple[str, Span]]
) -> Iterator[PassedOver]:
    """Yield the best few sentences of each hit that were not taken, the best first."""
    counts: Counter[int] = Counter()
    for score, candidate in ranked:
        stored = candidate.hit.stored
        if (stored.document, candidate.span) in taken or counts[stored.id] == _MOST_PASSED_OVER:
            continue
        counts[stored.id] += 1
        yield PassedOver(stored.id, candidate.span, min(1.0, score))


def _rerank(hits: Sequence[Hit], ranked: Sequence[tuple[float, Candidate]]) -> tuple[Hit, ...]:
    """Order the hits by retrieval and by their best sentence together."""
    best: dict[int, float] = {}
    for score, candidate in ranked:
        best.setdefault(candidate.hit.stored.id, score)
    top = max((hit.scores.fused for hit in hits), default=0.0) or 1.0

    def worth(hit: Hit) -> float:
        own = best.get(hit.stored.id, 0.0)
        return (1 - _SENTENCE_SHARE) * hit.scores.fused / top + _SENTENCE_SHARE * own

    return tuple(sorted(hits, key=lambda hit: -worth(hit)))


def _number(
    taken: dict[tuple[str, Span], _Taken], load_document: Callable[[str], Document]
) -> list[Evidence]:
    best: dict[tuple[str, tuple[str, ...]], float] = {}
    for item in taken.values():
        section = item.hit.section
        best[section] = max(best.get(section, 0.0), item.score)
    ordered = sorted(
        taken.items(),
        key=lambda pair: (-best[pair[1].hit.section], pair[1].hit.section, pair[0][1].start),
    )
    return [
        Evidence(
            number=number,
            hit=item.hit,
            span=span,
            text=load_document(name).text[span.start : span.end],
            score=min(1.0, item.score),
            group=item.group,
        )
        for number, ((name, span), item) in enumerate(ordered, start=1)
    ]
