"""Which lines of a PDF are headings: those of its outline, or else those in larger letters."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from rag.documents.pdf_lines import Line, join_lines

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
# Letters that so much of the document is set in are no headings.
_MOST_SHARE = 0.15
_MOST_CHARACTERS = 120
_WORD = re.compile(r"[^\W\d_]{3,}|[\u4e00-\u9fff]{2,}")
_SENTENCE_END = tuple("。.;；,，:：")
# Lines of one heading are at most so many times their size apart.
_HEADING_LEADING = 1.7
_NUMBERED = re.compile(
    r"^(?:(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S|第[\d一二三四五六七八九十百]{1,4}[章节部篇]|"
    r"[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|(?:chapter|appendix)\s+\w+\b)",
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
    if sum(map(len, outline.values())) >= _LEAST_OUTLINE:
        return [
            list(_by_outline(lines, outline.get(number, {}))) for number, lines in enumerate(pages)
        ]
    by_size = _BySize(pages)
    return [
        _joined([replace(line, level=by_size.level(line)) for line in lines]) for lines in pages
    ]


def bare_title(title: str) -> str:
    """Return a title as it is compared: without spaces, case and number."""
    flat = "".join(title.split()).lower()
    return _TITLE_NUMBER.sub("", flat) or flat


def _by_outline(lines: Sequence[Line], titles: Mapping[str, int]) -> Iterator[Line]:
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
        self._body = letters.most_common(1)[0][0] if letters else 0.0
        total = letters.total()
        bold = sum(len(line.text) for line in lines if line.is_bold)
        self._bold_says = bold < _MOST_SHARE * total
        self._sizes: list[float] = []
        candidates = sorted({line.size for line in lines if self._is_larger(line)}, reverse=True)
        for size in candidates:
            is_rare = letters[size] < _MOST_SHARE * total
            if is_rare and (not self._sizes or self._sizes[-1] - size > _SAME_SIZE):
                self._sizes.append(size)
        del self._sizes[_MOST_LEVELS:]

    def level(self, line: Line) -> int:
        """Return the level from 1, or 0 for text."""
        if not _can_be_title(line):
            return 0
        for level, size in enumerate(self._sizes, start=1):
            if abs(line.size - size) <= _SAME_SIZE:
                return level
        numbered = _NUMBERED.match(line.text)
        if self._bold_says and line.is_bold and numbered and line.size >= self._body:
            dots = numbered[1].count(".") if numbered[1] else 0
            return len(self._sizes) + 1 + dots
        return 0

    def _is_larger(self, line: Line) -> bool:
        return line.size >= _LARGER * self._body and _can_be_title(line)


def _can_be_title(line: Line) -> bool:
    return (
        len(line.text) <= _MOST_CHARACTERS
        and not line.text.endswith(_SENTENCE_END)
        and not line.is_fixed
        and _WORD.search(line.text) is not None
    )
