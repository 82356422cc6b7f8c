"""Question → hits: lexical and dense retrieval, fused, with every score kept.

The fusion is a convex combination of normalised scores rather than of ranks (Bruch, Gai & Ingber
2023, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934): each retriever's
scores are scaled between the least that is possible and the best that was found, or what a good
passage scores, if that is more. An embedder has
no say on a question in a language that it was not trained for. Knows nothing of LLMs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.chunking import under_headings
from rag.embedding import Embedder
from rag.followup import asked_last
from rag.language import detect_language, differ
from rag.phrases import shared_phrases
from rag.relevance import (
    LONE_CHARACTER_WORTH,
    MOST_TERMS,
    WeightedQuery,
    is_lone_character,
    terms_to_count,
    weigh_query,
)
from rag.segmentation import query_terms
from rag.store import ChunkStore, ChunkTerms, SearchFilter
from rag.types import Hit, RetrievalScores, StoredChunk

_logger = logging.getLogger(__name__)

# Set on the handbook's development questions, on questions over manuals and on Chinese ones over
# Wikipedia that were kept.
_DENSE_WEIGHT = 0.5
# Words seldom reach across languages (names and terms of art do): meaning decides there.
_DENSE_WEIGHT_ACROSS = 0.7
# BM25 of other words for the question's terms, beside that of its own.
_EXPANSION_WEIGHT = 0.5
# A passage in the question's own language is preferred to its translation.
_OTHER_LANGUAGE = 0.85
# What makes up the lexical score: BM25 against the best found, the shares of the question's terms
# in the passage with its headings, and in the headings alone, and the question's pairs of
# neighbouring words against the passage with most of them. BM25 by itself favours short passages
# over those whose heading is the question. Set on the development questions and on Chinese ones
# over Wikipedia that were kept.
_BM25_SHARE, _COVERAGE_SHARE, _HEADING_SHARE, _PHRASE_SHARE = 0.25, 0.25, 0.25, 0.25
_LOOKED_AT = 30
# So many times the passages asked for are looked at, since near-duplicates will be collapsed.
_COLLAPSED_FROM = 3
# Cosines of unrelated and of plainly related English pairs under MiniLM-like embedders; between
# the two, relevance rises linearly.
_COSINE_UNRELATED = 0.2
_COSINE_RELATED = 0.75
# A lower cosine is not worth full marks, even if it is the best that was found: a name that stands
# in one passage alone says more than what is vaguely near.
_COSINE_FOUND = 0.6
# Share of words in common (Jaccard) from which two passages are the same but for details.
_NEAR_DUPLICATE = 0.85


@dataclass(frozen=True, slots=True)
class _Candidate:
    stored: StoredChunk
    scores: RetrievalScores


class Retriever:
    """Finds the passages that bear on a question."""

    def __init__(self, store: ChunkStore, embedder: Embedder, *, candidates: int = 30) -> None:
        """Search ``store`` with ``embedder``, the one its vectors were made with."""
        self._store = store
        self._embedder = embedder
        self._candidates = candidates

    def uses_embedder_for(self, question: str) -> bool:
        """Whether the embedder was trained for the question's language."""
        return detect_language(question) in self._embedder.languages

    def weigh(self, question: str) -> WeightedQuery:
        """Return the question's terms weighted by their rarity in the store."""
        return weigh_query(
            question,
            document_frequencies=self._store.document_frequencies(terms_to_count(question)),
            chunk_count=self._store.chunk_count(),
        )

    def search(self, question: str, *, k: int, where: SearchFilter | None = None) -> list[Hit]:
        """Return at most ``k`` hits, best first; near-duplicates are collapsed into the best."""
        where = where or SearchFilter()
        wanted = max(k, self._candidates)
        query = self.weigh(question)
        lexical = self._search_lexical(question, query, wanted, where)
        dense: dict[int, float] = {}
        if self.uses_embedder_for(question):
            dense = self._search_dense(question, lexical, wanted, where)
        if not lexical and not dense:
            return []
        promising = _most_promising(lexical, dense)
        terms = self._store.terms(promising)
        candidates = _fuse(question, self._store.chunks(promising), lexical, dense, query, terms)
        ranked = sorted(candidates, key=lambda item: (-item.scores.fused, item.stored.id))
        return _collapse(ranked[: _COLLAPSED_FROM * k], terms, k)

    def _search_lexical(
        self, question: str, query: WeightedQuery, k: int, where: SearchFilter
    ) -> dict[int, float]:
        own = query_terms(question)[:MOST_TERMS]
        words = [term for term in own if not is_lone_character(term)]
        searches = [(own, 1.0)]
        if words and len(words) < len(own):
            # Lone characters are looked for beside the words, never by themselves.
            searches = [(words, 1 - LONE_CHARACTER_WORTH), (own, LONE_CHARACTER_WORTH)]
        searches.append((query.expansion[:MOST_TERMS], _EXPANSION_WEIGHT))
        found: dict[int, float] = {}
        for terms, worth in searches:
            for id_, score in self._store.search_lexical(terms, k, where):
                found[id_] = found.get(id_, 0.0) + worth * score
        return found

    def _search_dense(
        self, question: str, lexical: dict[int, float], k: int, where: SearchFilter
    ) -> dict[int, float]:
        vector = self._embedder.embed_queries([question])[0]
        found = dict(self._store.search_dense(vector, k, where))
        # What only the lexical side found gets its true cosine too, so that it is not taken for 0.
        rest = [id_ for id_ in lexical if id_ not in found]
        cosines: np.ndarray = self._store.vectors(rest) @ vector
        found |= dict(zip(rest, map(float, cosines), strict=True))
        return found


