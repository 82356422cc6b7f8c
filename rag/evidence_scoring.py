"""How well a sentence answers a question: by its words, or by a reranker that reads both."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.bibliography import asks_for_reference, heads_references, is_reference
from rag.chunking import under_headings
from rag.confidence import Signals, confidence, signals
from rag.embedding import Embedder
from rag.evidence_candidates import Candidate
from rag.followup import asked_last
from rag.heading_match import raise_under_alike
from rag.language import detect_language, differ
from rag.relevance import WeightedQuery
from rag.reranking import Reranker
from rag.types import BlockKind

_REFERENCE_FACTOR = 0.3
# A title or a name alone says little, though it may hold all of the question's words.
_ENDS_LIKE_A_SENTENCE = re.compile(r"[。！？；：.!?:;…$）)\]|”’」』》\"']$|\|")
_FRAGMENT_FACTOR = 0.6
# A lead-in whose list or formula is not at hand promises an answer and does not give it.
_LEAD_IN_FACTOR = 0.7
# Code and formulas end as they please and are of no language.
_NO_PROSE = frozenset({BlockKind.CODE, BlockKind.FORMULA})
# A quote in the reader's own language comes before its translation, but not before an answer.
_OTHER_LANGUAGE_FACTOR = 0.75
# A sentence that the model did not read stays behind those that it did.
_UNREAD_FACTOR = 0.3
# What the model says of a sentence, against its words, and what its passage adds to both; set on
# the handbook's development questions and on questions over manuals in both languages.
_MODEL_SHARE = 0.7
_PASSAGE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Scored:
    """``scores`` in [0, 1], one a candidate; ``confidence`` in [0, 1] that any of them answers.

    ``signals`` are what the confidence was weighed from, where a model read the candidates.
    """

    scores: tuple[float, ...]
    confidence: float
    signals: Signals | None = None


class EvidenceScorer(Protocol):
    """Says how well sentences answer a question.

    ``reranks``: whether the best sentence of a passage says more of it than retrieval does.
    """

    reranks: bool

    def score(self, question: str, candidates: Sequence[Candidate]) -> Scored:
        """Score each candidate, higher for a better answer, and all of them together."""
        ...


class LexicalScorer:
    """Scores by the question's terms in the sentence and in the headings above it."""

    reranks = False

    def __init__(self, weigh: Callable[[str], WeightedQuery]) -> None:
        """Take ``weigh`` to weigh a question's terms, as the retriever does."""
        self._weigh = weigh

    def score(self, question: str, candidates: Sequence[Candidate]) -> Scored:
        """Score each candidate; the confidence is the highest relevance of a passage.

        Words cannot tell a near miss from an answer. The weights were set on the handbook's
        development questions; see docs/quality.md.
        """
        scores = [
            value * shade
            for value, shade in zip(
                self.by_words(question, candidates),
                shades(question, candidates, references_beside(question, candidates)),
                strict=True,
            )
        ]
        return Scored(tuple(scores), _relevance(candidates))

    def by_words(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """Return the unshaded scores in [0, 1]."""
        query = self._weigh(question)
        best = _best_fused(candidates)
        return [
            0.35 * query.coverage_of(_headings(candidate) + "\n" + candidate.text)
            + 0.25 * query.coverage_of(candidate.text)
            + 0.25 * candidate.hit.scores.fused / best
            + 0.15 * candidate.is_lead
            for candidate in candidates
        ]


class RerankerScorer:
    """Scores by a reranker that reads the question with each sentence under its headings.

    Only the sentences that are most promising by their words are read by the model.
    """

    reranks = True

    def __init__(
        self,
        reranker: Reranker,
        words: LexicalScorer,
        *,
        most: int,
        embedder: Embedder | None = None,
    ) -> None:
        """Let ``reranker`` read at most ``most`` sentences, those that ``words`` puts first.

        ``embedder`` compares the question with headings; without it none is alike.
        """
        self._reranker = reranker
        self._words = words
        self._most = most
        self._embedder = embedder

    def score(self, question: str, candidates: Sequence[Candidate]) -> Scored:
        """Score each candidate; `rag.confidence` weighs what speaks for an answer."""
        by_words = self._words.by_words(question, candidates)
        beside = references_beside(question, candidates)
        # A title has the words of a question and says nothing: the model was taught no better.
        worth_reading = (i for i in range(len(candidates)) if not beside[i])
        best = sorted(worth_reading, key=lambda index: -by_words[index])[: self._most]
        read = [candidates[index] for index in best]
        likely = self._reranker.score(question, [text_to_score(item) for item in read])
        if self._embedder is not None:
            likely = raise_under_alike(question, read, likely, self._embedder)
        scores = [_UNREAD_FACTOR * value for value in by_words]
        for index, value in zip(best, likely, strict=True):
            scores[index] = _MODEL_SHARE * float(value) + (1 - _MODEL_SHARE) * by_words[index]
        top = _best_fused(candidates)
        scored = [
            ((1 - _PASSAGE_SHARE) * value + _PASSAGE_SHARE * item.hit.scores.fused / top) * shade
            for value, item, shade in zip(
                scores, candidates, shades(question, candidates, beside), strict=True
            )
        ]
        found = signals(question, read, likely)
        return Scored(tuple(scored), confidence(found), found)


def text_to_score(candidate: Candidate) -> str:
    """Return what a reranker reads: the heading path, then the sentence in its context."""
    return under_headings(candidate.hit.stored.chunk.heading_path, candidate.in_context)


def shades(question: str, candidates: Sequence[Candidate], beside: Sequence[bool]) -> list[float]:
    """Return a factor in (0, 1] for each candidate: what makes a poor quote, whatever it says.

    ``beside`` is what `references_beside` says of them.
    """
    language = detect_language(asked_last(question))
    factors: list[float] = []
    for candidate, is_beside in zip(candidates, beside, strict=True):
        factor = 1.0
        is_prose = candidate.kind not in _NO_PROSE
        if is_prose and not _ENDS_LIKE_A_SENTENCE.search(candidate.text):
            factor *= _FRAGMENT_FACTOR
        if candidate.text.endswith((":", "：")) and not candidate.context:
            factor *= _LEAD_IN_FACTOR
        if is_prose and differ(language, detect_language(candidate.text)):
            factor *= _OTHER_LANGUAGE_FACTOR
        if is_beside:
            factor *= _REFERENCE_FACTOR
        factors.append(factor)
    return factors


def references_beside(question: str, candidates: Sequence[Candidate]) -> list[bool]:
    """Say for each candidate whether it is a reference that the question does not ask for."""
    if asks_for_reference(asked_last(question)):
        return [False] * len(candidates)
    return [
        (candidate.kind is not BlockKind.CODE and is_reference(candidate.text))
        or any(map(heads_references, candidate.hit.stored.chunk.heading_path[-1:]))
        for candidate in candidates
    ]


def _relevance(candidates: Sequence[Candidate]) -> float:
    """Return the highest relevance of a passage."""
    return max((item.hit.scores.relevance for item in candidates), default=0.0)


def _best_fused(candidates: Sequence[Candidate]) -> float:
    """Return what fused scores are divided by to end at 1."""
    return max((item.hit.scores.fused for item in candidates), default=0.0) or 1.0


def _headings(candidate: Candidate) -> str:
    return " ".join(candidate.hit.stored.chunk.heading_path)
