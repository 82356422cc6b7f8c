"""Files → ``Document``s: clean text with its structure, one module a format family.

Knows nothing of chunks, models or indexes. Nothing in a file is run or fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.documents.folder import WalkedFile
from rag.documents.folder import walk as _walk
from rag.documents.limits import ReadLimits
from rag.documents.registry import SUPPORTED_SUFFIXES, is_supported, read_document

__all__ = [
    "SUPPORTED_SUFFIXES",
    "ReadLimits",
    "WalkedFile",
    "is_supported",
    "read_document",
    "walk",
]


def walk(paths: Sequence[Path]) -> Iterator[WalkedFile]:
    """Yield the files under ``paths`` that have a reader; see ``rag.documents.folder.walk``."""
    return _walk(paths, is_supported=is_supported)
