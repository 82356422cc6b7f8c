"""Who is answered first when several ask at once: a line, in which everyone knows their place.

Gradio has a queue, but tells its own progress bar alone how long it is, and each language's page
has one to itself. One line stands before the models, whoever asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from rag.ui.work import Work

Item = TypeVar("Item")

# How long somebody who has left may still stand in the line.
_LOOK_AGAIN_S = 1.0


class Line:
    """Askers in the order they came. Any number of threads may stand in it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._places: list[Place] = []
        self._works: dict[str, Work[Any]] = {}

    def run(self, name: str, source: Callable[[], Iterator[Item]]) -> Iterator[int | Item]:
        """Yield what ``source`` yields, when it is its turn; until then, how many are ahead.

        Args:
            name: by which it can be stopped.
        """

        def in_turn() -> Iterator[int | Item]:
            with self.join() as place:
                ahead = place.ahead
                while ahead:
                    yield ahead
                    ahead = place.wait(ahead, timeout_s=_LOOK_AGAIN_S)
                yield from source()

        self._works[name] = work = Work(in_turn)
        try:
            yield from work.results()
        finally:
            self._works.pop(name, None)

    def stop(self, name: str) -> None:
        """Stop what runs under ``name``, if it does; no more of it is yielded after this."""
        work = self._works.get(name)
        if work is not None:
            work.stop()

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
