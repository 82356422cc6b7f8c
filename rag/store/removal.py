"""Deleting an index folder with all that is in it, and giving one another name."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

from rag.errors import IndexMissingError
from rag.store.failures import explained_failures
from rag.store.locking import FolderLock
from rag.store.schema import connect_for_reading, connect_for_writing, read_state, transaction


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


def rename_index(folder: Path, target: Path) -> None:
    """Make ``folder`` into ``target``, unless somebody is writing to the index in it.

    Documents whose files lie in the folder are led to where those are then. Readers of the index
    must be closed.

    Raises:
        IndexLockedError: another process is writing to it.
        IndexCorruptError, IndexUnusableError, MachineError: it cannot be written to.
    """
    before = folder.resolve()
    with explained_failures(folder):
        lock = FolderLock(folder)
        lock.acquire()
        try:
            if os.name == "nt":
                lock.release()  # Windows moves no folder with an open file in it
            folder.rename(target)
        finally:
            lock.release()
    with explained_failures(target):
        lock = FolderLock(target)
        lock.acquire()
        try:
            _lead_paths(target, before)
        finally:
            lock.release()


def _lead_paths(folder: Path, before: Path) -> None:
    """Lead documents whose files lay in ``before`` to the same files in ``folder``."""
    try:
        with closing(connect_for_reading(folder)) as connection:
            embedder = read_state(connection, folder).embedder
    except IndexMissingError:
        return  # nothing was ever added
    now = folder.resolve()
    with (
        closing(connect_for_writing(folder, embedder)) as connection,
        transaction(connection),
    ):
        rows = connection.execute("SELECT id, path FROM documents").fetchall()
        moved = [
            ((now / Path(path).relative_to(before)).as_posix(), number)
            for number, path in rows
            if Path(path).is_relative_to(before)
        ]
        connection.executemany("UPDATE documents SET path = ? WHERE id = ?", moved)
