"""What frames the text of a PDF's pages: running heads and feet, and the table of contents.

They are left out. A running head would stand in the middle of a sentence that goes on over the
page, and a table of contents has the words of every question and answers none.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator, Mapping, Sequence

from rag.documents.pdf_headings import bare_title
from rag.documents.pdf_lines import Line

# Of so many lines at either edge of a page one may be running.
_EDGE = 2
# A line is running that stands there on this share of the pages: heads of left and right pages
# differ, and chapters open without one.
_SHARE = 0.2
_FROM_PAGES = 4
_MOST_HEAD = 120
_ROMAN = r"[ivxlc]{1,7}"
_PAGE_NUMBER = re.compile(
    rf"^\W*(?:page|第)?\W*(?:\d+|{_ROMAN})\W*(?:页|of \d+|/ ?\d+)?\W*$", re.IGNORECASE
)
_LABEL = r"\d{1,4}"
_LABEL_FIRST = re.compile(rf"^({_LABEL}|{_ROMAN})(?![.)、．]?\d)(?![.)、．])\W*\s(.*)$")
_LABEL_LAST = re.compile(
    rf"^(.*?)[\s|·•–—-]+({_LABEL}|{_ROMAN})(?:\s*(?:/|of|共)\s*\d+\W*)?$", re.I
)
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}|(?:\s\.){3,}")
_ENDS_IN_LABEL = re.compile(rf"\s(?:{_LABEL}|{_ROMAN})$")
# A page with so many leaders is one of contents.
_ENTRIES = 3


def without_frame(
    pages: Sequence[Sequence[Line]], outline: Mapping[int, Mapping[str, int]]
) -> list[list[Line]]:
    """Return the pages' lines without running heads, feet and entries of the contents."""
    running = _running(pages) | set(_repeated_titles(pages, outline))
    found: list[list[Line]] = []
    is_contents = False
    for page, lines in enumerate(pages):
        left = [line for index, line in enumerate(lines) if (page, index) not in running]
        is_contents = _is_contents(left, goes_on=is_contents)
        found.append([line for line in left if not (is_contents and _is_entry(line))])
    return found


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[int, int]]:
    """Return the running lines, each as page and place on it."""
    filled = sum(map(bool, pages))
    if filled < _FROM_PAGES:
        return set()
    edges = [(page, index) for page, lines in enumerate(pages) for index in _edges(lines)]
    least = max(_FROM_PAGES - 1, _SHARE * filled)
    alike: dict[str, set[int]] = collections.defaultdict(set)
    for page, index in edges:
        alike[_key(pages[page][index].text)].add(page)
    found = {
        (page, index) for page, index in edges if len(alike[_key(pages[page][index].text)]) >= least
    }
    return found | _numbered(pages, edges, least)


def _edges(lines: Sequence[Line]) -> set[int]:
    """Return the places of the first and last lines, as they were written and as they are seen."""
    written = range(len(lines))
    seen = sorted(written, key=lambda index: -lines[index].baseline)
    return {*written[:_EDGE], *written[-_EDGE:], *seen[:_EDGE], *seen[-_EDGE:]}


def _key(text: str) -> str:
    """A line as it is compared from page to page: page numbers are all alike."""
    return "#" if _PAGE_NUMBER.match(text) else "".join(text.split())


def _numbered(
    pages: Sequence[Sequence[Line]], edges: Sequence[tuple[int, int]], least: float
) -> set[tuple[int, int]]:
    """Return the lines that count the pages beside a title: "Installation 35 / 92"."""
    steps: dict[int, set[int]] = collections.defaultdict(set)
    parted: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for page, index in edges:
        parted[page, index] = list(_parts(pages[page][index].text))
        for label, _ in parted[page, index]:
            if label.isdigit():
                steps[int(label) - page].add(page)
    counting = {step for step, on in steps.items() if len(on) >= least}
    titles: dict[str, set[int]] = collections.defaultdict(set)
    for (page, _), parts in parted.items():
        for label, title in parts:
            if label.isdigit() and int(label) - page in counting:
                titles[title].add(page)
    # A title that stands so on one page alone may be a line that happens to begin with its number.
    known = {title for title, on in titles.items() if len(on) > 1}
    return {
        (page, index)
        for (page, index), parts in parted.items()
        if any(title in known for _, title in parts)
    }


def _repeated_titles(
    pages: Sequence[Sequence[Line]], outline: Mapping[int, Mapping[str, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the heads that say again which chapter, or chapter and section, a page belongs to."""
    known: list[str] = []
    for page, lines in enumerate(pages):
        own = outline.get(page, {})
        if own:
            known = sorted({*known, *own}, key=len, reverse=True)
        for index in _edges(lines):
            bare = bare_title(lines[index].text)
            is_short = 0 < len(bare) <= _MOST_HEAD
            if is_short and bare not in own and not _without_titles(bare, known):
                yield page, index


def _without_titles(bare: str, titles: Sequence[str]) -> str:
    """Return what is left of a line where titles and numbers are taken out of it."""
    for title in titles:
        if title in bare:
            bare = bare.replace(title, " ")
    return re.sub(r"[\W\d]+", "", bare)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield a line's page label and the title beside it, as the label may be first or last."""
    words = " ".join(text.split())
    first, last = _LABEL_FIRST.match(words), _LABEL_LAST.match(words)
    if first:
        yield first[1], first[2]
    if last:
        yield last[2], last[1]


def _is_contents(lines: Sequence[Line], *, goes_on: bool) -> bool:
    """Whether a page is one of contents; ``goes_on``: the page before it is."""
    if sum(bool(_LEADERS.search(line.text)) for line in lines) >= _ENTRIES:
        return True
    return goes_on and 2 * sum(map(_is_entry, lines)) > len(lines)


def _is_entry(line: Line) -> bool:
    return bool(_LEADERS.search(line.text) or _ENDS_IN_LABEL.search(line.text))
