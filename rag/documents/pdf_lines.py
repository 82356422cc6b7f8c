"""The lines of a PDF's page as PDFium reads them: words, places and letters."""

from __future__ import annotations

import ctypes
import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.pdfium import PDFIUM
from rag.language import is_wide

HAS_WORD = re.compile(r"[^\W\d_]{3,}|[\u4e00-\u9fff]{2,}")
# What makers of PDFs call letters of one width; many do not set the flag for them.
_FIXED_NAME = re.compile(
    r"mono|courier|consol|typewriter|menlo|monaco|inconsolata|fira ?code|sourcecode|"
    r"(?:cm|lm|sf|ec|tx|pcr)tt|CMTT|LMTT|fixed",
    re.IGNORECASE,
)
_FIXED_FLAG = 1
_BOLD_FLAG = 1 << 18
_BOLD_NAME = re.compile(r"bold|black|heavy|semibold|CMBX|SFBX|黑体|heiti|simhei", re.IGNORECASE)
_BOLD_FROM_WEIGHT = 600
_COMPOUND = re.compile(r"\w+(?:-\w+)+")
_PARTED = re.compile(r"([\w-]*)[\ufffe\x02]\s*(\w*)")
# A line's letters are looked at in so many places and at its beginning.
_SAMPLES = 4
_NAME_BYTES = 128
# PDFium counts a few characters that it does not give; so far ahead the next line is looked for.
_LOOK_AHEAD = 24


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page.

    ``left`` and ``right`` are its ends and ``baseline`` is what its letters stand on, in points to
    the right and upwards, as the page is seen; ``size`` is that of most letters in points.
    ``level`` is that of the heading it is, counted from 1, 0 for text. ``is_fixed``: all in letters
    of one width, as code is; ``begins_marked``: its first letter is bold or one of those.
    """

    text: str
    left: float = 0.0
    right: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    is_bold: bool = False
    is_fixed: bool = False
    begins_marked: bool = False
    level: int = 0

    @property
    def width(self) -> float:
        """Its width in points; of a line that PDFium joined to the next one that of its end."""
        return max(0.0, self.right - self.left)


def mended(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the lines, words that PDFium joined over a line's end without its mark of that.

    PDFium marks the hyphen of such a word with U+FFFE or U+0002. It stays where the document
    writes the word with one elsewhere, and where there are others in it.
    """
    texts = (line.text for lines in pages for line in lines)
    compounds = {word.lower() for text in texts for word in _COMPOUND.findall(text)}

    def mend(found: re.Match[str]) -> str:
        left, right = found.groups()
        if right.lower() in ("and", "or"):
            return f"{left}- {right}"
        keeps = "-" in left or f"{left}-{right}".lower() in compounds
        return f"{left}-{right}" if keeps else left + right

    return [[replace(line, text=_PARTED.sub(mend, line.text)) for line in page] for page in pages]


def read_lines(document: Any, number: int) -> list[Line]:
    """Return the lines of page ``number``, counted from 0, in PDFium's order; none is empty."""
    with PDFIUM:
        page = document[number]
        try:
            text_page = page.get_textpage()
            try:
                turned = page.get_rotation()
                height, width = page.get_height(), page.get_width()
                lines = [line for line in _lines(text_page, turned) if line is not None]
            finally:
                text_page.close()
        finally:
            page.close()
    return [line for line in lines if _is_on_page(line, width, height, turned)]


def _lines(text_page: Any, turned: int) -> Iterator[Line | None]:
    text = text_page.get_text_range()
    index = 0
    for found in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|$)", text):
        words = found.group().rstrip("\r\n")
        stripped = words.strip()
        if stripped:
            indent = len(words) - len(words.lstrip())
            start = _synchronise(text_page, index + indent, stripped[0])
            yield _line(text_page, stripped, start, turned)
            index = start - indent
        index += _units(found.group())


def _units(text: str) -> int:
    """Return how many characters a text is to PDFium, which counts in UTF-16."""
    return len(text) + sum(character > "\uffff" for character in text)


