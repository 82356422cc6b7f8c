"""PDF pages as pictures, with the places of a span of the stored text.

The stored text is the page's text without running heads, hyphens at line ends and line breaks. What
is left are the same characters in the same order, so a span is found on its page by its characters
alone, spaces and hyphens left out. Knows nothing of the index.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.documents.pdfium import PDFIUM
from rag.errors import DocumentError
from rag.types import Document, Page, Span

PDF_MEDIA_TYPE = "application/pdf"
# Sharp on a screen of twice the density at a reading width, and little enough to send at once.
_WIDTH_PIXELS = 1400
_MOST_PIXELS = 5_000_000
# A text of fewer characters is found in too many places to be looked for in pieces.
_LEAST_PIECE = 12
_FIRST_HALVES, _SECOND_HALVES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_LEFT_OUT = frozenset("-\u00ad\u2010\u2011\ufffe\x02\ufeff")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in shares of its width and height from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as a PNG picture; ``boxes`` cover the span's part on it, none if it is elsewhere."""

    number: int
    count: int
    width: int
    height: int
    png: bytes
    boxes: tuple[Box, ...]


def has_pages(document: Document) -> bool:
    """Whether the document's file is a PDF that is there as it was when it was indexed."""
    if document.media_type != PDF_MEDIA_TYPE or not document.pages:
        return False
    path = Path(document.path)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return False
    return digest == document.content_hash


def page_of(document: Document, position: int) -> int:
    """Return the number of the page on which a character of the stored text stands."""
    before = [page.number for page in document.pages if page.span.start <= position]
    return before[-1] if before else document.pages[0].number


def view_page(document: Document, number: int, marked: Span | None) -> PageView:
    """Return a page of the document's file with the boxes of the characters ``marked``.

    Raises:
        DocumentError: there is no such page, or it cannot be shown.
    """
    import pypdfium2

    page = next((page for page in document.pages if page.number == number), None)
    if page is None:
        raise DocumentError(f"{document.name} has no page {number}")
    with PDFIUM:
        try:
            pdf = pypdfium2.PdfDocument(document.path)
            try:
                return _view(pdf, document, page, marked)
            finally:
                pdf.close()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(f"page {number} of {document.name}: {error}") from error


def _view(pdf: Any, document: Document, page: Page, marked: Span | None) -> PageView:
    opened = pdf[page.number - 1]
    try:
        width, height = opened.get_size()
        scale = min(_WIDTH_PIXELS / width, (_MOST_PIXELS / (width * height)) ** 0.5)
        picture = opened.render(scale=scale).to_pil()
        boxes: tuple[Box, ...] = ()
        if marked is not None:
            text_page = opened.get_textpage()
            try:
                indices = _find(text_page, document.text, page.span, marked)
                boxes = tuple(_boxes(opened, text_page, indices))
            finally:
                text_page.close()
    finally:
        opened.close()
    stream = io.BytesIO()
    # Text on white has few colours; a palette makes the picture several times smaller.
    picture.convert("RGB").quantize(128).save(stream, "PNG", optimize=False)
    return PageView(
        number=page.number,
        count=len(pdf),
        width=picture.width,
        height=picture.height,
        png=stream.getvalue(),
        boxes=boxes,
    )


def _find(text_page: Any, text: str, page: Span, marked: Span) -> list[int]:
    """Return the indices of PDFium's characters that carry the marked part of this page's text."""
    start, end = max(marked.start, page.start), min(marked.end, page.end)
    if start >= end:
        return []
    haystack, indices = _characters(text_page)
    needle = _squeeze(text[start:end])
    stored = _squeeze(text[page.start : page.end])
    expected = len(_squeeze(text[page.start : start]))
    found = _counterpart(haystack, stored, needle, expected)
    if found is not None:
        return indices[found : found + len(needle)]
    # Something stands in between on the page, such as a note at its foot: line by line, then.
    return [
        index
        for line, offset in _pieces(text[start:end])
        if (place := _nearest(haystack, line, expected + offset)) is not None
        for index in indices[place : place + len(line)]
    ]


