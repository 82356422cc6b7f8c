"""Work that takes long, each in a thread of its own, seen and cancelled from any page.

Knows nothing of what is done: the work reports how far it is, and that is where it can be stopped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rag.errors import VerbatimError

_logger = logging.getLogger(__name__)


class JobState(StrEnum):
    """How a piece of work stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far work is: ``done`` of ``total``, and what is at hand."""

    done: int = 0
    total: int = 0
    name: str = ""


Report = Callable[[Reach], None]


class _Cancelled(Exception):  # noqa: N818 - no error: somebody wanted it
    """Raised where the work reports, to end it."""


class Job:
    """A piece of work under way or ended; what it gave, or why it failed."""

    def __init__(self, work: Callable[[Report], Any]) -> None:
        """Begin ``work``, which calls the function it is given now and then."""
        self.state = JobState.RUNNING
        self.reach = Reach()
        self.result: Any = None
        self.reason = ""
        self._work = work
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.state is JobState.RUNNING

    def cancel(self) -> None:
        """Ask the work to end; it does the next time it reports."""
        self._cancelled.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(timeout_s)

    def _report(self, reach: Reach) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self.reach = reach

    def _run(self) -> None:
        try:
            self.result = self._work(self._report)
        except _Cancelled:
            self.state = JobState.CANCELLED
        except (VerbatimError, OSError) as error:
            self.reason = str(error)
            self.state = JobState.FAILED
        except Exception as error:  # a thread has nobody above it to tell
            _logger.exception("a job failed")
            self.reason = f"unexpected {type(error).__name__}: {error}"
            self.state = JobState.FAILED
        else:
            self.state = JobState.DONE


class Jobs:
    """The jobs of a program by what they are about; of each there is the latest alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[Hashable, Job] = {}

    def start(self, about: Hashable, work: Callable[[Report], Any]) -> Job | None:
        """Begin ``work``; None where a job about the same is still running."""
        with self._lock:
            latest = self._latest.get(about)
            if latest is not None and latest.is_running:
                return None
            self._latest[about] = Job(work)
            return self._latest[about]

    def latest(self, about: Hashable) -> Job | None:
        """Return the job that runs or ran last, or None."""
        with self._lock:
            return self._latest.get(about)

    def is_running(self, about: Hashable) -> bool:
        """Whether a job about this is under way."""
        job = self.latest(about)
        return job is not None and job.is_running

    def cancel(self, about: Hashable) -> None:
        """Ask the job about this to end, if there is one."""
        job = self.latest(about)
        if job is not None:
            job.cancel()

    def cancel_all(self) -> None:
        """Ask every job to end."""
        with self._lock:
            for job in self._latest.values():
                job.cancel()
