"""PDF → paragraphs with page numbers, by PDFium. Headings come from the outline, if any."""

from __future__ import annotations

import collections
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.documents.pdfium import PDFIUM
from rag.documents.text_builder import TextBuilder
from rag.errors import DocumentError
from rag.language import is_wide

_PASSWORD_ERROR = 4
# A line that stands first or last on this share of the pages is a running head or foot.
_RUNNING_SHARE = 0.6
_RUNNING_FROM_PAGES = 4
_PAGE_NUMBER = re.compile(r"^\W*(?:page|第)?\W*\d+\W*(?:页|of \d+|/ ?\d+)?\W*$", re.I)
# Of the page's longest line; a shorter line ends its paragraph if it ends a sentence.
_SHORT_LINE = 0.75
_COMPOUND = re.compile(r"\w+(?:-\w+)+")
_PARTED = re.compile(r"([\w-]*)[\ufffe\x02]\s*(\w*)")
_TITLE_NUMBER = re.compile(
    r"^(?:\d+(?:\.\d+)*[.、:：]?|(?:chapter|appendix)\w(?:\.\d+)*[.:]?|"
    r"第[\d一二三四五六七八九十百]{1,4}[章节部篇]|[a-z一二三四五六七八九十]{1,2}[.、:：])"
)
# A line that begins an item of a list.
_ITEM = re.compile(r"[-•▪●◦–]\s|\d{1,2}[.)、]\s|[（(]\d{1,2}[)）]|[①-⑳]")
_ABBREVIATED = ("Sec.", "Fig.", "Eq.", "Tab.", "Ref.", "No.", "of")
_SENTENCE_END = tuple("。！？：.!?:；;")


def read_pdf(path: Path, builder: TextBuilder) -> str:
    """Add the pages of a PDF to ``builder``; return its title or "".

    Raises:
        DocumentError: it is encrypted, damaged, or holds images of text only.
    """
    import pypdfium2

    try:
        with PDFIUM:
            document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR or "password" in str(error).lower():
            raise DocumentError("it is encrypted; save a copy without a password") from error
        raise DocumentError(f"it is damaged or no PDF ({error})") from error
    try:
        pages = _mended([_page_text(document, number) for number in range(_count(document))])
        with PDFIUM:
            outline = _outline(document)
            title = str(document.get_metadata_dict().get("Title") or "").strip()
    except pypdfium2.PdfiumError as error:
        raise DocumentError(f"it is damaged ({error})") from error
    finally:
        with PDFIUM:
            document.close()
    if not any(any(line.strip() for line in page) for page in pages):
        raise DocumentError("it holds no text, only images: run OCR on it first")
    running = _running_lines(pages)
    reading = Reading(builder)
    for number, lines in enumerate(pages, start=1):
        reading.add_page(number, _without_running(lines, running), outline.get(number - 1, {}))
    reading.flush()
    return title


def _count(document: Any) -> int:
    with PDFIUM:
        return len(document)


def _page_text(document: Any, number: int) -> str:
    with PDFIUM:
        page = document[number]
        try:
            text_page = page.get_textpage()
            try:
                text: str = text_page.get_text_bounded()
            finally:
                text_page.close()
        finally:
            page.close()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _mended(pages: Sequence[str]) -> list[list[str]]:
    """Return the lines of each page, words that were parted at a line's end in one piece.

    PDFium marks the hyphen of such a word with U+FFFE or U+0002. It stays where the document
    writes the word with one elsewhere, and where there are others in it.
    """
    compounds = {word.lower() for page in pages for word in _COMPOUND.findall(page)}

    def mend(found: re.Match[str]) -> str:
        left, right = found.groups()
        if right.lower() in ("and", "or"):
            return f"{left}- {right}"
        keeps = "-" in left or f"{left}-{right}".lower() in compounds
        return f"{left}-{right}" if keeps else left + right

    return [_PARTED.sub(mend, page).split("\n") for page in pages]


def _outline(document: Any) -> dict[int, dict[str, int]]:
    """Return the outline's titles by page, each with its level from 1."""
    found: dict[int, dict[str, int]] = collections.defaultdict(dict)
    for bookmark in document.get_toc():
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        title = bookmark.get_title()
        if index is not None and title:
            found[index][bare_title(title)] = bookmark.level + 1
    return found


def _running_lines(pages: list[list[str]]) -> set[str]:
    if len(pages) < _RUNNING_FROM_PAGES:
        return set()
    counts: collections.Counter[str] = collections.Counter()
    for lines in pages:
        visible = [line for line in lines if line.strip()]
        counts.update({_key(line) for line in (*visible[:2], *visible[-2:])})
    return {key for key, count in counts.items() if key and count >= _RUNNING_SHARE * len(pages)}


def _without_running(lines: list[str], running: set[str]) -> list[str]:
    visible = [number for number, line in enumerate(lines) if line.strip()]
    edges = {*visible[:2], *visible[-2:]}
    return [
        line
        for number, line in enumerate(lines)
        if number not in edges or _key(line) not in running
    ]


def _key(line: str) -> str:
    """A line as it is compared from page to page: page numbers are all alike."""
    words = " ".join(line.split())
    return re.sub(r"\d+", "#", words) if _PAGE_NUMBER.match(words) else words


def bare_title(title: str) -> str:
    """Return a title as it is compared: without spaces, case and number."""
    flat = _flat(title)
    return _TITLE_NUMBER.sub("", flat) or flat


def _flat(text: str) -> str:
    return "".join(text.split()).lower()


class Reading:
    """Puts lines into paragraphs, over the ends of pages too."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._lines: list[str] = []
        # Pages that began within the paragraph, each with the number of lines before it.
        self._begun: list[tuple[int, int]] = []

    def add_page(self, number: int, lines: Sequence[str], titles: Mapping[str, int]) -> None:
        """Add a page's lines; its last paragraph stays open where it plainly goes on."""
        longest = max((len(line.strip()) for line in lines), default=0)
        self._begun.append((number, len(self._lines)))
        for line in map(str.strip, lines):
            level = titles.get(bare_title(line))
            if level is not None:
                self.flush()
                self._builder.heading(line, level)
            elif not line:
                self.flush()
            else:
                # "in Sec." may go on with "2. and freeze".
                before = self._lines[-1] if self._lines else ""
                is_over = len(before) < _SHORT_LINE * longest or before.endswith(_SENTENCE_END)
                if _ITEM.match(line) and is_over and not before.endswith(_ABBREVIATED):
                    self.flush()
                self._lines.append(line)
                if len(line) < _SHORT_LINE * longest and line.endswith(_SENTENCE_END):
                    self.flush()
        last = self._lines[-1] if self._lines else ""
        if len(last) < _SHORT_LINE * longest or last.endswith(_SENTENCE_END):
            self.flush()

    def flush(self) -> None:
        """End the paragraph, if there is one."""
        text = _join(self._lines)
        at_start = [number for number, before in self._begun if not before]
        within = [(number, before) for number, before in self._begun if before]
        for number in at_start:
            self._builder.begin_page(number)
        self._builder.paragraph(text)
        for number, before in within:
            self._builder.begin_page(number, back=len(text) - len(_join(self._lines[:before])))
        self._lines.clear()
        self._begun.clear()


def _join(lines: list[str]) -> str:
    text = ""
    for line in lines:
        if not text:
            text = line
        elif text.endswith("-") and line[:1].islower():
            text = text[:-1] + line
        elif is_wide(text[-1]) and is_wide(line[0]):
            text += line
        else:
            text += " " + line
    return text
