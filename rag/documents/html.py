"""HTML → blocks, by BeautifulSoup over lxml. Nothing is fetched or run."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, Tag

from rag.documents.html_frame import drop_frame
from rag.documents.superscripts import raised
from rag.documents.text_builder import TextBuilder
from rag.language import is_wide

# A line of Chinese that was wrapped goes on without a space.
_WIDE = r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]"
_WRAPPED = re.compile(rf"(?<={_WIDE})[ \t]*\n\s*(?={_WIDE})")
# What a page may say of its tables; browsers have such limits too.
_MOST_SPANNED = 1000
# Words for a picture that are its file's name.
_FILE_NAME = re.compile(r"[\x21-\x7e]*[a-z0-9][-_.][a-z0-9][\x21-\x7e]*$", re.IGNORECASE)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    "p div header footer aside section article main body html blockquote ul ol li table pre dl dt "
    "dd figure figcaption details summary form fieldset address center".split()
) | frozenset(_HEADINGS)


def read_html(text: str, builder: TextBuilder, *, is_page: bool = True) -> str:
    """Add the blocks of a page to ``builder``; return its title or ""."""
    soup = _parse(text)
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    _Walk(builder, is_page=is_page).read(soup.body or soup)
    return title


def read_html_fragment(text: str, builder: TextBuilder) -> None:
    """Add the blocks of a piece of HTML, such as stands in Markdown."""
    soup = _parse(text)
    _Walk(builder).read(soup.body or soup)


def _parse(text: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        # Advice to programmers about what a text looks like: an address, a path, XML.
        warnings.simplefilter("ignore", UserWarning)
        return BeautifulSoup(text, "lxml")


class _Walk:
    """One pass over a tree."""

    def __init__(self, builder: TextBuilder, *, is_page: bool = False) -> None:
        self._is_page = is_page
        self._builder = builder
        self._anchor: str | None = None

    def read(self, root: Tag) -> None:
        drop_frame(root, is_page=self._is_page)
        self._children(root, depth=0)

    def _children(self, node: Tag, *, depth: int) -> None:
        """Add a container's content: runs of inline nodes are paragraphs."""
        run: list[str] = []
        for child in node.children:
            if isinstance(child, Tag) and _holds_blocks(child):
                self._flush(run)
                self._block(child, depth=depth)
            elif isinstance(child, Tag):
                if child.name == "a" and not child.get_text(strip=True):
                    self._anchor = str(child.get("id") or child.get("name") or "") or self._anchor
                run.append(_inline(child))
            elif isinstance(child, NavigableString):
                run.append(_inline(child))
        self._flush(run)

    def _flush(self, run: list[str]) -> None:
        text = "".join(run)
        run.clear()
        for part in re.split(r"\n{2,}", text):
            self._builder.paragraph(re.sub(r"[ \t]+", " ", part))

    def _block(self, node: Tag, *, depth: int) -> None:
        name = node.name
        if name in _HEADINGS:
            anchor = str(node.get("id") or "") or self._anchor
            self._builder.heading(_words(node), _HEADINGS[name], anchor)
            self._anchor = None
        elif name in ("ul", "ol"):
            self._list(node, depth=depth)
        elif name == "dl":
            self._definitions(node, depth=depth)
        elif name == "table":
            self._table(node)
        elif name == "pre":
            for line_break in node.find_all("br"):
                line_break.replace_with("\n")
            self._builder.code(node.get_text())
        elif name == "figcaption":
            self._builder.caption(_words(node))
        else:
            self._children(node, depth=depth)

    def _list(self, node: Tag, *, depth: int) -> None:
        number = int(str(node.get("start"))) if str(node.get("start", "")).isdigit() else 1
        for item in node.find_all(True, recursive=False):
            if item.name != "li":
                self._block(item, depth=depth + (item.name in ("ul", "ol")))
                continue
            nested = item.find_all(["ul", "ol", "pre", "table"])
            outer = [child for child in nested if child.find_parent("li") is item]
            for child in outer:
                # What follows it does not go on what stands before.
                child.replace_with("\n")
            marker = f"{number}." if node.name == "ol" else "-"
            self._builder.list_item(_words(item), depth, marker)
            number += 1
            for child in outer:
                self._block(child, depth=depth + 1)

    def _definitions(self, node: Tag, *, depth: int) -> None:
        """Add each definition behind its terms; alone it does not say what it is about."""
        terms: list[str] = []
        is_open = True
        for part in node.find_all(["dt", "dd"]):
            if part.find_parent("dl") is not node:
                continue
            if part.name == "dt":
                terms = [*terms, _words(part).strip()] if is_open else [_words(part).strip()]
                is_open = True
                continue
            self._builder.list_item(_named(terms, _beginning(part)), depth)
            self._children(part, depth=depth + 1)
            is_open = False
        if is_open:
            self._builder.list_item(_named(terms, ""), depth)

    def _table(self, node: Tag) -> None:
        for inner in node.find_all("caption"):
            self._builder.caption(_words(inner))
            inner.extract()
        for position, (row, cells) in enumerate(_grid(node)):
            is_header = position == 0 and _names_columns(row)
            self._builder.table_row(cells, is_header=is_header)


