"""Spreadsheets and separated values → table rows; a sheet is a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError

_SNIFFED_CHARACTERS = 16 << 10


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
            _add_rows(([_spell(cell) for cell in row] for row in sheet.values), builder)
    finally:
        workbook.close()
    return ""


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
    is_header = True
    for row in rows:
        cells = list(row)
        while cells and not cells[-1].strip():
            cells.pop()
        if any(cell.strip() for cell in cells):
            builder.table_row(cells, is_header=is_header)
            is_header = False


def _spell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
