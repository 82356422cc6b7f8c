"""Full-text search by FTS5. Knows terms, not languages: what it is given is already segmented."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from rag.store.filters import ALLOWED_IDS, parameters
from rag.store.records import EVERYTHING, ChunkTerms, SearchFilter

_COUNT = "SELECT count(*) FROM lexical WHERE lexical MATCH ?"
_SEARCH = "SELECT rowid, -rank FROM lexical WHERE lexical MATCH :query ORDER BY rank LIMIT :k"
# The plus sign keeps SQLite from asking the full-text index about every allowed chunk in turn;
# it is to find what matches and drop what is not allowed.
_SEARCH_AMONG = f"""
    SELECT rowid, -rank FROM lexical WHERE lexical MATCH :query AND +rowid IN ({ALLOWED_IDS})
    ORDER BY rank LIMIT :k
"""


def document_frequencies(connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
    """Return in how many chunks each term stands, stemmed as the index stems."""
    frequencies: dict[str, int] = {}
    for term in terms:
        phrase = _quoted(term)
        if phrase is None:
            frequencies[term] = 0
        else:
            (frequencies[term],) = connection.execute(_COUNT, (phrase,)).fetchone()
    return frequencies


def search_lexical(
    connection: sqlite3.Connection, terms: Sequence[str], k: int, where: SearchFilter
) -> list[tuple[int, float]]:
    """Return at most ``k`` chunk ids with their BM25, above 0, best first; ties by id.

    FTS5 gives a term that stands in half of the chunks or more the weight 0.000001 and still
    scores every chunk that holds it, which is where the time of a search goes. Such terms are
    asked for only where the others do not find enough.
    """
    frequencies = document_frequencies(connection, dict.fromkeys(terms))
    present = [term for term, count in frequencies.items() if count]
    if k <= 0 or not present:
        return []
    (total,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    telling = [term for term in present if 2 * frequencies[term] < total]
    found = _match(connection, telling, k, where) if telling else []
    if len(found) < k and len(telling) < len(present):
        found = _match(connection, present, k, where)
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _match(
    connection: sqlite3.Connection, terms: Sequence[str], k: int, where: SearchFilter
) -> list[tuple[int, float]]:
    query = " OR ".join(filter(None, map(_quoted, terms)))
    if where == EVERYTHING:
        return connection.execute(_SEARCH, {"query": query, "k": k}).fetchall()
    values = {"query": query, "k": k, **parameters(where)}
    return connection.execute(_SEARCH_AMONG, values).fetchall()


def _quoted(term: str) -> str | None:
    """Return the term as a string of FTS5's query language, or None if nothing is left of it.

    Source: https://www.sqlite.org/fts5.html, section 3.1.
    """
    # SQLite ends a query at a NUL and refuses halves of surrogate pairs; neither is in any index.
    clean = term.replace("\0", " ").encode("utf-8", "replace").decode().strip()
    return '"' + clean.replace('"', '""') + '"' if clean else None


def read_terms(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, ChunkTerms]:
    """Return the terms of the chunks that exist, as they were stored."""
    rows = connection.execute(
        "SELECT rowid, heading, body FROM lexical WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps([int(id_) for id_ in ids]),),
    )
    return {
        id_: ChunkTerms(heading=frozenset(heading.split()), body=frozenset(body.split()))
        for id_, heading, body in rows
    }
