"""Documents and chunks ↔ rows of the database, without loss.

Structure is JSON text: it is only ever read and written whole. Knows nothing of searching.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np

from rag.errors import IndexCorruptError
from rag.store.failures import REINDEX
from rag.store.records import DocumentSummary, IndexedChunk
from rag.types import (
    Block,
    BlockKind,
    Chunk,
    Document,
    Language,
    Page,
    Section,
    Span,
    StoredChunk,
)

CHUNK_COLUMNS = (
    "chunks.id, documents.name, chunks.text, chunks.span_start, chunks.span_end, "
    "chunks.heading_path, chunks.anchor, chunks.page, chunks.language"
)
DOCUMENT_COLUMNS = (
    "path, name, title, text, language, media_type, content_hash, blocks, sections, pages"
)


def insert_document(
    connection: sqlite3.Connection, document: Document, chunks: Sequence[IndexedChunk]
) -> None:
    """Store a document with its chunks; run inside a transaction."""
    number = _insert_document_row(connection, document)
    for item in chunks:
        _insert_chunk(connection, number, item)


def delete_document(connection: sqlite3.Connection, name: str) -> bool:
    """Remove a document with all that belongs to it; False if there is none of that name."""
    connection.execute(
        "DELETE FROM lexical WHERE rowid IN (SELECT chunks.id FROM chunks "
        "JOIN documents ON documents.id = chunks.document WHERE documents.name = ?)",
        (name,),
    )
    # Chunks and vectors go with it: they reference it ON DELETE CASCADE.
    return connection.execute("DELETE FROM documents WHERE name = ?", (name,)).rowcount > 0


def document_from_row(row: Sequence[Any]) -> Document:
    """Read back a row of ``DOCUMENT_COLUMNS``.

    Raises:
        IndexCorruptError: the row was damaged.
    """
    path, name, title, text, language, media_type, content_hash, blocks, sections, pages = row
    try:
        return Document(
            path=path,
            name=name,
            title=title,
            text=text,
            language=Language(language),
            media_type=media_type,
            content_hash=content_hash,
            blocks=tuple(
                Block(BlockKind(kind), Span(start, end), level, bool(is_header))
                for kind, start, end, level, is_header in json.loads(blocks)
            ),
            sections=tuple(
                Section(tuple(heading_path), Span(start, end), level, anchor)
                for heading_path, start, end, level, anchor in json.loads(sections)
            ),
            pages=tuple(Page(number, Span(start, end)) for number, start, end in json.loads(pages)),
        )
    except (ValueError, TypeError) as error:
        raise IndexCorruptError(
            f"the index's copy of {name} is damaged ({error}); {REINDEX}"
        ) from error


def chunk_from_row(row: Sequence[Any]) -> StoredChunk:
    """Read back a row of ``CHUNK_COLUMNS``.

    Raises:
        IndexCorruptError: the row was damaged.
    """
    number, document, text, start, end, heading_path, anchor, page, language = row
    try:
        chunk = Chunk(
            text=text,
            span=Span(start, end),
            heading_path=tuple(json.loads(heading_path)),
            anchor=anchor,
            page=page,
            language=Language(language),
        )
    except (ValueError, TypeError) as error:
        raise IndexCorruptError(
            f"chunk {number} of {document} is damaged in the index ({error}); {REINDEX}"
        ) from error
    return StoredChunk(id=number, document=document, chunk=chunk)


def list_documents(connection: sqlite3.Connection) -> list[DocumentSummary]:
    """Return all documents, by name."""
    rows = connection.execute(
        "SELECT name, path, title, language, media_type, content_hash, characters, "
        "(SELECT count(*) FROM chunks WHERE chunks.document = documents.id), "
        "section_count, indexed_at FROM documents ORDER BY name"
    ).fetchall()
    return [
        DocumentSummary(
            name=name,
            path=path,
            title=title,
            language=Language(language),
            media_type=media_type,
            content_hash=content_hash,
            characters=characters,
            chunks=chunks,
            sections=sections,
            indexed_at=indexed_at,
        )
        for (
            name,
            path,
            title,
            language,
            media_type,
            content_hash,
            characters,
            chunks,
            sections,
            indexed_at,
        ) in rows
    ]


def read_vectors(connection: sqlite3.Connection, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all chunk ids, ``(n,) int64`` ascending, and vectors, ``(n, dimension) float32``.

    Raises:
        IndexCorruptError: a vector has another size.
    """
    ids: list[int] = []
    data = bytearray()
    for number, blob in connection.execute("SELECT chunk, vector FROM vectors ORDER BY chunk"):
        if len(blob) != 4 * dimension:
            raise IndexCorruptError(
                f"the vector of chunk {number} has {len(blob)} bytes, expected {4 * dimension}; "
                f"delete the index and run: python -m rag index PATH"
            )
        ids.append(number)
        data += blob
    matrix = np.frombuffer(data, dtype="<f4").reshape(len(ids), dimension)
    return np.array(ids, dtype=np.int64), matrix.astype(np.float32, copy=False)


def _insert_document_row(connection: sqlite3.Connection, document: Document) -> int:
    cursor = connection.execute(
        "INSERT INTO documents (name, path, title, language, media_type, content_hash, "
        "characters, section_count, indexed_at, pages, sections, blocks, text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.name,
            document.path,
            document.title,
            document.language.value,
            document.media_type,
            document.content_hash,
            len(document.text),
            len(document.sections),
            datetime.now(UTC).isoformat(timespec="seconds"),
            _to_json([[page.number, page.span.start, page.span.end] for page in document.pages]),
            _to_json(
                [
                    [item.heading_path, item.span.start, item.span.end, item.level, item.anchor]
                    for item in document.sections
                ]
            ),
            _to_json(
                [
                    [item.kind, item.span.start, item.span.end, item.level, int(item.is_header)]
                    for item in document.blocks
                ]
            ),
            document.text,
        ),
    )
    return cast(int, cursor.lastrowid)  # None only after a statement that inserts nothing


def _insert_chunk(connection: sqlite3.Connection, document: int, item: IndexedChunk) -> None:
    chunk = item.chunk
    number = connection.execute(
        "INSERT INTO chunks (document, span_start, span_end, page, language, anchor, "
        "heading_path, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document,
            chunk.span.start,
            chunk.span.end,
            chunk.page,
            chunk.language.value,
            chunk.anchor,
            _to_json(chunk.heading_path),
            chunk.text,
        ),
    ).lastrowid
    connection.execute(
        "INSERT INTO vectors (chunk, vector) VALUES (?, ?)",
        (number, np.asarray(item.vector, dtype="<f4").tobytes()),
    )
    connection.execute(
        "INSERT INTO lexical (rowid, heading, body) VALUES (?, ?, ?)",
        (number, item.lexical_heading, item.lexical_body),
    )


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
