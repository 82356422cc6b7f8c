"""The small values that pass between the store and its callers.

They know nothing of SQLite, FAISS or the files of an index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rag.types import Chunk, Language


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """The embedder that an index's vectors were made with; vectors of another do not compare."""

    name: str
    dimension: int


@dataclass(frozen=True, slots=True, eq=False)
class IndexedChunk:
    """A chunk with what it is found by.

    ``vector`` is ``(dimension,) float32``, unit length. ``lexical_heading`` and ``lexical_body``
    are terms separated by spaces, segmented as the question's terms will be.
    """

    chunk: Chunk
    vector: np.ndarray
    lexical_heading: str
    lexical_body: str


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which chunks a search may return: those that meet every condition that is set.

    ``documents`` are document names, none meaning all. ``folder`` keeps documents whose name lies
    in that folder, at any depth. ``language`` is the chunk's own.
    """

    documents: frozenset[str] = frozenset()
    folder: str | None = None
    language: Language | None = None


EVERYTHING = SearchFilter()


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A stored document without its text. ``indexed_at`` is ISO 8601, in UTC."""

    name: str
    path: str
    title: str
    language: Language
    media_type: str
    content_hash: str
    characters: int
    chunks: int
    sections: int
    indexed_at: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which state of the index a reader or a file stands at.

    ``generation`` counts the committed writes. ``stamp`` is random and new with each of them:
    unlike the counter it cannot come again after a power cut took back the last commits, or after
    the index was deleted and made anew.
    """

    generation: int
    stamp: str
    embedder: EmbedderIdentity


@dataclass(frozen=True, slots=True)
class ChunkTerms:
    """The distinct terms of a chunk's heading path and of its text."""

    heading: frozenset[str]
    body: frozenset[str]
