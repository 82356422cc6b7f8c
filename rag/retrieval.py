"""Question → hits: lexical and dense retrieval, fused, with every score kept.

The fusion is a convex combination of normalised scores rather than of ranks (Bruch, Gai & Ingber
2023, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934): each retriever's
scores are scaled between the least that is possible and the best that was found. An embedder has
no say on a question in a language that it was not trained for. Knows nothing of LLMs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import Embedder
from rag.language import detect_language
from rag.relevance import WeightedQuery, weigh_query
from rag.segmentation import normalize, query_terms
from rag.store import ChunkStore, SearchFilter
from rag.types import Hit, Language, RetrievalScores, StoredChunk

_logger = logging.getLogger(__name__)

_DENSE_WEIGHT = 0.4
# A passage in the question's own language is preferred to its translation.
_OTHER_LANGUAGE_FACTOR = 0.85
# Cosines of unrelated and of plainly related English pairs under MiniLM-like embedders; between
# the two, relevance rises linearly.
_COSINE_UNRELATED = 0.2
_COSINE_RELATED = 0.75
_SHINGLE = 8
_NEAR_DUPLICATE = 0.8
# FTS5 and the fusion see no gain from more; very long questions would only get slower.
_MOST_TERMS = 32


@dataclass(frozen=True, slots=True)
class _Candidate:
    stored: StoredChunk
    scores: RetrievalScores


class Retriever:
    """Finds the passages that bear on a question."""

    def __init__(self, store: ChunkStore, embedder: Embedder, *, candidates: int = 50) -> None:
        """Search ``store`` with ``embedder``, the one its vectors were made with."""
        self._store = store
        self._embedder = embedder
        self._candidates = candidates

    def uses_embedder_for(self, question: str) -> bool:
        """Whether the embedder was trained for the question's language."""
        return detect_language(question) in self._embedder.languages

    def weigh(self, question: str) -> WeightedQuery:
        """Return the question's terms weighted by their rarity in the store."""
        terms = query_terms(question)[:_MOST_TERMS]
        return weigh_query(
            question,
            document_frequencies=self._store.document_frequencies(terms),
            chunk_count=self._store.chunk_count(),
        )

    def search(self, question: str, *, k: int, where: SearchFilter | None = None) -> list[Hit]:
        """Return at most ``k`` hits, best first; near-duplicates are collapsed into the best."""
        where = where or SearchFilter()
        wanted = max(k, self._candidates)
        lexical = dict(
            self._store.search_lexical(query_terms(question)[:_MOST_TERMS], wanted, where)
        )
        dense: dict[int, float] = {}
        if self.uses_embedder_for(question):
            dense = self._search_dense(question, lexical, wanted, where)
        if not lexical and not dense:
            return []
        fused = _fuse(lexical, dense)
        stored = {item.id: item for item in self._store.chunks(list(fused))}
        query = self.weigh(question)
        language = detect_language(question)
        candidates = [
            _Candidate(
                stored=stored[id_],
                scores=RetrievalScores(
                    fused=score * _language_factor(language, stored[id_]),
                    relevance=_relevance(query, stored[id_], dense.get(id_)),
                    dense=dense.get(id_),
                    lexical=lexical.get(id_),
                ),
            )
            for id_, score in sorted(fused.items(), key=lambda item: -item[1])[: 3 * k]
            if id_ in stored
        ]
        candidates.sort(key=lambda item: (-item.scores.fused, item.stored.id))
        return _collapse(candidates, k)

    def _search_dense(
        self, question: str, lexical: dict[int, float], k: int, where: SearchFilter
    ) -> dict[int, float]:
        vector = self._embedder.embed_queries([question])[0]
        found = dict(self._store.search_dense(vector, k, where))
        # What only the lexical side found gets its true cosine too, so that it is not taken for 0.
        rest = [id_ for id_ in lexical if id_ not in found]
        if rest:
            known = [item.id for item in self._store.chunks(rest)]
            cosines: np.ndarray = self._store.vectors(known) @ vector
            found |= dict(zip(known, map(float, cosines), strict=True))
        return found


def _fuse(lexical: dict[int, float], dense: dict[int, float]) -> dict[int, float]:
    weight = _DENSE_WEIGHT if dense else 0.0
    best_lexical = max(lexical.values(), default=0.0) or 1.0
    best_dense = max(dense.values(), default=1.0)
    fused: dict[int, float] = {}
    for id_ in lexical.keys() | dense.keys():
        by_terms = lexical.get(id_, 0.0) / best_lexical
        # Cosines are bounded by -1 in theory; 0 is the floor of anything worth ranking.
        by_meaning = max(0.0, dense.get(id_, 0.0)) / best_dense if best_dense > 0 else 0.0
        fused[id_] = (1 - weight) * by_terms + weight * by_meaning
    return fused


def _language_factor(language: Language, stored: StoredChunk) -> float:
    own = stored.chunk.language
    if Language.OTHER in (language, own) or language is own:
        return 1.0
    return _OTHER_LANGUAGE_FACTOR


def _relevance(query: WeightedQuery, stored: StoredChunk, cosine: float | None) -> float:
    chunk = stored.chunk
    coverage = query.coverage_of(" ".join((*chunk.heading_path, chunk.text)))
    if cosine is None:
        return coverage
    likeness = (cosine - _COSINE_UNRELATED) / (_COSINE_RELATED - _COSINE_UNRELATED)
    return max(0.0, min(1.0, (coverage + min(1.0, max(0.0, likeness))) / 2))


def _collapse(candidates: Sequence[_Candidate], k: int) -> list[Hit]:
    kept: list[tuple[_Candidate, frozenset[str], int]] = []
    for candidate in candidates:
        shingles = _shingles(candidate.stored.chunk.text)
        for index, (first, others, copies) in enumerate(kept):
            if _jaccard(shingles, others) >= _NEAR_DUPLICATE:
                kept[index] = (first, others, copies + 1)
                break
        else:
            if len(kept) == k:
                break
            kept.append((candidate, shingles, 0))
    return [
        Hit(stored=candidate.stored, scores=candidate.scores, duplicates=copies)
        for candidate, _, copies in kept
    ]


def _shingles(text: str) -> frozenset[str]:
    dense_text = "".join(normalize(text).split())
    if len(dense_text) <= _SHINGLE:
        return frozenset({dense_text})
    return frozenset(
        dense_text[start : start + _SHINGLE] for start in range(len(dense_text) - _SHINGLE + 1)
    )


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)
