"""Hits → evidence: the sentences that bear on the question, each an exact span of its document.

A sentence that cannot stand alone brings what it needs: a list item its lead-in, a table row its
header, a formula the words before it. How sentences are scored is behind ``EvidenceScorer``;
this module knows nothing of LLMs or prompts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.language import detect_language
from rag.relevance import WeightedQuery
from rag.sentences import sentence_spans
from rag.types import Block, BlockKind, Document, Evidence, Hit, Language, Span

_LIST_MARKER = re.compile(r"\s*(?:[-*•]|\d+[.)、])\s+")
_REFERENCE = re.compile(r"arXiv:\s?\d{4}|et al\.,? \(?\d{4}|等[，,]\s?\d{4}", re.I)
_REFERENCE_LEAD = re.compile(r"^(references?|参考文献|参考资料)[:：]?$", re.IGNORECASE)
_ASKS_REFERENCE = re.compile(
    r"论文|文献|作者|谁提出|出处|哪一?年|arxiv|papers?\b|authors?\b|"
    r"who (proposed|introduced|wrote)|published|citation|reference",
    re.IGNORECASE,
)
# Blocks that are quoted whole.
_WHOLE = frozenset({BlockKind.TABLE_ROW, BlockKind.FORMULA, BlockKind.CODE, BlockKind.CAPTION})
_REFERENCE_FACTOR = 0.3
# A title or a name alone says little, though it may hold all of the question's words.
_ENDS_LIKE_A_SENTENCE = re.compile(r"[。！？；：.!?:;…$）)\]|]$|\|")
_FRAGMENT_FACTOR = 0.6
# A lead-in promises an answer and does not give it; what follows it brings it along.
_LEAD_IN_FACTOR = 0.7
# What a chapter says about itself answers nothing, though it names every topic.
_ABOUT_ITSELF = re.compile(
    r"^(?:本章|本节|本文|本书|下面|以下)|"
    r"^(?:this|the following) (?:chapter|section|document|part)\b",
    re.IGNORECASE,
)
_ABOUT_ITSELF_FACTOR = 0.4
# A bold lead-in of a few words reads as a sentence, but says nothing by itself.
_CATCHWORD_CHARACTERS = 12
_CATCHWORD_WORDS = 4
# A quote in the reader's own language comes before its translation.
_OTHER_LANGUAGE_FACTOR = 0.6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, with what it needs to be understood.

    ``is_lead`` marks the first sentence of a section's text, where a direct answer stands.
    ``context`` are spans to bring along if the candidate is chosen.
    """

    hit: Hit
    span: Span
    text: str
    kind: BlockKind
    is_lead: bool
    context: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Picked:
    """The evidence for a question; ``confidence`` in [0, 1] that the hits answer it at all."""

    evidence: tuple[Evidence, ...]
    confidence: float


