"""The SQLite database of an index: its tables and how it is opened.

Knows nothing of what the rows mean to the program, nor of FAISS.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import IndexCorruptError, IndexMissingError
from rag.store.failures import REINDEX, primary_code
from rag.store.records import EmbedderIdentity, IndexState

DATABASE_NAME = "index.sqlite"
SCHEMA_VERSION = 1
# Tells our databases from anybody else's, so that none of those is ever written to.
_APPLICATION_ID = int.from_bytes(b"VRBT", "big")
_BUSY_TIMEOUT_S = 5.0

# Chunk ids are never given twice (AUTOINCREMENT), so that an id that somebody still holds can go
# stale but never mean another chunk. Large columns come last: SQLite walks a row from its start.
_TABLES = (
    """
    CREATE TABLE state (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        generation INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        embedder TEXT NOT NULL,
        dimension INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL,
        title TEXT NOT NULL,
        language TEXT NOT NULL,
        media_type TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        characters INTEGER NOT NULL,
        section_count INTEGER NOT NULL,
        indexed_at TEXT NOT NULL,
        pages TEXT NOT NULL,
        sections TEXT NOT NULL,
        blocks TEXT NOT NULL,
        text TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        span_start INTEGER NOT NULL,
        span_end INTEGER NOT NULL,
        page INTEGER,
        language TEXT NOT NULL,
        anchor TEXT NOT NULL,
        heading_path TEXT NOT NULL,
        text TEXT NOT NULL
    )
    """,
    # Holds all that a filtered search asks of a chunk, so that it never touches the texts.
    "CREATE INDEX chunks_by_document ON chunks (document, language)",
    """
    CREATE TABLE vectors (
        chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
        vector BLOB NOT NULL
    )
    """,
)
# The table keeps its own copy of the terms: deleting needs them, the chunk's text is not the same
# (it is not segmented), and contentless tables that can delete need SQLite 3.43.
_LEXICAL_TABLE = (
    """
    CREATE VIRTUAL TABLE lexical USING fts5 (
        heading, body, tokenize = "porter unicode61 remove_diacritics 2"
    )
    """,
    # A term in a heading weighs double.
    "INSERT INTO lexical (lexical, rank) VALUES ('rank', 'bm25(2.0, 1.0)')",
)


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Run what is inside as one transaction, taken back whole on any exception."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back on some failures; another here must not hide the first.
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def connect_for_writing(folder: Path, embedder: EmbedderIdentity) -> sqlite3.Connection:
    """Open the database in ``folder``, made with its tables for ``embedder`` if there is none.

    Raises:
        IndexCorruptError: it is not a database of ours, or of another version of the program.
        sqlite3.Error: anything else.
    """
    connection = _connect(folder, "rwc")
    try:
        exists = _has_tables(connection, folder)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if not exists:
            with transaction(connection):
                _create_tables(connection, embedder)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_for_reading(folder: Path) -> sqlite3.Connection:
    """Open the database in ``folder`` without the right to change it.

    Raises:
        IndexMissingError: there is none, or one that was never written to.
        IndexCorruptError: as in ``connect_for_writing``.
        sqlite3.Error: anything else.
    """
    database = folder / DATABASE_NAME
    if not database.is_file():
        raise _missing(folder)
    connection = _connect(folder, "ro")
    try:
        exists = _has_tables(connection, folder)
    except sqlite3.OperationalError as error:
        connection.close()
        log = database.with_name(DATABASE_NAME + "-wal")
        unwritable = primary_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not unwritable or (log.exists() and log.stat().st_size):
            raise
        # Reading a WAL database creates files beside it. Where the folder forbids that (an image,
        # another user's folder) and nothing waits in the log, the file itself is all there is.
        connection = _connect(folder, "ro&immutable=1")
        exists = _has_tables(connection, folder)
    except BaseException:
        connection.close()
        raise
    if not exists:
        connection.close()
        raise _missing(folder)
    return connection


def read_state(connection: sqlite3.Connection, folder: Path) -> IndexState:
    """Return the state of the index.

    Raises:
        IndexCorruptError: the database holds none.
    """
    row = connection.execute("SELECT generation, stamp, embedder, dimension FROM state").fetchone()
    if row is None:
        raise IndexCorruptError(f"the index in {folder} has no state row; {REINDEX}")
    generation, stamp, name, dimension = row
    return IndexState(generation, stamp, EmbedderIdentity(name, dimension))


def record_write(connection: sqlite3.Connection) -> None:
    """Move the state on; belongs into every transaction that changes the index."""
    connection.execute(
        "UPDATE state SET generation = generation + 1, stamp = ?", (secrets.token_hex(16),)
    )


def clear(connection: sqlite3.Connection, embedder: EmbedderIdentity) -> None:
    """Remove every document and make the index one of ``embedder``; run inside a transaction."""
    connection.execute("DELETE FROM documents")
    # Much faster than deleting every row, and unlike the chunks it holds no ids of its own.
    connection.execute("DROP TABLE lexical")
    for statement in _LEXICAL_TABLE:
        connection.execute(statement)
    connection.execute(
        "UPDATE state SET embedder = ?, dimension = ?", (embedder.name, embedder.dimension)
    )
    record_write(connection)


def _connect(folder: Path, mode: str) -> sqlite3.Connection:
    uri = (folder / DATABASE_NAME).resolve().as_uri()
    return sqlite3.connect(
        f"{uri}?mode={mode}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions are begun where they are meant
        check_same_thread=False,  # readers lock, writers promise
    )


def _has_tables(connection: sqlite3.Connection, folder: Path) -> bool:
    """Whether the database holds our tables; False if it is still empty."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not (application or version or objects):
        return False
    database = folder / DATABASE_NAME
    if application != _APPLICATION_ID:
        raise IndexCorruptError(f"{database} is not an index of this program; {REINDEX}")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise IndexCorruptError(
            f"{database} was made by {age} version of this program (layout {version}; "
            f"this one reads {SCHEMA_VERSION}); {REINDEX}"
        )
    return True


def _create_tables(connection: sqlite3.Connection, embedder: EmbedderIdentity) -> None:
    for statement in (*_TABLES, *_LEXICAL_TABLE):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO state VALUES (1, 0, ?, ?, ?)",
        (secrets.token_hex(16), embedder.name, embedder.dimension),
    )
    # Part of the transaction: a database either is wholly ours or still empty.
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _missing(folder: Path) -> IndexMissingError:
    return IndexMissingError(
        f"there is no index in {folder}; make one with: python -m rag index PATH"
    )
