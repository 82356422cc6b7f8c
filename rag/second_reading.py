"""A second, larger scorer reads again what the first one likes best.

The two were grown from different models and err on different texts: what they say together is
right more often than either. Most texts are plainly wrong, and one reader is enough to see it.
Knows nothing of what the scorers are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.reranking import Reranker

# So many are read again, and the second's share of a logit, set on the development questions
# (models/scorer-large/README.md).
_MOST = 10
_SHARE = 0.8
# Probabilities are kept this far from 0 and 1, where a logit has no end.
_LEAST = 1e-6


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
        mean = (1 - _SHARE) * _logits(likely[best]) + _SHARE * _logits(again)
        likely[best] = 1 / (1 + np.exp(-mean))
        return likely

    def warm_up(self) -> None:
        """Load both now."""
        self._first.warm_up()
        self._second.warm_up()


def _logits(likely: np.ndarray) -> np.ndarray:
    bounded = np.clip(likely.astype(np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(bounded / (1 - bounded)))
