"""A PDF's lines → headings, paragraphs, items of lists and listings, over the ends of pages too."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest

from rag.documents.line_joining import join_lines
from rag.documents.pdf_lines import HAS_WORD, Line
from rag.documents.text_builder import TextBuilder
from rag.language import is_wide

# Of the page's longest line; a shorter line ends its paragraph if it ends a sentence.
_SHORT_LINE = 0.75
# So short a line is the last of its paragraph, even where no sentence ends.
_VERY_SHORT = 0.6
# Lines that begin nearer to each other, in points, stand in one column.
_COLUMN = 40.0
# How much further than usual, in sizes of its letters, a line stands below the one before where a
# paragraph begins.
_GAP = 0.35
_BULLET = re.compile(r"([-•▪▫●○◦■□◆◇►▶➢➤✓✔∗*·–—])\s+(?=\S)")
_ORDINAL = re.compile(r"(\d{1,2}[.)、](?!\d)|[（(]\d{1,2}[)）]|[①-⑳])\s*(?=\S)")
# These are dashes and signs of other uses at the beginning of a line, too.
_DOUBTFUL = frozenset("-*·–—∗")
_ABBREVIATED = ("Sec.", "Fig.", "Eq.", "Tab.", "Ref.", "No.", "of")
_SENTENCE_END = tuple("。！？：.!?:；;")
# From this share of the characters on, letters of one width are those of the text.
_FIXED_TEXT = 0.5
# Places that differ by less, in points, are one.
_ALIKE = 2.0
_DEEPEST = 3
# Terms of a list stand on so many lines at most, and what explains them so many points further in.
_MOST_TERMS = 4
_SET_IN = 8.0


class Paragraphs:
    """Puts lines into blocks, page by page."""

    def __init__(self, builder: TextBuilder, pages: Iterable[Sequence[Line]]) -> None:
        """Take ``pages`` to learn how the lines of the document stand; `add_page` adds them."""
        lines = [list(page) for page in pages]
        self._builder = builder
        self._usual_leading = _usual_leading(lines)
        self._code_is_fixed = _share_fixed(lines) < _FIXED_TEXT
        self._lines: list[Line] = []
        self._marker = ""
        # So many of the lines are a term; the others explain it.
        self._term_lines = 0
        # The heading that nothing stands below yet.
        self._bare_heading = ""
        # Where the markers of the open lists stand, the outermost first.
        self._margins: list[float] = []
        # Pages that began within the block, each with the number of lines before it.
        self._begun: list[tuple[int, int]] = []

    def add_page(self, number: int, lines: Sequence[Line]) -> None:
        """Add a page's lines; its last block stays open where it plainly goes on."""
        longest = _Longest(lines)
        self._begun.append((number, len(self._lines)))
        above: Line | None = None
        for line, following in zip_longest(lines, lines[1:]):
            if self._is_explained(line, above, following, longest):
                self._marker, self._term_lines = "-", len(self._lines)
                self._lines.append(line)
            else:
                self._add(line, above, longest)
            above = line
        if not self._lines or self._is_code or _is_over(self._lines[-1], longest):
            self.flush()

    def flush(self) -> None:
        """End the block, if there is one."""
        text = _listing(self._lines) if self._is_code else self._text(self._lines)
        at_start = [number for number, before in self._begun if not before]
        within = [(number, before) for number, before in self._begun if before]
        for number in at_start:
            self._builder.begin_page(number)
        if self._is_code:
            self._builder.code(text)
        elif self._marker:
            marker = "-" if _BULLET.match(f"{self._marker} .") else self._marker
            self._builder.list_item(text, self._depth(), marker)
        else:
            self._builder.paragraph(text)
            if text:
                self._margins.clear()
        for number, before in within:
            left = len(self._text(self._lines[:before]))
            self._builder.begin_page(number, back=len(text) - left)
        self._lines.clear()
        self._begun.clear()
        self._marker, self._term_lines = "", 0

    @property
    def _is_code(self) -> bool:
        return bool(self._lines) and self._is_listing(self._lines[0]) and not self._marker

    def _is_listing(self, line: Line) -> bool:
        return self._code_is_fixed and line.is_fixed

    def _add(self, line: Line, above: Line | None, longest: _Longest) -> None:
        if line.level:
            self._add_heading(line)
            return
        before = self._lines[-1] if self._lines else None
        marker = self._marker_of(line, before, longest)
        # A piece of a formula has a line of its own and parts no sentence.
        is_text = HAS_WORD.search(line.text) is not None
        if before is not None and (
            marker
            or (is_text and self._is_apart(line, above))
            or self._changes(line, before, longest)
            or (is_text and self._ended(line, before, longest))
            or self._is_beside_item(line, before, longest)
        ):
            self.flush()
        if marker:
            self._marker = marker
        self._lines.append(line)
        self._bare_heading = ""
        if not self._is_code and _ends_sentence(line) and _is_short(line, longest):
            self.flush()

    def _add_heading(self, line: Line) -> None:
        self.flush()
        self._margins.clear()
        # A page's head may say the same as the title below it.
        if line.text != self._bare_heading:
            self._builder.heading(line.text, line.level)
        self._bare_heading = line.text

    def _is_explained(
        self, line: Line, above: Line | None, following: Line | None, longest: _Longest
    ) -> bool:
        """Whether the lines at hand are terms, such as a program's options, that ``line`` explains.

        The explanation is set in further than they are, and not by its first line alone.
        """
        if not self._lines or self._marker or above is not self._lines[-1] or line.level:
            return False
        margin = self._lines[0].left + _SET_IN
        goes_on = following is None or following.left >= margin or _is_term(following, longest)
        return (
            len(self._lines) <= _MOST_TERMS
            and all(_is_term(term, longest) for term in self._lines)
            and not line.is_fixed
            and line.left >= margin
            and goes_on
            and above.baseline - line.baseline <= 2 * self._usual_leading
        )

    def _marker_of(self, line: Line, before: Line | None, longest: _Longest) -> str:
        """Return the sign or number that a new item begins with, or ""."""
        bullet = _BULLET.match(line.text)
        found = bullet or _ORDINAL.match(line.text)
        if found is None or self._is_listing(line):
            return ""
        marker = found[1]
        is_sure = bullet is not None and marker not in _DOUBTFUL
        if before is None or is_sure:
            return marker
        # "in Sec." may go on with "2. and freeze".
        may_begin = _is_over(before, longest) and not before.text.endswith(_ABBREVIATED)
        return marker if may_begin else ""

    def _changes(self, line: Line, before: Line, longest: _Longest) -> bool:
        """Whether a listing begins or ends; a path may fill a line of a sentence by itself."""
        if self._is_code:
            return not self._is_listing(line)
        return self._is_listing(line) and _is_over(before, longest)

    def _ended(self, line: Line, before: Line, longest: _Longest) -> bool:
        """Whether the line before was the last of its paragraph by its length."""
        is_short = not self._is_code and _is_short(before, longest, _VERY_SHORT)
        return is_short and not line.text[0].islower()

    def _is_apart(self, line: Line, above: Line | None) -> bool:
        """Whether the line begins a paragraph by its distance from the one above."""
        if above is None or above.level:
            return False
        leading = above.baseline - line.baseline
        if self._is_listing(above) and self._is_listing(line):
            return False
        goes_on = line.text[0].islower() and not _ends_sentence(above)
        return leading > self._usual_leading + _GAP * line.size and not goes_on

    def _is_beside_item(self, line: Line, before: Line, longest: _Longest) -> bool:
        """Whether the line stands as far out as the item's marker, and so is no part of it."""
        first = self._lines[0]
        return bool(self._marker) and line.left <= first.left + _ALIKE and _is_over(before, longest)

    def _depth(self) -> int:
        left = self._lines[0].left
        while self._margins and self._margins[-1] > left + _ALIKE:
            self._margins.pop()
        if not self._margins or self._margins[-1] < left - _ALIKE:
            self._margins.append(left)
        return min(len(self._margins) - 1, _DEEPEST)

    def _text(self, lines: Sequence[Line]) -> str:
        if self._term_lines:
            terms = " / ".join(line.text for line in lines[: self._term_lines])
            text = join_lines([line.text for line in lines[self._term_lines :]])
            return f"{terms}：{text}" if is_wide(terms[-1]) else f"{terms}: {text}"
        text = join_lines([line.text for line in lines])
        return text[len(self._marker) :].lstrip() if self._marker else text