def _synchronise(text_page: Any, start: int, first: str) -> int:
    from pypdfium2 import raw

    last = min(start + _LOOK_AHEAD, text_page.count_chars())
    wanted = int.from_bytes(first.encode("utf-16-le", "surrogatepass")[:2], "little")
    for index in range(start, last):
        if raw.FPDFText_GetUnicode(text_page, index) == wanted:
            return index
    return start


def _line(text_page: Any, text: str, start: int, turned: int) -> Line | None:
    end = min(start + _units(text), text_page.count_chars()) - 1
    if start > end:
        return None
    left, baseline = _origin(text_page, start, turned)
    _, _, right, _ = _seen(text_page.get_charbox(end), turned)
    # A space may be PDFium's own and has no letters.
    inked = [start + place for place, letter in enumerate(text) if not letter.isspace()]
    places = {inked[(len(inked) - 1) * step // _SAMPLES] for step in range(_SAMPLES + 1)}
    fonts = [_font(text_page, index) for index in sorted(places)]
    return Line(
        text=text,
        left=left,
        right=right,
        baseline=baseline,
        size=statistics.median_low(font.size for font, _ in fonts),
        is_bold=_is_bold(fonts),
        is_fixed=_is_code(fonts),
        begins_marked=fonts[0][0].is_bold or fonts[0][0].is_fixed,
    )


def _origin(text_page: Any, index: int, turned: int) -> tuple[float, float]:
    """Return where a character stands. Its box is no measure: that of "一" is flat."""
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    left, baseline, _, _ = _seen((x.value, y.value, x.value, y.value), turned)
    return left, baseline


def _is_bold(fonts: Sequence[tuple[_Font, str]]) -> bool:
    """Whether the line is bold; where it begins with Latin letters, for which there are such."""
    narrow = [font for font, character in fonts if not is_wide(character)]
    counted = [font for font, _ in fonts] if is_wide(fonts[0][1]) else narrow
    return all(font.is_bold for font in counted)


def _is_code(fonts: Sequence[tuple[_Font, str]]) -> bool:
    """Whether letters of one width make the line; Chinese in it is a remark, not its beginning."""
    narrow = [font for font, character in fonts if not is_wide(character)]
    begins = not is_wide(fonts[0][1])
    return begins and 2 * len(narrow) > len(fonts) and all(font.is_fixed for font in narrow)


@dataclass(frozen=True, slots=True)
class _Font:
    size: float
    is_bold: bool
    is_fixed: bool


def _font(text_page: Any, index: int) -> tuple[_Font, str]:
    """Return the letters' kind at a character, and the character."""
    from pypdfium2 import raw

    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(_NAME_BYTES)
    raw.FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, ctypes.byref(flags))
    called = name.value.decode("utf-8", "replace")
    is_bold = (
        bool(flags.value & _BOLD_FLAG)
        or raw.FPDFText_GetFontWeight(text_page, index) >= _BOLD_FROM_WEIGHT
        or _BOLD_NAME.search(called) is not None
    )
    is_fixed = bool(flags.value & _FIXED_FLAG) or _FIXED_NAME.search(called) is not None
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page, index, matrix)
    scale = math.hypot(matrix.c, matrix.d) or 1.0
    size = round(raw.FPDFText_GetFontSize(text_page, index) * scale, 1)
    return _Font(size, is_bold, is_fixed), chr(raw.FPDFText_GetUnicode(text_page, index))


def _seen(box: tuple[float, float, float, float], turned: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top as they are on a page that is shown turned."""
    left, bottom, right, top = box
    if turned == 90:
        return bottom, -right, top, -left
    if turned == 180:
        return -right, -top, -left, -bottom
    if turned == 270:
        return -top, left, -bottom, right
    return box


def _is_on_page(line: Line, width: float, height: float, turned: int) -> bool:
    """Whether any of it can be seen: some files keep printers' marks beside the page."""
    if turned:
        return True
    return line.right > 0 and line.left < width and 0 < line.baseline < height
