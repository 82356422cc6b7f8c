"""Clean text and its structure, put together block by block, alike for every format.

Knows nothing of formats. Blocks are separated by blank lines, list items and table rows by line
ends, and every position that is recorded is one of the text that comes out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from rag.errors import DocumentError
from rag.types import CELL_SEPARATOR, Block, BlockKind, Page, Section, Span

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\u00ad\u200b\u2060\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_SLUG = re.compile(r"[^\w\s-]")
_TIGHT = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW})
_MOST_LEVELS = 6


@dataclass(frozen=True, slots=True)
class BuiltText:
    """What a builder made: the text and everything that points into it."""

    text: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    pages: tuple[Page, ...]


@dataclass(slots=True)
class _OpenSection:
    start: int
    path: tuple[str, ...]
    level: int
    anchor: str


@dataclass(slots=True)
class TextBuilder:
    """Takes blocks in reading order; ``build`` gives the text with its structure."""

    max_characters: int
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _blocks: list[Block] = field(default_factory=list)
    _sections: list[_OpenSection] = field(default_factory=list)
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _pages: list[tuple[int, int]] = field(default_factory=list)
    _anchors: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def first_heading(self) -> str:
        """The first heading, or ""."""
        return self._sections[0].path[-1] if self._sections else ""

    def heading(self, text: str, level: int, anchor: str | None = None) -> None:
        """Begin a section. ``level`` counts from 1, the outermost."""
        words = " ".join(clean(text).split())
        if not words:
            return
        depth = min(max(level, 1), _MOST_LEVELS)
        while self._headings and self._headings[-1][0] >= depth:
            self._headings.pop()
        self._headings.append((depth, words))
        span = self._append(BlockKind.HEADING, words, level=depth)
        self._sections.append(
            _OpenSection(
                start=span.start,
                path=tuple(heading for _, heading in self._headings),
                level=depth,
                anchor=self._unique_anchor(anchor or slug(words)),
            )
        )

    def paragraph(self, text: str) -> None:
        """Add a paragraph; line ends inside it stay."""
        self._add(BlockKind.PARAGRAPH, text)

    def list_item(self, text: str, depth: int = 0, marker: str = "-") -> None:
        """Add a list item at nesting ``depth``, 0 being the outermost."""
        body = " ".join(clean(text).split())
        if body:
            indent = "  " * depth
            self._append(BlockKind.LIST_ITEM, f"{indent}{marker} {body}", level=depth)

    def table_row(self, cells: list[str], *, is_header: bool = False) -> None:
        """Add a row of a table."""
        squeezed = [" ".join(clean(cell).split()) for cell in cells]
        if any(squeezed):
            text = CELL_SEPARATOR.join(squeezed).strip()
            self._append(BlockKind.TABLE_ROW, text, is_header=is_header)

    def code(self, text: str) -> None:
        """Add code, as it stands."""
        body = clean(text).strip("\n")
        if body.strip():
            self._append(BlockKind.CODE, body)

    def formula(self, tex: str) -> None:
        """Add a display formula, given without its dollar signs."""
        body = clean(tex).strip()
        if body:
            self._append(BlockKind.FORMULA, f"$$\n{body}\n$$" if "\n" in body else f"$${body}$$")

    def caption(self, text: str) -> None:
        """Add the caption of a figure or table."""
        self._add(BlockKind.CAPTION, text)

    def begin_page(self, number: int, *, back: int = 0) -> None:
        """What follows stands on page (slide, sheet) ``number``.

        Args:
            back: so many of the last characters stand on it already.
        """
        earliest = self._pages[-1][1] if self._pages else 0
        self._pages.append((number, max(earliest, self._length - back)))

    def build(self) -> BuiltText:
        """Return the text with its blocks, sections and pages."""
        text = "".join(self._parts)
        return BuiltText(
            text=text,
            blocks=tuple(self._blocks),
            sections=self._build_sections(len(text)),
            pages=self._build_pages(len(text)),
        )

    def _add(self, kind: BlockKind, text: str) -> None:
        lines = [line.strip() for line in clean(text).split("\n")]
        body = re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
        if body:
            self._append(kind, body)

    def _append(
        self, kind: BlockKind, body: str, *, level: int = 0, is_header: bool = False
    ) -> Span:
        if self._blocks:
            tight = kind in _TIGHT and self._blocks[-1].kind is kind and not is_header
            self._push("\n" if tight else "\n\n")
        span = Span(self._length, self._length + len(body))
        self._push(body)
        self._blocks.append(Block(kind, span, level=level, is_header=is_header))
        return span

    def _push(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > self.max_characters:
            raise DocumentError(
                f"more than {self.max_characters} characters of text; split the file"
            )

    def _unique_anchor(self, wanted: str) -> str:
        number = self._numbers.get(wanted, 1)
        anchor = wanted if number == 1 else f"{wanted}-{number}"
        while anchor in self._anchors:
            number += 1
            anchor = f"{wanted}-{number}"
        self._numbers[wanted] = number
        self._anchors.add(anchor)
        return anchor

    def _build_sections(self, length: int) -> tuple[Section, ...]:
        opened = self._sections
        if not opened or opened[0].start > 0:
            opened = [_OpenSection(0, (), 0, ""), *opened]
        ends = [section.start for section in opened[1:]] + [length]
        return tuple(
            Section(
                heading_path=section.path,
                span=Span(section.start, end),
                level=section.level,
                anchor=section.anchor,
            )
            for section, end in zip(opened, ends, strict=True)
        )

    def _build_pages(self, length: int) -> tuple[Page, ...]:
        starts = [start for _, start in self._pages[1:]] + [length]
        if not self._pages:
            return ()
        return tuple(
            Page(number=number, span=Span(start, end))
            for (number, start), end in zip(self._pages, starts, strict=True)
        )


def clean(text: str) -> str:
    """Return ``text`` with Unix line ends and no control characters and lone surrogates."""
    unified = _LINE_END.sub("\n", text)
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", unified))


def slug(words: str) -> str:
    """Return an anchor for a heading: its words in lower case, joined by hyphens."""
    kept = _NOT_SLUG.sub("", unicodedata.normalize("NFKC", words).lower())
    return "-".join(kept.split()) or "section"
