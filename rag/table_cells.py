"""Where the cells of a table's row begin and end, in the row's text."""

from __future__ import annotations

from rag.types import CELL_SEPARATOR


def cell_spans(row: str) -> list[tuple[int, int]]:
    """Return the start and end of each cell; the first or last may be empty.

    A row's text is trimmed, so that an empty cell at its edge leaves no more than a bar.
    """
    bar = CELL_SEPARATOR.strip()
    spans: list[tuple[int, int]] = []
    start = 0
    if row.startswith(bar + " "):
        spans.append((0, 0))
        start = len(bar) + 1
    ends_empty = row.endswith(" " + bar) and len(row) > start + 1
    stop = len(row) - len(bar) - 1 if ends_empty else len(row)
    for cell in row[start:stop].split(CELL_SEPARATOR):
        spans.append((start, start + len(cell)))
        start += len(cell) + len(CELL_SEPARATOR)
    if ends_empty:
        spans.append((len(row), len(row)))
    return spans
