"""SQLite's and the system's errors → the program's, worded for the user.

Knows nothing of tables or of what was being done.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import (
    IndexCorruptError,
    IndexLockedError,
    IndexUnusableError,
    MachineError,
    VerbatimError,
)

REINDEX = "delete it and run: python -m rag index PATH"

# SQLite's result codes; an extended code holds the primary one in its low byte.
# Source: https://www.sqlite.org/rescode.html
_PRIMARY = 0xFF
_NO_SPACE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_NO_ACCESS = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)
# A file larger than the user's limit allows is, to the user, a full disk.
_NO_SPACE_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def primary_code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code, or None where the error is Python's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


@contextmanager
def explained_failures(folder: Path) -> Iterator[None]:
    """Turn whatever SQLite or the system raises inside into an error about the index ``folder``.

    Raises:
        IndexCorruptError: the database is damaged.
        IndexLockedError: another program holds the database.
        MachineError: no disk space or memory.
        IndexUnusableError: the folder may not be read or written.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError):
            raise
        raise _explain_sqlite(error, folder) from error
    except OSError as error:
        raise _explain_system(error, folder) from error
    except MemoryError as error:
        raise MachineError(
            f"not enough memory to work with the index in {folder}; close other programs"
        ) from error


def _explain_sqlite(error: sqlite3.Error, folder: Path) -> VerbatimError:
    code = primary_code(error)
    if code in _NO_SPACE:
        return MachineError(
            f"the index in {folder} could not be written or read ({error}); "
            "make room on the disk and run the command again, nothing stored before is lost"
        )
    if code in _BUSY:
        return IndexLockedError(
            f"the index in {folder} is in use by another program ({error}); try again later"
        )
    if code in _NO_ACCESS:
        return _no_access(error, folder)
    return IndexCorruptError(f"the index in {folder} is damaged ({error}); {REINDEX}")


def _explain_system(error: OSError, folder: Path) -> VerbatimError:
    if error.errno in _NO_SPACE_ERRNOS:
        return MachineError(
            f"the index in {folder} could not be written ({error.strerror}); "
            "make room on the disk and run the command again, nothing stored before is lost"
        )
    return _no_access(error, folder)


def _no_access(error: Exception, folder: Path) -> IndexUnusableError:
    return IndexUnusableError(
        f"the index in {folder} could not be opened or written ({error}); "
        "check the folder's permissions or choose another with --index"
    )