def _most_promising(lexical: dict[int, float], dense: dict[int, float]) -> list[int]:
    """Return the ids that are looked at closely: the best of both retrievers together."""
    best_lexical = max(lexical.values(), default=0.0) or 1.0
    best_dense = _best_dense(dense)
    return sorted(
        lexical.keys() | dense.keys(),
        key=lambda id_: (
            -(lexical.get(id_, 0.0) / best_lexical + dense.get(id_, 0.0) / best_dense),
            id_,
        ),
    )[:_LOOKED_AT]


def _best_dense(dense: Mapping[int, float]) -> float:
    """Return the cosine that counts in full."""
    return max(_COSINE_FOUND, *dense.values()) if dense else _COSINE_FOUND


def _fuse(
    question: str,
    chunks: Sequence[StoredChunk],
    lexical: dict[int, float],
    dense: dict[int, float],
    query: WeightedQuery,
    terms: Mapping[int, ChunkTerms],
) -> list[_Candidate]:
    """Score each of ``chunks`` for a question; its own language is preferred."""
    language = detect_language(asked_last(question))
    phrases = shared_phrases(
        question, [under_headings(item.chunk.heading_path, item.chunk.text) for item in chunks]
    )
    best_lexical = max(lexical.values(), default=0.0) or 1.0
    best_phrases = max(phrases, default=0.0) or 1.0
    best_dense = _best_dense(dense)
    fused: list[_Candidate] = []
    for chunk, shared in zip(chunks, phrases, strict=True):
        found = terms[chunk.id]
        is_other = differ(language, chunk.chunk.language)
        weight = _DENSE_WEIGHT_ACROSS if is_other else _DENSE_WEIGHT
        coverage = query.coverage(found.heading | found.body)
        by_terms = (
            _BM25_SHARE * lexical.get(chunk.id, 0.0) / best_lexical
            + _COVERAGE_SHARE * coverage
            + _HEADING_SHARE * query.coverage(found.heading)
            + _PHRASE_SHARE * shared / best_phrases
        )
        # Cosines are bounded by -1 in theory; 0 is the floor of anything worth ranking.
        by_meaning = max(0.0, dense.get(chunk.id, 0.0)) / best_dense
        score = (1 - weight) * by_terms + weight * by_meaning if dense else by_terms
        scores = RetrievalScores(
            fused=score * (_OTHER_LANGUAGE if is_other else 1.0),
            relevance=_relevance(coverage, dense.get(chunk.id)),
            dense=dense.get(chunk.id),
            lexical=lexical.get(chunk.id),
        )
        fused.append(_Candidate(chunk, scores))
    return fused


def _relevance(coverage: float, cosine: float | None) -> float:
    if cosine is None:
        return min(1.0, coverage)
    likeness = (cosine - _COSINE_UNRELATED) / (_COSINE_RELATED - _COSINE_UNRELATED)
    return max(0.0, min(1.0, (coverage + min(1.0, max(0.0, likeness))) / 2))


def _collapse(
    candidates: Sequence[_Candidate], terms: Mapping[int, ChunkTerms], k: int
) -> list[Hit]:
    """Keep the best ``k``; a passage of nearly the same words as a better one only counts there."""
    kept: list[tuple[_Candidate, frozenset[str], int]] = []
    for candidate in candidates:
        words = terms[candidate.stored.id].body
        for index, (first, others, copies) in enumerate(kept):
            if _jaccard(words, others) >= _NEAR_DUPLICATE:
                kept[index] = (first, others, copies + 1)
                break
        else:
            if len(kept) == k:
                break
            kept.append((candidate, words, 0))
    return [
        Hit(stored=candidate.stored, scores=candidate.scores, duplicates=copies)
        for candidate, _, copies in kept
    ]


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
