"""One writer per index folder, also across processes. Knows nothing of what is written.

The lock is the operating system's, so it goes with the process that held it, however that ends.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexLockedError

LOCK_NAME = ".lock"
# Beside the lock and not in it: on Windows a locked file cannot be read by others.
_HOLDER_NAME = ".lock.pid"


class FolderLock:
    """The right to write to an index folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; takes nothing yet."""
        self._folder = folder
        # Not thread-local: a page may open an index on one thread and close it on another.
        self._lock = FileLock(folder / LOCK_NAME, thread_local=False)

    def acquire(self) -> None:
        """Take the lock or fail at once.

        Raises:
            IndexLockedError: somebody else has it.
            OSError: the folder cannot be written to.
        """
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            raise IndexLockedError(
                f"{self._folder} is being written to by another process{self._holder()}; "
                "wait for it to finish, then run the command again"
            ) from error
        with suppress(OSError):  # only a help to whoever finds the folder locked
            (self._folder / _HOLDER_NAME).write_text(str(os.getpid()), encoding="ascii")

    def release(self) -> None:
        """Give the lock back; does nothing if it is not held."""
        if self._lock.is_locked:
            with suppress(OSError):
                (self._folder / _HOLDER_NAME).unlink()
            self._lock.release()

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            return f" (pid {int((self._folder / _HOLDER_NAME).read_text(encoding='ascii'))})"
        return ""