def _beginning(definition: Tag) -> str:
    """Take what stands before a definition's second block out of it."""
    begun: list[str] = []
    for child in list(definition.children):
        block = child.name if isinstance(child, Tag) and _holds_blocks(child) else ""
        if block and (block != "p" or "".join(begun).strip()):
            break
        begun.append(_inline(child))
        child.extract()
        if block:
            break
    return "".join(begun).strip()


def _named(terms: list[str], definition: str) -> str:
    """Return a definition behind its terms, as it would be written."""
    names = " / ".join(filter(None, terms))
    if not names or not definition:
        return names or definition
    return f"{names}：{definition}" if is_wide(names[-1]) else f"{names}: {definition}"


def _grid(table: Tag) -> Iterator[tuple[Tag, list[str]]]:
    """Yield each row with its cells by column; one that reaches down stands in every row of it."""
    below: dict[int, tuple[int, str]] = {}

    def take_from_above(cells: list[str]) -> None:
        while below.get(len(cells), (0, ""))[0]:
            left, words = below[len(cells)]
            below[len(cells)] = (left - 1, words)
            cells.append(words)

    for row in _rows(table):
        cells: list[str] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            take_from_above(cells)
            words, down = _words(cell), _reach(cell, "rowspan")
            for number in range(_reach(cell, "colspan")):
                own = "" if number else words
                if down > 1:
                    below[len(cells)] = (down - 1, own)
                cells.append(own)
        take_from_above(cells)
        yield row, cells


def _names_columns(row: Tag) -> bool:
    """Whether a first row is a header; in a table of names and values each row begins with one."""
    in_head = row.parent is not None and row.parent.name == "thead"
    # The corner of a table with names on two sides is empty.
    filled = (cell for cell in row.find_all("td", recursive=False) if cell.get_text(strip=True))
    return in_head or (row.find("th", recursive=False) is not None and not any(filled))


def _reach(cell: Tag, name: str) -> int:
    stated = str(cell.get(name, "1"))
    return min(int(stated), _MOST_SPANNED) if stated.isascii() and stated.isdigit() else 1


def _rows(table: Tag) -> Iterator[Tag]:
    for row in table.find_all("tr"):
        if row.find_parent("table") is table:
            yield row


def _holds_blocks(node: Tag) -> bool:
    return node.name in _BLOCKS or node.find(lambda tag: tag.name in _BLOCKS) is not None


def _words(node: Tag) -> str:
    """Return a node's text; line breaks and the TeX of formulas are kept."""
    return "".join(_inline(child) for child in node.children)


def _inline(node: PageElement) -> str:
    if isinstance(node, Comment):
        return ""
    if not isinstance(node, Tag):
        return _squeeze(str(node))
    if node.name == "br":
        return "\n"
    if node.name == "img":
        words = str(node.get("alt") or "")
        return "" if _FILE_NAME.match(words) else words
    if node.name == "math":
        tex = node.find("annotation", attrs={"encoding": "application/x-tex"})
        return f"${tex.get_text(strip=True)}$" if tex else node.get_text()
    words = _words(node)
    if node.name == "sup":
        return raised(words)
    return f"\n{words}\n" if node.name in _BLOCKS or node.name in ("tr", "td", "th") else words


def _squeeze(text: str) -> str:
    text = _WRAPPED.sub("", text)
    return re.sub(r"\s+", " ", text)
