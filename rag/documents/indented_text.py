"""Plain text that stands indented below its headings, as manual pages and RFCs are printed."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator, Sequence

from rag.documents.line_joining import join_lines
from rag.documents.text_builder import TextBuilder
from rag.language import is_wide

# From so many lines on, of which so many are indented by so much and so few are not.
_LEAST_LINES = 30
_INDENTED = 0.7
_LEAST_INDENT = 3
_LEAST_HEADINGS = 3
# Of the lines, from which on they are many.
_MANY = 0.05
# A head or foot of a printed page has its parts in columns.
_COLUMNS = re.compile(r"\S {3,}\S")
_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\.?\s")
# A word that the printer parted.
_PARTED = re.compile("(?<=\\w)\u2010\\n\\s*")
# A line of so many columns is full: what follows further in goes on with it.
_FULL = 60
_SET_IN = 2
_MOST_TERMS = 3
_DEPTH = 4


def is_indented(text: str) -> bool:
    """Whether all of a text but its headings is indented."""
    lines = [line for line in text.split("\n") if line.strip()]
    indented = sum(_indent(line) >= _LEAST_INDENT for line in lines)
    outside = sum(not line[0].isspace() and not _COLUMNS.search(line) for line in lines)
    is_long = len(lines) >= _LEAST_LINES and outside >= _LEAST_HEADINGS
    return is_long and indented >= _INDENTED * len(lines)


def read_indented(text: str, builder: TextBuilder) -> None:
    """Add headings, paragraphs and explained terms to ``builder``."""
    lines = _PARTED.sub("", text).expandtabs(8).split("\n")
    margin = _margin(lines)
    for block in _blocks(lines):
        for number, line in enumerate(block):
            below = _indent(block[number + 1]) if number + 1 < len(block) else margin
            if not _indent(line) < min(margin, below):
                _add(block[number:], margin, builder)
                break
            builder.heading(_words(line), _level(line))


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            is_frame = not line[0].isspace() and _COLUMNS.search(line)
            block += [] if is_frame else [line]
        elif block:
            yield block
            block = []


def _margin(lines: Sequence[str]) -> int:
    """Return the indent of the text below headings: the least that many lines have."""
    counts = collections.Counter(_indent(line) for line in lines if line.strip())
    return min(indent for indent in counts if indent and counts[indent] >= _MANY * counts.total())


def _level(heading: str) -> int:
    number = _NUMBER.match(heading.strip())
    if number:
        return number[1].count(".") + 1
    return 1 if not heading[0].isspace() else 2


def _add(block: Sequence[str], margin: int, builder: TextBuilder) -> None:
    first = _indent(block[0])
    terms = 0
    while terms < len(block) and _indent(block[terms]) == first:
        terms += 1
    depth = max(0, first - margin) // _DEPTH
    rest = block[terms:]
    if not rest or terms > _MOST_TERMS or min(map(_indent, rest)) < first + _SET_IN:
        builder.paragraph(_joined(block))
    elif max(map(_columns, block[:terms])) >= _FULL:
        builder.list_item(_joined(block), depth)
    else:
        term = " / ".join(map(_words, block[:terms]))
        colon = "：" if is_wide(term[-1]) else ": "
        builder.list_item(term + colon + _joined(rest), depth)


def _joined(lines: Sequence[str]) -> str:
    return join_lines([_words(line) for line in lines])


def _words(line: str) -> str:
    return _SPACES.sub(" ", line.strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _columns(line: str) -> int:
    words = _words(line)
    return len(words) + sum(map(is_wide, words))
