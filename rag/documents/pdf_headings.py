"""Which lines of a PDF are headings: those of its outline, or else those in larger letters."""

from __future__ import annotations

import collections
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import Any

from rag.documents.line_joining import join_lines
from rag.documents.pdf_lines import HAS_WORD, Line

_TITLE_NUMBER = re.compile(
    r"^(?:\d+(?:\.\d+)*[.、:：]?|(?:chapter|appendix)\w(?:\.\d+)*[.:]?|"
    r"第[\d一二三四五六七八九十百]{1,4}[章节部篇]|[a-z一二三四五六七八九十]{1,2}[.、:：])"
)
# An outline of fewer titles is a maker's mark, such as the file's name.
_LEAST_OUTLINE = 2
# Outlines often end at numbers with so many dots.
_DEEP = 2
# Of the size of most letters, from which on a line is larger.
_LARGER = 1.12
# Sizes that differ by less are one level.
_SAME_SIZE = 0.6
_MOST_LEVELS = 6
# Lines in larger letters that follow each other: more are a table, or names on a title page.
_MOST_LINES = 3
# Letters that so much of the document is set in are no headings.
_MOST_SHARE = 0.15
# Nor are letters of which so many lines are as long as the page's longest.
_FULL = 0.4
_LONG = 0.8
_MOST_CHARACTERS = 120
_SENTENCE_END = tuple("。.;；,，:：")
# Lines of one heading are at most so many times their size apart.
_HEADING_LEADING = 1.7
_NUMBERED = re.compile(
    r"^(?:(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S|第[\d一二三四五六七八九十百]{1,4}[章节部篇]|"
    r"[IVX]{1,5}\.\s+\S|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|(?:chapter|appendix)\s+\w+\b)",
    re.IGNORECASE,
)


def read_outline(document: Any) -> dict[int, dict[str, int]]:
    """Return the outline's titles by page, counted from 0, each with its level from 1."""
    found: dict[int, dict[str, int]] = collections.defaultdict(dict)
    for bookmark in document.get_toc():
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        title = bookmark.get_title()
        if index is not None and title:
            found[index][bare_title(title)] = bookmark.level + 1
    return found


def with_headings(
    pages: Sequence[Sequence[Line]], outline: Mapping[int, Mapping[str, int]]
) -> list[list[Line]]:
    """Return the pages' lines, those that are headings with their level."""
    by_size = _BySize(pages)
    if sum(map(len, outline.values())) >= _LEAST_OUTLINE:
        return list(_by_outline(pages, outline, by_size))
    return [_joined(_by_letters(lines, by_size.level)) for lines in pages]


def bare_title(title: str) -> str:
    """Return a title as it is compared: without spaces, case and number."""
    flat = "".join(title.split()).lower()
    return _TITLE_NUMBER.sub("", flat) or flat


def _by_outline(
    pages: Sequence[Sequence[Line]], outline: Mapping[int, Mapping[str, int]], by_size: _BySize
) -> Iterator[list[Line]]:
    """Yield the pages' lines. Larger letters are titles too, below those of the outline.

    Slides have such; before the first title of the outline stand a document's title and authors.
    """
    deepest = max(level for titles in outline.values() for level in titles.values())
    begun = False
    for number, page in enumerate(pages):
        lines = list(_outlined(page, outline.get(number, {})))
        first = next((index for index, line in enumerate(lines) if line.level), len(lines))
        start = 0 if begun else first
        begun = begun or first < len(lines)
        below = _by_letters(lines[start:], lambda line: (deepest + 1) * by_size.is_larger(line))
        yield [*lines[:start], *below]


def _by_letters(lines: Sequence[Line], level: Callable[[Line], int]) -> list[Line]:
    """Return the lines with their level, unless as many as no title has stand in a row."""
    levelled = [line if line.level else replace(line, level=level(line)) for line in lines]
    found: list[Line] = []
    for _, run in groupby(zip(lines, levelled, strict=True), lambda pair: pair[1].level):
        pairs = list(run)
        numbered = any(_NUMBERED.match(line.text) for line, _ in pairs)
        is_title = numbered or len(pairs) <= _MOST_LINES
        found += [after if is_title else before for before, after in pairs]
    return found


