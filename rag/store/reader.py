"""The reading side of an index folder.

Every call sees one committed state, also while a writer is at work: it runs in one transaction
and takes up vectors newer than those it holds. Knows nothing of documents' files, models or
languages' segmentation.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np

from rag.errors import IndexUnusableError
from rag.store import lexical
from rag.store.chunk_store import ChunkStore
from rag.store.failures import explained_failures
from rag.store.filters import ALLOWED_IDS, parameters
from rag.store.lexical import TermStatistics
from rag.store.records import (
    EVERYTHING,
    ChunkTerms,
    DocumentSummary,
    EmbedderIdentity,
    IndexState,
    SearchFilter,
)
from rag.store.rows import (
    CHUNK_COLUMNS,
    DOCUMENT_COLUMNS,
    chunk_from_row,
    document_from_row,
    list_documents,
    read_vectors,
)
from rag.store.schema import DATABASE_NAME, connect_for_reading, read_state, transaction
from rag.store.vectors import (
    SIDECAR_NAME,
    VECTORS_NAME,
    VectorIndex,
    VectorIndexKind,
    load_vectors,
    saved_kind,
)
from rag.types import Document, IndexStats, StoredChunk

_logger = logging.getLogger(__name__)

_FILES = (DATABASE_NAME, f"{DATABASE_NAME}-wal", VECTORS_NAME, SIDECAR_NAME)


class IndexReader(ChunkStore):
    """An index, open for reading. Any number of threads may use it; they take turns."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        """Read ``folder`` through ``connection``; use ``open``."""
        self._folder = folder
        self._connection = connection
        self._lock = RLock()
        self._vectors: tuple[str, VectorIndex] | None = None  # with the stamp they are of
        self._statistics: tuple[str, TermStatistics] | None = None

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the index in ``folder``.

        Raises:
            IndexMissingError: there is none.
            IndexCorruptError: it is damaged, not one of ours or of another version.
            IndexUnusableError: the folder may not be read.
        """
        with explained_failures(folder):
            connection = connect_for_reading(folder)
            reader = cls(folder, connection)
            try:
                read_state(connection, folder)
            except BaseException:
                connection.close()
                raise
        return reader

    def close(self) -> None:
        """Close the files; the reader can't be used any more."""
        with self._lock:
            self._connection.close()
            self._vectors = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def embedder(self) -> EmbedderIdentity:
        """The embedder that the index is made with."""
        with self._reading() as connection:
            return read_state(connection, self._folder).embedder

    @property
    def generation(self) -> int:
        """How many writes have been committed to the index."""
        with self._reading() as connection:
            return read_state(connection, self._folder).generation

    def search_dense(
        self, vector: np.ndarray, k: int, where: SearchFilter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Return at most ``k`` chunk ids with their cosine in [-1, 1], best first.

        Args:
            vector: ``(dimension,) float32``, unit length.

        Raises:
            IndexUnusableError: the vector has another dimension than the index.
        """
        with self._reading() as connection:
            state = read_state(connection, self._folder)
            if np.shape(vector) != (state.embedder.dimension,):
                raise IndexUnusableError(
                    f"the question's vector has shape {np.shape(vector)}; the index in "
                    f"{self._folder} was made with embedder {state.embedder.name}, "
                    f"({state.embedder.dimension},): use that one or run: python -m rag index PATH"
                )
            among = None
            if where != EVERYTHING:
                rows = connection.execute(ALLOWED_IDS, parameters(where)).fetchall()
                among = np.array(rows, dtype=np.int64).reshape(-1)
            found = self._vectors_of(connection, state).search(vector, k, among)
            # The file may be the right one and still not be trusted with what exists.
            existing = {
                number
                for (number,) in connection.execute(
                    "SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps([number for number, _ in found]),),
                )
            }
        # Rounding takes products of unit vectors a hair beyond 1.
        return [(i, max(-1.0, min(1.0, score))) for i, score in found if i in existing]

    def search_lexical(
        self, terms: Sequence[str], k: int, where: SearchFilter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Return at most ``k`` chunk ids with their BM25, above 0, best first.

        A chunk is found when it holds any of ``terms``; nothing in a term is read as an operator.
        """
        with self._reading() as connection:
            statistics = self._statistics_of(connection)
            return lexical.search_lexical(connection, statistics, terms, k, where)

    def terms(self, ids: Sequence[int]) -> dict[int, ChunkTerms]:
        """Return the terms that each chunk was stored with; ids that are gone are left out."""
        with self._reading() as connection:
            return lexical.read_terms(connection, ids)

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return the chunks in the order asked; ids that no longer exist are left out."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {CHUNK_COLUMNS} FROM json_each(?) AS wanted "
                "JOIN chunks ON chunks.id = wanted.value "
                "JOIN documents ON documents.id = chunks.document ORDER BY wanted.key",
                (_to_json(ids),),
            ).fetchall()
        return [chunk_from_row(row) for row in rows]

    def vectors(self, ids: Sequence[int]) -> np.ndarray:
        """Return ``(len(ids), dimension) float32``; a row of an id that is gone is zero."""
        with self._reading() as connection:
            dimension = read_state(connection, self._folder).embedder.dimension
            rows = connection.execute(
                "SELECT wanted.key, vectors.vector FROM json_each(?) AS wanted "
                "JOIN vectors ON vectors.chunk = wanted.value",
                (_to_json(ids),),
            ).fetchall()
        matrix = np.zeros((len(ids), dimension), dtype=np.float32)
        for position, blob in rows:
            matrix[position] = np.frombuffer(blob, dtype="<f4")
        return matrix

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return for each term in how many chunks it stands."""
        with self._reading() as connection:
            return self._statistics_of(connection).frequencies(connection, terms)

    def chunk_count(self) -> int:
        """Return how many chunks there are."""
        with self._reading() as connection:
            return self._statistics_of(connection).chunks

    def document(self, name: str) -> Document:
        """Return the document, equal to the one that was stored.

        Raises:
            IndexUnusableError: there is none of that name.
        """
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE name = ?", (name,)
            ).fetchone()
        if row is None:
            raise IndexUnusableError(
                f"there is no document {name!r} in {self._folder}; see: python -m rag sources"
            )
        return document_from_row(row)

    def documents(self) -> list[DocumentSummary]:
        """Return all documents, by name."""
        with self._reading() as connection:
            return list_documents(connection)

    def chunks_of(self, name: str) -> list[StoredChunk]:
        """Return the document's chunks in the order they were stored; none if it is unknown."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {CHUNK_COLUMNS} FROM chunks "
                "JOIN documents ON documents.id = chunks.document "
                "WHERE documents.name = ? ORDER BY chunks.id",
                (name,),
            ).fetchall()
        return [chunk_from_row(row) for row in rows]

    def stats(self) -> IndexStats:
        """Return the size and make-up of the index; ``languages`` counts documents."""
        with self._reading() as connection:
            state = read_state(connection, self._folder)
            kind = saved_kind(self._folder, state, check_bytes=False) or VectorIndexKind.FLAT
            if self._vectors and self._vectors[0] == state.stamp:
                kind = self._vectors[1].kind
            return IndexStats(
                documents=_count(connection, "SELECT count(*) FROM documents"),
                chunks=_count(connection, "SELECT count(*) FROM vectors"),
                characters=_count(connection, "SELECT total(characters) FROM documents"),
                languages=dict(
                    connection.execute(
                        "SELECT language, count(*) FROM documents GROUP BY language "
                        "ORDER BY count(*) DESC, language"
                    ).fetchall()
                ),
                embedder=state.embedder.name,
                dimension=state.embedder.dimension,
                vector_index=kind.value,
                bytes_on_disk=sum(_size(self._folder / name) for name in _FILES),
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with (
            self._lock,
            explained_failures(self._folder),
            transaction(self._connection, "DEFERRED"),
        ):
            yield self._connection

    def _statistics_of(self, connection: sqlite3.Connection) -> TermStatistics:
        """Return the term statistics of the state that is being read."""
        stamp = read_state(connection, self._folder).stamp
        if self._statistics is None or self._statistics[0] != stamp:
            self._statistics = (stamp, TermStatistics.of(connection))
        return self._statistics[1]

    def _vectors_of(self, connection: sqlite3.Connection, state: IndexState) -> VectorIndex:
        """Return the vectors of ``state``: those at hand, else the file's, else SQLite's own."""
        if self._vectors is None or self._vectors[0] != state.stamp:
            index = load_vectors(self._folder, state)
            if index is None:
                _logger.info(
                    "building the vectors of generation %d of %s in memory",
                    state.generation,
                    self._folder,
                )
                # Exact whatever its size: it is there at once, an approximate one takes minutes.
                index = VectorIndex.build(
                    *read_vectors(connection, state.embedder.dimension), VectorIndexKind.FLAT
                )
            self._vectors = (state.stamp, index)
        return self._vectors[1]


def _to_json(ids: Sequence[int]) -> str:
    return json.dumps([int(number) for number in ids])


def _count(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
