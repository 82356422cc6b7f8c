"""Deleting an index folder with all that is in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from rag.store.failures import explained_failures
from rag.store.locking import FolderLock


def delete_index(folder: Path) -> None:
    """Delete ``folder``, unless somebody is writing to the index in it.

    Raises:
        IndexLockedError: another process is writing to it.
        IndexUnusableError: it may not be deleted.
    """
    with explained_failures(folder):
        lock = FolderLock(folder)
        lock.acquire()
        # Not held while deleting: some systems refuse to delete a file that is locked.
        lock.release()
        shutil.rmtree(folder)
