"""How much of a question a text speaks to: the share of its terms, weighted by their rarity.

Unlike BM25 the measure is absolute: it does not depend on what else was found, so that a limit
can be set below which nothing counts as an answer. Knows nothing of stores or models; document
frequencies are handed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.language import is_cjk
from rag.segmentation import query_terms, terms


@dataclass(frozen=True, slots=True)
class WeightedQuery:
    """A question's terms, each with its weight; the weights sum to 1 (or there are none)."""

    weights: Mapping[str, float]

    def coverage(self, found: Iterable[str]) -> float:
        """Return the weight of the terms that are among ``found``, in [0, 1]."""
        present = set(found)
        return sum(weight for term, weight in self.weights.items() if term in present)

    def coverage_of(self, text: str) -> float:
        """Return the weight of the terms that stand in ``text``, in [0, 1]."""
        return self.coverage(terms(text))


def weigh_query(
    question: str, *, document_frequencies: Mapping[str, int], chunk_count: int
) -> WeightedQuery:
    """Weigh the question's terms by inverse document frequency.

    The weight is BM25's idf, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson & Zaragoza 2009,
    "The Probabilistic Relevance Framework: BM25 and Beyond", eq. 3.3 with 1 added so that it
    stays positive). A term that no chunk has weighs most: a question about it cannot be covered.
    """
    weights: dict[str, float] = {}
    for term in query_terms(question):
        frequency = document_frequencies.get(term, 0)
        if not frequency and len(term) == 1 and is_cjk(term):
            # A lone character that stands nowhere is a verb such as 取 or a slip of segmentation
            # far more often than the question's subject.
            continue
        weights[term] = math.log(1 + (chunk_count - frequency + 0.5) / (frequency + 0.5))
    total = sum(weights.values())
    return WeightedQuery(
        {term: weight / total for term, weight in weights.items()} if total else {}
    )
