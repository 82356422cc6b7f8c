"""Times one answer, from the question's arrival."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rag.types import Timings


class Clock:
    """Splits the time of one answer into loading, retrieving and writing."""

    def __init__(self) -> None:
        """Start."""
        self._started = time.perf_counter()
        self._loading_s = 0.0
        self._retrieving_s = 0.0
        self._first_s = 0.0

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Count what happens inside as loading."""
        begun = self._elapsed()
        yield
        self._loading_s += self._elapsed() - begun

    def retrieved(self) -> None:
        """All up to now that was not loading was retrieving."""
        self._retrieving_s = self._elapsed() - self._loading_s

    def wrote(self) -> None:
        """Text of the answer has arrived; the first call counts."""
        self._first_s = self._first_s or self._elapsed()

    def finish(self) -> Timings:
        """Return the times in milliseconds."""
        return Timings(
            load=round(1000 * self._loading_s, 1),
            retrieve=round(1000 * self._retrieving_s, 1),
            first_token=round(1000 * self._first_s, 1),
            total=round(1000 * self._elapsed(), 1),
        )

    def _elapsed(self) -> float:
        return time.perf_counter() - self._started