def _characters(text_page: Any) -> tuple[str, list[int]]:
    """Return the page's characters that count, and for each its index in PDFium."""
    from pypdfium2 import raw

    found: list[str] = []
    indices: list[int] = []
    half = 0
    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, index)
        # PDFium counts in UTF-16: letters of formulas are two of its characters.
        if code in _FIRST_HALVES:
            half = code
            continue
        if half and code in _SECOND_HALVES:
            code = 0x10000 + (half - _FIRST_HALVES.start << 10) + code - _SECOND_HALVES.start
        half = 0
        character = _counted(chr(code))
        found.append(character)
        indices += [index] * len(character)
    return "".join(found), indices


def _squeeze(text: str) -> str:
    return "".join(map(_counted, text))


def _counted(character: str) -> str:
    """Return the character as it is compared, "" for those that line breaks bring and take."""
    if character.isspace() or character in _LEFT_OUT or not character.isprintable():
        return ""
    return character


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield stretches of a text without spaces that are long enough to be looked for."""
    words = text.split()
    gathered, offset = "", 0
    for word in words:
        gathered += _squeeze(word)
        if len(gathered) >= _LEAST_PIECE:
            yield gathered, offset
            offset += len(gathered)
            gathered = ""
    if len(gathered) >= _LEAST_PIECE // 2:
        yield gathered, offset


def _counterpart(haystack: str, stored: str, needle: str, expected: int) -> int | None:
    """Return where on the page ``needle`` stands that is at ``expected`` in the stored text."""
    there, here = _places(stored, needle), _places(haystack, needle)
    if len(there) == len(here) and expected in there:
        return here[there.index(expected)]
    return min(here, key=lambda place: abs(place - expected), default=None)


def _nearest(haystack: str, needle: str, expected: int) -> int | None:
    """Return where ``needle`` stands nearest to the place where it is expected."""
    places = _places(haystack, needle)
    return min(places, key=lambda place: abs(place - expected), default=None)


def _places(text: str, needle: str) -> list[int]:
    found: list[int] = []
    place = text.find(needle) if needle else -1
    while place >= 0:
        found.append(place)
        place = text.find(needle, place + 1)
    return found


def _boxes(page: Any, text_page: Any, indices: Sequence[int]) -> Iterator[Box]:
    """Yield a box for each run of characters on a line."""
    current: list[float] | None = None
    for index in indices:
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
        corners = [_on_screen(page, x, y) for x, y in ((left, top), (right, bottom))]
        xs, ys = zip(*corners, strict=True)
        box = [min(xs), min(ys), max(xs), max(ys)]
        if box[0] == box[2] or box[1] == box[3]:
            continue
        if current is not None and _same_line(current, box):
            current = [
                min(current[0], box[0]),
                min(current[1], box[1]),
                max(current[2], box[2]),
                max(current[3], box[3]),
            ]
            continue
        if current is not None:
            yield _box(current)
        current = box
    if current is not None:
        yield _box(current)


# PageToDevice counts in whole pixels: on a page this large that is exact enough.
_DEVICE = 20_000


def _on_screen(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return a point of the page's own coordinates as shares of what is seen of it, turned."""
    import ctypes

    from pypdfium2 import raw

    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, _DEVICE, _DEVICE, 0, x, y, across, down)
    return across.value / _DEVICE, down.value / _DEVICE


def _same_line(first: Sequence[float], second: Sequence[float]) -> bool:
    overlap = min(first[3], second[3]) - max(first[1], second[1])
    lower = min(first[3] - first[1], second[3] - second[1])
    return overlap > 0.5 * lower and second[0] >= first[0] - lower


def _box(edges: Sequence[float]) -> Box:
    left, top, right, bottom = edges
    return Box(left=left, top=top, width=right - left, height=bottom - top)
