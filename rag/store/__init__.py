"""The index on disk: documents, chunks, terms and vectors in one folder.

``index.sqlite`` is the source of truth; ``vectors.faiss`` can always be rebuilt from it. The store
knows nothing of the files that documents came from, of models, or of how languages are segmented:
callers hand it vectors and terms.
"""

from rag.store.chunk_store import ChunkStore
from rag.store.reader import IndexReader
from rag.store.records import (
    ChunkTerms,
    DocumentSummary,
    EmbedderIdentity,
    IndexedChunk,
    SearchFilter,
)
from rag.store.removal import delete_index, rename_index
from rag.store.vectors import APPROXIMATE_FROM
from rag.store.writer import IndexWriter

__all__ = [
    "APPROXIMATE_FROM",
    "ChunkStore",
    "ChunkTerms",
    "DocumentSummary",
    "EmbedderIdentity",
    "IndexReader",
    "IndexWriter",
    "IndexedChunk",
    "SearchFilter",
    "delete_index",
    "rename_index",
]
