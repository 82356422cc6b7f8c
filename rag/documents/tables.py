"""Spreadsheets and separated values → table rows; a sheet is a page."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError

_SNIFFED_CHARACTERS = 16 << 10
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_READ_AT_ONCE, _LONGEST_AREA = 1 << 20, 80
# A number format that ends in a percent sign, and the digits that it shows after the point.
_PERCENT = re.compile(r"[0#](?:\.([0#?]+))?%")
# Enough digits for any float.
_ROOMY = Context(prec=400)


def read_xlsx(path: Path, builder: TextBuilder) -> str:
    """Add a workbook's sheets to ``builder``; return "".

    Raises:
        DocumentError: the file is damaged.
    """
    import openpyxl

    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets KeyError, ValueError and zipfile's errors through
        raise DocumentError(f"it is damaged or no workbook ({error})") from error
    try:
        for number, sheet in enumerate(workbook.worksheets, start=1):
            builder.begin_page(number)
            # What a file states of its own size is often wrong.
            sheet.reset_dimensions()
            builder.heading(sheet.title, 1)
            _add_rows(_filled(sheet), builder)
    finally:
        workbook.close()
    return ""


def _filled(sheet: Any) -> Iterator[list[str]]:
    """Yield the rows of a sheet; a cell that reaches down stands in every row of it."""
    reaches = _reaches(sheet)
    held: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_spell(cell) for cell in row]
        if any(cells):
            for column, (last, text) in held.items():
                if number <= last:
                    cells += [""] * (column + 1 - len(cells))
                    cells[column] = cells[column] or text
        for column, last in reaches.get(number, ()):
            if column < len(cells):
                held[column] = last, cells[column]
        yield cells


def _reaches(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Return by row the columns, from 0, of cells that reach down, each with its last row.

    openpyxl tells of them only where it holds a whole workbook in memory, with a cell for each
    place that a merged one covers: a few bytes could ask for millions.
    """
    from openpyxl.utils import column_index_from_string

    found: dict[int, list[tuple[int, int]]] = {}
    with sheet._get_source() as source:
        rest = b""
        while part := source.read(_READ_AT_ONCE):
            text = rest + part
            end = 0
            for area in _MERGED.finditer(text):
                end = area.end()
                first, last = int(area[2]), int(area[3])
                if first < last:
                    column = column_index_from_string(area[1].decode()) - 1
                    found.setdefault(first, []).append((column, last))
            rest = text[max(end, len(text) - _LONGEST_AREA) :]
    return found


def read_csv(text: str, builder: TextBuilder) -> str:
    """Add rows of separated values to ``builder``; return ""."""
    sample = text[:_SNIFFED_CHARACTERS]
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if "\t" in sample else csv.excel
    try:
        # The sniffer sees only the beginning: it takes an apostrophe for a quote.
        lines = io.StringIO(text, newline="")
        _add_rows(csv.reader(lines, dialect, quotechar='"', doublequote=True), builder)
    except csv.Error as error:
        raise DocumentError(f"its values cannot be told apart ({error})") from error
    return ""


def _add_rows(rows: Iterable[Sequence[str]], builder: TextBuilder) -> None:
    filled = (cells for row in rows if any(cells := _without_end(row)))
    waiting = next(filled, None)
    is_header = True
    for following in itertools.chain(filled, [None]):
        if waiting is None:
            return
        # A title stands alone above the names of the columns.
        if is_header and waiting[0].strip() and _count(waiting) == 1 < _count(following or []):
            builder.caption("".join(waiting))
        else:
            builder.table_row(waiting, is_header=is_header)
            is_header = False
        waiting = following


def _count(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _without_end(row: Sequence[str]) -> list[str]:
    """Return the cells up to the last that says something."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _spell(cell: Any) -> str:
    """Return what a cell shows: percent signs stand in its format, not in its value."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        # A date comes as the midnight that it begins with.
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if percent := _PERCENT.search(cell.number_format):
        places = Decimal(1).scaleb(-len(percent[1] or ""))
        shown = (100 * Decimal(str(value))).quantize(places, ROUND_HALF_UP, _ROOMY)
        return f"{shown:f}%"
    # Excel keeps and shows 15 digits; more are what binary fractions leave over.
    return str(value) if isinstance(value, int) else f"{value:.15g}"
