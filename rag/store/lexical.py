"""Full-text search by FTS5. Knows terms, not languages: what it is given is already segmented."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from rag.store.filters import ALLOWED_IDS, parameters
from rag.store.records import EVERYTHING, ChunkTerms, SearchFilter

_COUNT = "SELECT count(*) FROM lexical WHERE lexical MATCH ?"
_SEARCH = "SELECT rowid, -rank FROM lexical WHERE lexical MATCH :query ORDER BY rank LIMIT :k"
# Terms in more than this share of the chunks are common, though never those in fewer chunks than
# can be scored in a millisecond or two.
_COMMON_SHARE = 0.05
_COMMON_FROM_CHUNKS = 300
_MOST_COUNTS_KEPT = 20_000
# The plus sign keeps SQLite from asking the full-text index about every allowed chunk in turn;
# it is to find what matches and drop what is not allowed.
_SEARCH_AMONG = f"""
    SELECT rowid, -rank FROM lexical WHERE lexical MATCH :query AND +rowid IN ({ALLOWED_IDS})
    ORDER BY rank LIMIT :k
"""


@dataclass(slots=True)
class TermStatistics:
    """How many chunks there are and in how many each term stands, for one state of the index.

    Counting costs a look at every chunk that holds the term, so counts are kept.
    """

    chunks: int
    _frequencies: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Self:
        """Count the chunks; terms are counted when they are asked for."""
        # The index on chunks is far smaller than any table with a row a chunk.
        query = "SELECT count(*) FROM chunks INDEXED BY chunks_by_document"
        return cls(chunks=int(connection.execute(query).fetchone()[0]))

    def frequencies(self, connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many chunks each term stands, stemmed as the index stems."""
        return {term: self._frequency(connection, term) for term in terms}

    def _frequency(self, connection: sqlite3.Connection, term: str) -> int:
        if term not in self._frequencies:
            phrase = _quoted(term)
            count = connection.execute(_COUNT, (phrase,)).fetchone()[0] if phrase else 0
            if len(self._frequencies) >= _MOST_COUNTS_KEPT:
                self._frequencies.clear()
            self._frequencies[term] = int(count)
        return self._frequencies[term]


def search_lexical(
    connection: sqlite3.Connection,
    statistics: TermStatistics,
    terms: Sequence[str],
    k: int,
    where: SearchFilter,
) -> list[tuple[int, float]]:
    """Return at most ``k`` chunk ids with their BM25, above 0, best first; ties by id.

    Every chunk that holds any of the terms is scored, which is where the time of a search goes,
    and a term weighs the less the more chunks hold it: FTS5 gives one that stands in half of them
    0.000001. The commonest terms are therefore asked for only where the others do not find enough.
    """
    frequencies = statistics.frequencies(connection, dict.fromkeys(terms))
    present = [term for term, count in frequencies.items() if count]
    if k <= 0 or not present:
        return []
    common_from = max(statistics.chunks * _COMMON_SHARE, _COMMON_FROM_CHUNKS)
    bound = min(common_from, statistics.chunks / 2)
    telling = [term for term in present if frequencies[term] < bound]
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