def _is_term(line: Line, longest: _Longest) -> bool:
    is_short = _is_short(line, longest, _VERY_SHORT)
    return line.begins_marked and is_short and not _ends_sentence(line)


class _Longest:
    """The longest line beside each one, in its own column."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def beside(self, line: Line) -> float:
        """Return its width in points."""
        return max(
            (other.width for other in self._lines if abs(other.left - line.left) < _COLUMN),
            default=0.0,
        )


def _is_over(line: Line, longest: _Longest) -> bool:
    return _is_short(line, longest) or _ends_sentence(line)


def _is_short(line: Line, longest: _Longest, share: float = _SHORT_LINE) -> bool:
    return line.width < share * longest.beside(line)


def _ends_sentence(line: Line) -> bool:
    return line.text.endswith(_SENTENCE_END)


def _usual_leading(pages: Sequence[Sequence[Line]]) -> float:
    """Return the usual distance of two lines in points."""
    leadings = [
        above.baseline - below.baseline
        for lines in pages
        for above, below in pairwise(lines)
        if not above.level and not below.level
    ]
    near = [leading for leading in leadings if leading > 0]
    return statistics.median(near) if near else 0.0


def _share_fixed(pages: Sequence[Sequence[Line]]) -> float:
    lines = [line for page in pages for line in page]
    fixed = sum(len(line.text) for line in lines if line.is_fixed)
    return fixed / (sum(len(line.text) for line in lines) or 1)


def _listing(lines: Sequence[Line]) -> str:
    """Return code with the indents that its lines have on the page."""
    margin = min(line.left for line in lines)
    rows = []
    for line in lines:
        letter = line.width / len(line.text)
        indent = round((line.left - margin) / letter) if letter else 0
        rows.append(" " * indent + line.text)
    return "\n".join(rows)
