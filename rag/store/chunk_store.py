"""What retrieval needs of a store of chunks. Knows nothing of how one is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rag.store.records import EVERYTHING, ChunkTerms, DocumentSummary, SearchFilter
from rag.types import Document, IndexStats, StoredChunk


class ChunkStore(Protocol):
    """The reading side of an index. Every method sees one committed state."""

    def search_dense(
        self, vector: np.ndarray, k: int, where: SearchFilter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Return at most ``k`` chunk ids with their cosine in [-1, 1], best first.

        Args:
            vector: ``(dimension,) float32``, unit length.
        """
        ...

    def search_lexical(
        self, terms: Sequence[str], k: int, where: SearchFilter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Return at most ``k`` chunk ids with their BM25, above 0, best first.

        A chunk is found when it holds any of ``terms``; nothing in a term is read as an operator.
        """
        ...

    def terms(self, ids: Sequence[int]) -> dict[int, ChunkTerms]:
        """Return the terms that each chunk was stored with; ids that are gone are left out."""
        ...

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return the chunks in the order asked; ids that no longer exist are left out."""
        ...

    def vectors(self, ids: Sequence[int]) -> np.ndarray:
        """Return ``(len(ids), dimension) float32``; a row of an id that is gone is zero."""
        ...

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return for each term in how many chunks it stands."""
        ...

    def chunk_count(self) -> int:
        """Return how many chunks there are."""
        ...

    def document(self, name: str) -> Document:
        """Return the document, equal to the one that was stored.

        Raises:
            IndexUnusableError: there is none of that name.
        """
        ...

    def documents(self) -> list[DocumentSummary]:
        """Return all documents, by name."""
        ...

    def chunks_of(self, name: str) -> list[StoredChunk]:
        """Return the document's chunks in the order they were stored; none if it is unknown."""
        ...

    def stats(self) -> IndexStats:
        """Return the size and make-up of the index."""
        ...