def _outlined(lines: Sequence[Line], titles: Mapping[str, int]) -> Iterator[Line]:
    """Yield the lines; a title that stands on two becomes one."""
    taken = False
    for line, following in zip_longest(lines, lines[1:]):
        if taken:
            taken = False
            continue
        level = titles.get(bare_title(line.text), 0) or _deeper(line)
        if not level and following is not None:
            both = f"{line.text} {following.text}"
            level = titles.get(bare_title(both), 0)
            if level:
                taken = True
                yield replace(line, text=both, level=level)
                continue
        yield replace(line, level=level)


def _deeper(line: Line) -> int:
    """Return the level of a numbered title that an outline leaves out as too deep, else 0."""
    numbered = _NUMBERED.match(line.text) if line.is_bold and _can_be_title(line) else None
    dots = numbered[1].count(".") if numbered and numbered[1] else 0
    return dots + 1 if dots >= _DEEP else 0


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, headings of several lines in one."""
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if (
            before is not None
            and before.level
            and before.level == line.level
            and before.size == line.size
            and 0 < before.baseline - line.baseline <= _HEADING_LEADING * line.size
            and not _NUMBERED.match(line.text)
        ):
            text = join_lines([before.text, line.text])
            found[-1] = replace(before, text=text, baseline=line.baseline)
        else:
            found.append(line)
    return found


class _BySize:
    """The level of a line by its letters: the larger, the further out."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        lines = [line for page in pages for line in page]
        letters: collections.Counter[float] = collections.Counter()
        for line in lines:
            letters[line.size] += len(line.text)
        total = letters.total()
        bold = sum(len(line.text) for line in lines if line.is_bold)
        self._bold_says = bold < _MOST_SHARE * total
        full = _full_lines(pages)
        self._body = max(full, key=lambda size: full[size] * letters[size], default=0.0)
        counts = collections.Counter(line.size for line in lines)
        self._levels: dict[float, int] = {}
        outer, level = math.inf, 0
        for size in sorted({line.size for line in lines if _can_be_title(line)}, reverse=True):
            is_rare = letters[size] < _MOST_SHARE * total and full[size] <= _FULL * counts[size]
            if size < _LARGER * self._body or not is_rare:
                continue
            level += outer - size > _SAME_SIZE
            outer = size
            self._levels[size] = min(level, _MOST_LEVELS)

    def level(self, line: Line) -> int:
        """Return the level from 1, or 0 for text."""
        if not _can_be_title(line):
            return 0
        by_size = self._levels.get(line.size, 0)
        numbered = _NUMBERED.match(line.text)
        if not by_size and self._bold_says and line.is_bold and numbered and self._is_body(line):
            dots = numbered[1].count(".") if numbered[1] else 0
            return max(self._levels.values(), default=0) + 1 + dots
        return by_size

    def is_larger(self, line: Line) -> bool:
        """Whether it can be a title by the size of its letters."""
        return _can_be_title(line) and line.size in self._levels

    def _is_body(self, line: Line) -> bool:
        return line.size >= self._body


def _full_lines(pages: Sequence[Sequence[Line]]) -> collections.Counter[float]:
    """Return how many lines of each size are about as long as any on their page."""
    counts: collections.Counter[float] = collections.Counter()
    for lines in pages:
        longest = max((line.width for line in lines), default=0.0)
        counts.update(line.size for line in lines if line.width > _LONG * longest)
    return counts


def _can_be_title(line: Line) -> bool:
    return (
        len(line.text) <= _MOST_CHARACTERS
        and not line.text.endswith(_SENTENCE_END)
        and not line.is_fixed
        and HAS_WORD.search(line.text) is not None
    )
