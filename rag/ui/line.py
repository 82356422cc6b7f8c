"""Who is asked for first when several ask at once: a line, in which everyone knows their place.

Gradio has a queue, but tells its own progress bar alone how long it is, and each language's page
has one to itself. One line stands before the models, whoever asks.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self


class Line:
    """Askers in the order they came. Any number of threads may stand in it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._places: list[Place] = []

    def join(self) -> Place:
        """Stand at the end; leave the line with the place's ``with`` block or ``leave``."""
        place = Place(self, self._changed)
        with self._changed:
            self._places.append(place)
        return place

    def ahead_of(self, place: Place) -> int:
        """Return how many stand before ``place``."""
        with self._changed:
            return self._places.index(place)

    def remove(self, place: Place) -> None:
        """Take ``place`` out and wake those behind it."""
        with self._changed:
            if place in self._places:
                self._places.remove(place)
            self._changed.notify_all()


class Place:
    """A place in the line."""

    def __init__(self, line: Line, changed: threading.Condition) -> None:
        """Belong to ``line``; use ``Line.join``."""
        self._line = line
        self._changed = changed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    @property
    def ahead(self) -> int:
        """How many are asked for before this one."""
        return self._line.ahead_of(self)

    def wait(self, ahead: int, *, timeout_s: float) -> int:
        """Return how many are ahead once that is no longer ``ahead``, or when the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.ahead != ahead, timeout_s)
            return self.ahead

    def leave(self) -> None:
        """Let the next one go; leaving twice does nothing."""
        self._line.remove(self)
