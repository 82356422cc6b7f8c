"""Work on a thread of its own, whose results are taken as they come, and which can be stopped.

Gradio's own way of stopping ends what a visitor begins right after it, too, and cannot stop a step
that takes long. Here whoever waits for results is let go at once; the work itself ends after the
step it is at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")

_END = object()
_LET_GO_S = 5.0


class Work(Generic[Item]):
    """One piece of work. One thread takes its results, any may stop it."""

    def __init__(self, source: Callable[[], Iterator[Item]]) -> None:
        """Begin to take what ``source`` yields."""
        self._results: SimpleQueue[object] = SimpleQueue()
        self._stopped = threading.Event()
        self._left = threading.Event()
        threading.Thread(target=self._do, args=(source,), daemon=True).start()

    def results(self) -> Iterator[Item]:
        """Yield the results until the work is done or stopped; leaving early stops it.

        Raises:
            Exception: what the work raised.
        """
        try:
            while (result := self._results.get()) is not _END:
                if self._stopped.is_set():
                    return
                if isinstance(result, Exception):
                    raise result
                yield result  # type: ignore[misc]
        finally:
            self._stopped.set()
            self._left.set()

    def stop(self) -> None:
        """Stop the work; returns when nobody takes results any more."""
        self._stopped.set()
        self._results.put(_END)
        self._left.wait(_LET_GO_S)

    def _do(self, source: Callable[[], Iterator[Item]]) -> None:
        try:
            items = source()
            for item in items:
                self._results.put(item)
                if self._stopped.is_set():
                    break
            # What the source holds is given back now, and not when it is collected.
            getattr(items, "close", lambda: None)()
        except Exception as error:
            self._results.put(error)
        self._results.put(_END)
