"""How much a term tells by being rare. Knows nothing of where terms are counted."""

from __future__ import annotations

import math


def idf(frequency: int, count: int) -> float:
    """Return BM25's inverse document frequency of what ``frequency`` of ``count`` texts have.

    ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson & Zaragoza 2009, "The Probabilistic Relevance
    Framework: BM25 and Beyond", eq. 3.3 with 1 added so that it stays positive).
    """
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