class EvidenceScorer(Protocol):
    """Says how well sentences answer a question."""

    def score(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """Return a score in [0, 1] for each candidate, higher for a better answer."""
        ...

    def confidence(self, candidates: Sequence[Candidate], scores: Sequence[float]) -> float:
        """Return how sure it is, in [0, 1], that one of the candidates answers the question."""
        ...


class LexicalScorer:
    """Scores by the question's terms in the sentence and in the headings above it."""

    def __init__(self, weigh: Callable[[str], WeightedQuery]) -> None:
        """Take ``weigh`` to weigh a question's terms, as the retriever does."""
        self._weigh = weigh

    def score(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """Return a score in [0, 1] for each candidate.

        The weights were set on the handbook's development questions; see docs/quality.md.
        """
        query = self._weigh(question)
        best = max((candidate.hit.scores.fused for candidate in candidates), default=0.0) or 1.0
        language = detect_language(question)
        wants_reference = bool(_ASKS_REFERENCE.search(question))
        scores: list[float] = []
        for candidate in candidates:
            headings = " ".join(candidate.hit.stored.chunk.heading_path)
            score = (
                0.35 * query.coverage_of(headings + "\n" + candidate.text)
                + 0.25 * query.coverage_of(candidate.text)
                + 0.25 * candidate.hit.scores.fused / best
                + 0.15 * candidate.is_lead
            )
            if not _ENDS_LIKE_A_SENTENCE.search(candidate.text):
                score *= _FRAGMENT_FACTOR
            if candidate.text.endswith((":", "：")):
                score *= _LEAD_IN_FACTOR
            if _ABOUT_ITSELF.search(candidate.text):
                score *= _ABOUT_ITSELF_FACTOR
            if not _same_language(language, candidate.text):
                score *= _OTHER_LANGUAGE_FACTOR
            if not wants_reference and _REFERENCE.search(candidate.text):
                score *= _REFERENCE_FACTOR
            scores.append(score)
        return scores

    def confidence(self, candidates: Sequence[Candidate], scores: Sequence[float]) -> float:
        """Return the highest relevance of a hit: words cannot tell a near miss from an answer."""
        del scores
        return max((item.hit.scores.relevance for item in candidates), default=0.0)


def _same_language(language: Language, text: str) -> bool:
    own = detect_language(text)
    return Language.OTHER in (language, own) or language is own


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
    scores = scorer.score(question, candidates)
    ranked = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
    taken: dict[tuple[str, Span], tuple[float, Hit]] = {}
    budget = max_tokens
    for score, candidate in ranked:
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
            taken[name, span] = (score, candidate.hit)
    return Picked(
        evidence=tuple(_number(taken, load_document)),
        confidence=scorer.confidence(candidates, scores),
    )


def list_candidates(
    hits: Sequence[Hit], load_document: Callable[[str], Document]
) -> list[Candidate]:
    """Return every sentence of the hits' chunks, headings left out, in the hits' order."""
    candidates: list[Candidate] = []
    seen: set[tuple[str, Span]] = set()
    for hit in hits:
        document = load_document(hit.stored.document)
        for candidate in _candidates_of(hit, document):
            key = (hit.stored.document, candidate.span)
            if key not in seen:
                seen.add(key)
                candidates.append(candidate)
    return candidates


def _candidates_of(hit: Hit, document: Document) -> list[Candidate]:
    chunk = hit.stored.chunk.span
    section = next(item for item in document.sections if item.span.contains(chunk))
    inside = [block for block in document.blocks if section.span.contains(block.span)]
    found: list[Candidate] = []
    is_lead = True
    for index, block in enumerate(inside):
        if block.kind is BlockKind.HEADING:
            continue
        spans = _units(document, block)
        context = _context(document, inside, index)
        for span in spans:
            text = document.text[span.start : span.end]
            if chunk.overlaps(span) and not _REFERENCE_LEAD.match(text):
                found.append(
                    Candidate(
                        hit=hit,
                        span=span,
                        text=text,
                        kind=block.kind,
                        is_lead=is_lead,
                        context=context,
                    )
                )
            is_lead = False
    return found


def _units(document: Document, block: Block) -> list[Span]:
    """Return the spans of a block that can be quoted by themselves."""
    text = document.text[block.span.start : block.span.end]
    offset = block.span.start
    if block.kind is BlockKind.LIST_ITEM:
        marker = _LIST_MARKER.match(text)
        offset += marker.end() if marker else 0
        text = document.text[offset : block.span.end]
    if block.kind in _WHOLE:
        return [Span(offset, block.span.end)] if text.strip() else []
    return [
        Span(offset + span.start, offset + span.end)
        for span in _join_catchwords(text, sentence_spans(text))
    ]


def _join_catchwords(text: str, spans: Sequence[Span]) -> list[Span]:
    """Join a catchword that opens a paragraph ("Temperature.", "性质。") to its sentence."""
    if len(spans) < 2:
        return list(spans)
    first = text[spans[0].start : spans[0].end]
    is_short = len(first) <= _CATCHWORD_CHARACTERS or (
        first.isascii() and len(first.split()) <= _CATCHWORD_WORDS
    )
    if not (is_short and first.endswith((".", "。"))):
        return list(spans)
    return [Span(spans[0].start, spans[1].end), *spans[2:]]


def _context(document: Document, blocks: Sequence[Block], index: int) -> tuple[Span, ...]:
    block = blocks[index]
    if block.kind is BlockKind.TABLE_ROW and not block.is_header:
        for earlier in reversed(blocks[:index]):
            if earlier.kind is not BlockKind.TABLE_ROW:
                break
            if earlier.is_header:
                return (earlier.span,)
        return ()
    if block.kind not in (BlockKind.LIST_ITEM, BlockKind.FORMULA, BlockKind.CODE):
        return ()
    for earlier in reversed(blocks[:index]):
        if earlier.kind is block.kind is BlockKind.LIST_ITEM:
            continue
        if earlier.kind is not BlockKind.PARAGRAPH:
            return ()
        units = _units(document, earlier)
        lead = units[-1] if units else None
        if lead is None:
            return ()
        text = document.text[lead.start : lead.end]
        is_lead_in = text.endswith((":", "：")) or block.kind is not BlockKind.LIST_ITEM
        return (lead,) if is_lead_in and not _REFERENCE_LEAD.match(text) else ()
    return ()


def _number(
    taken: dict[tuple[str, Span], tuple[float, Hit]], load_document: Callable[[str], Document]
) -> list[Evidence]:
    best: dict[tuple[str, tuple[str, ...]], float] = {}
    for (name, _), (score, hit) in taken.items():
        section = (name, hit.stored.chunk.heading_path)
        best[section] = max(best.get(section, 0.0), score)
    ordered = sorted(
        taken.items(),
        key=lambda item: (
            -best[item[0][0], item[1][1].stored.chunk.heading_path],
            item[0][0],
            item[1][1].stored.chunk.heading_path,
            item[0][1].start,
        ),
    )
    return [
        Evidence(
            number=number,
            hit=hit,
            span=span,
            text=load_document(name).text[span.start : span.end],
            score=min(1.0, score),
        )
        for number, ((name, span), (score, hit)) in enumerate(ordered, start=1)
    ]
