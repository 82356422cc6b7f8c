"""The writing side of an index folder: one document, one transaction.

Killed at any moment, it leaves exactly the documents whose ``put`` had returned (or was about
to), and the next writer goes on from there. Knows nothing of documents' files or models.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from rag.atomic_file import write_atomically
from rag.errors import DocumentError, IndexUnusableError
from rag.store.failures import explained_failures
from rag.store.locking import FolderLock
from rag.store.records import DocumentSummary, EmbedderIdentity, IndexedChunk
from rag.store.rows import delete_document, insert_document, list_documents, read_vectors
from rag.store.schema import (
    clear,
    connect_for_writing,
    read_state,
    record_write,
    transaction,
)
from rag.store.vectors import (
    APPROXIMATE_FROM,
    VectorIndex,
    VectorIndexKind,
    save_vectors,
    saved_kind,
)
from rag.types import Document

_logger = logging.getLogger(__name__)
# Beside an index of another embedder that is being made anew: what was in it.
_EMPTIED = "emptied.json"


class IndexWriter:
    """An index, open for writing. One thread at a time may use it."""

    def __init__(
        self,
        folder: Path,
        *,
        connection: sqlite3.Connection,
        lock: FolderLock,
        embedder: EmbedderIdentity,
        approximate_from: int,
        emptied: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Write to ``folder`` through ``connection`` under the held ``lock``; use ``open``."""
        #: Name and path of each document that was in it before it was emptied for another
        #: embedder, as long as not all of them are known to have been read again.
        self.emptied = tuple(emptied)
        self._folder = folder
        self._connection = connection
        self._lock = lock
        self._embedder = embedder
        self._approximate_from = approximate_from

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: EmbedderIdentity,
        *,
        approximate_from: int = APPROXIMATE_FROM,
    ) -> Self:
        """Open the index in ``folder``, made if need be. One of another embedder is emptied.

        Args:
            approximate_from: chunks from which on vectors are searched approximately.

        Raises:
            IndexLockedError: another process is writing to it.
            IndexCorruptError: it is damaged, not one of ours or of another version.
            IndexUnusableError: the folder may not be written to.
            MachineError: the disk is full.
        """
        with explained_failures(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
            lock.acquire()
            try:
                connection = connect_for_writing(folder, embedder)
                try:
                    emptied = _adopt(connection, folder, embedder)
                except BaseException:
                    connection.close()
                    raise
            except BaseException:
                lock.release()
                raise
        return cls(
            folder,
            connection=connection,
            lock=lock,
            embedder=embedder,
            approximate_from=approximate_from,
            emptied=emptied,
        )

    def made_anew(self) -> None:
        """Forget what was emptied: all of it was read again."""
        (self._folder / _EMPTIED).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.finish()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the index without finishing: readers then build the vectors themselves."""
        try:
            self._connection.close()
        finally:
            self._lock.release()

    def content_hashes(self) -> dict[str, str]:
        """Return every document's content hash by its name."""
        return {summary.name: summary.content_hash for summary in self.documents()}

    def documents(self) -> list[DocumentSummary]:
        """Return all documents, by name."""
        with explained_failures(self._folder):
            return list_documents(self._connection)

    def put(self, document: Document, chunks: Sequence[IndexedChunk]) -> None:
        """Store a document, in place of the one of that name if there is one.

        Raises:
            DocumentError: a chunk's text is not what stands at its span, or the document is not
                Unicode text.
            IndexUnusableError: a vector has another dimension than the index or is not finite.
            MachineError: the disk is full; the index is as before.
        """
        for item in chunks:
            self._check(document, item)
        try:
            with explained_failures(self._folder), transaction(self._connection):
                delete_document(self._connection, document.name)
                insert_document(self._connection, document, chunks)
                record_write(self._connection)
        except UnicodeEncodeError as error:
            raise DocumentError(
                f"{document.name!a} holds half of a surrogate pair in its name or text, which is "
                f"not Unicode ({error.reason}); rename or mend the file"
            ) from error

    def remove(self, name: str) -> None:
        """Remove a document and all that belongs to it; an unknown name is no error.

        Raises:
            MachineError: the disk is full; the index is as before.
        """
        with explained_failures(self._folder), transaction(self._connection):
            if delete_document(self._connection, name):
                record_write(self._connection)

    def finish(self) -> None:
        """Bring ``vectors.faiss`` up to date, so that readers need not build it.

        Raises:
            MachineError: the disk is full; the documents are stored all the same.
        """
        with explained_failures(self._folder):
            state = read_state(self._connection, self._folder)
            if saved_kind(self._folder, state, check_bytes=True) is None:
                ids, matrix = read_vectors(self._connection, self._embedder.dimension)
                approximate = len(ids) >= self._approximate_from
                kind = VectorIndexKind.HNSW if approximate else VectorIndexKind.FLAT
                save_vectors(self._folder, VectorIndex.build(ids, matrix, kind), state)
            # Keeps the log from outliving the run; a reader in the midst of it puts it off.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _check(self, document: Document, item: IndexedChunk) -> None:
        span = item.chunk.span
        if document.text[span.start : span.end] != item.chunk.text:
            raise DocumentError(
                f"{document.name}: the chunk at [{span.start}, {span.end}) does not carry the "
                "text that stands there; it was not stored"
            )
        expected = (self._embedder.dimension,)
        if np.shape(item.vector) != expected or not np.isfinite(item.vector).all():
            raise IndexUnusableError(
                f"{document.name}: the vector of the chunk at [{span.start}, {span.end}) has "
                f"shape {np.shape(item.vector)} or is not finite; embedder {self._embedder.name} "
                f"gives {expected}"
            )


def _read_emptied(folder: Path) -> list[tuple[str, str]]:
    try:
        return [(name, path) for name, path in json.loads((folder / _EMPTIED).read_bytes())]
    except (OSError, ValueError, TypeError):
        return []


def _adopt(
    connection: sqlite3.Connection, folder: Path, embedder: EmbedderIdentity
) -> list[tuple[str, str]]:
    """Empty the index if it was made with another embedder; return what was in it then."""
    made_with = read_state(connection, folder).embedder
    if made_with == embedder:
        return _read_emptied(folder)
    # Kept until all of it is in again: a run may be killed, and clear() forgets.
    were_there = [(item.name, item.path) for item in list_documents(connection)]
    were_there = [*dict.fromkeys((*were_there, *_read_emptied(folder)))]
    write_atomically(folder / _EMPTIED, json.dumps(were_there).encode())
    _logger.warning(
        "%s was made with embedder %s (%d dimensions) and is made anew with %s (%d)",
        folder,
        made_with.name,
        made_with.dimension,
        embedder.name,
        embedder.dimension,
    )
    with transaction(connection):
        clear(connection, embedder)
    return were_there
