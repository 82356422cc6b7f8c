"""Whose turn it is with something that only one can use at a time, and that is used in steps.

A lock held from the first step to the last would keep the others waiting for ever where somebody
leaves in between. Here a turn is kept from step to step, but only as long as its steps follow each
other: whoever pauses is passed by, and takes another turn when they go on. Knows nothing of what is
used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Turns with one thing. Any thread may take a step of any user's."""

    def __init__(self, *, patience_s: float) -> None:
        """Let a turn pass on once its user has paused for ``patience_s``."""
        self._patience_s = patience_s
        # Its lock can be taken twice by a thread: an abandoned user may be collected in a step.
        self._changed = threading.Condition()
        self._user: object = None
        self._stepped_at = 0.0

    @contextmanager
    def step(self, user: object) -> Iterator[None]:
        """Have the thing to oneself for a step; waits while it is another's turn."""
        with self._changed:
            while self._user not in (None, user):
                left = self._stepped_at + self._patience_s - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._user = user
            try:
                yield
            finally:
                self._stepped_at = time.monotonic()

    def end(self, user: object) -> None:
        """End the turn of ``user``, who may not have one."""
        with self._changed:
            if self._user is user:
                self._user = None
                self._changed.notify_all()
