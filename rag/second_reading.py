"""A second, larger scorer reads again what the first one likes best.

The two were grown from different models and err on different texts: what they say together is
right more often than either. Most texts are plainly wrong, and one reader is enough to see it.
Knows nothing of what the scorers are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.log_odds import logits, probabilities
from rag.reranking import Reranker

# So many are read again, and the second's share of a logit, set on the development questions
# (models/scorer-large/README.md).
_MOST = 10
_SHARE = 0.8


class SecondReading:
    """Two rerankers as one. Safe to call from several threads if they are."""

    def __init__(self, first: Reranker, second: Reranker, *, most: int = _MOST) -> None:
        """Let ``first`` read all texts and ``second`` the ``most`` that it puts first."""
        self._first = first
        self._second = second
        self._most = most

    @property
    def name(self) -> str:
        """The names of both."""
        return f"{self._first.name} + {self._second.name}"

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return ``(len(texts),) float32``, the probability in [0, 1] that each text answers.

        Of a text that both read it is the one whose logit is the weighted mean of theirs. Another
        keeps what the first said, and may so end above one that the second thought little of.
        """
        likely = self._first.score(question, texts).copy()
        best = np.argsort(-likely, kind="stable")[: self._most]
        again = self._second.score(question, [texts[index] for index in best])
        likely[best] = probabilities((1 - _SHARE) * logits(likely[best]) + _SHARE * logits(again))
        return likely

    def warm_up(self) -> None:
        """Load both now."""
        self._first.warm_up()
        self._second.warm_up()
