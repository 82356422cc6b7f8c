"""Search filters → SQL. Knows the tables of documents and chunks, nothing of searching."""

from __future__ import annotations

import json

from rag.store.records import SearchFilter

# A condition that is NULL is not set.
ALLOWED_IDS = """
    SELECT chunks.id FROM chunks
    WHERE (:language IS NULL OR chunks.language = :language)
    AND chunks.document IN (
        SELECT documents.id FROM documents
        WHERE (:names IS NULL OR documents.name IN (SELECT value FROM json_each(:names)))
        AND (:folder IS NULL OR substr(documents.name, 1, length(:folder)) = :folder)
    )
"""


def parameters(where: SearchFilter) -> dict[str, str | None]:
    """Return the values of ``ALLOWED_IDS`` for a filter."""
    folder = None
    if where.folder is not None:
        # Only whole path components count: "notes" is no folder of "notes-old/a.md".
        folder = where.folder.removeprefix("./").rstrip("/") + "/"
    return {
        "language": where.language.value if where.language else None,
        "names": json.dumps(sorted(where.documents)) if where.documents else None,
        "folder": None if folder in ("/", "./") else folder,
    }
