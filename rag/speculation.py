"""How a text may go on, guessed from itself: prompt lookup decoding.

An answer from evidence repeats much of its prompt. What followed the last few tokens where they
stood before is a guess at what comes next, and a model checks several guessed tokens in little more
time than it takes to write one (Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding;
Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding",
arXiv:2211.17192, section 2). Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Fewer tokens than this stand in too many places to say what follows.
_LOOKED_UP = 3
# Tokens guessed at a time.
_FEWEST, _MOST = 3, 16


class Speculation:
    """Guesses for one text; more at a time the more of them prove right."""

    def __init__(self) -> None:
        """Begin with short guesses."""
        self._length = _FEWEST

    def guess(self, tokens: Sequence[int], room: int) -> list[int]:
        """Return at most ``room`` tokens that may follow ``tokens``, none where nothing says so."""
        return continuation(tokens, min(self._length, room))

    def learn(self, *, guessed: int, right: int) -> None:
        """Take note of how many of the tokens guessed last were right."""
        self._length = min(2 * self._length, _MOST) if right == guessed else max(_FEWEST, right)


def continuation(tokens: Sequence[int], most: int) -> list[int]:
    """Return what followed the last tokens where they stood before, the latest such place."""
    if most < 1 or len(tokens) <= _LOOKED_UP:
        return []
    text = np.asarray(tokens)
    windows = np.lib.stride_tricks.sliding_window_view(text[:-1], _LOOKED_UP)
    places = np.flatnonzero((windows == text[-_LOOKED_UP:]).all(axis=1))
    if not len(places):
        return []
    start = int(places[-1]) + _LOOKED_UP
    found: list[int] = text[start : start + most].tolist()
    return found
