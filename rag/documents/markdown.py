"""Markdown → blocks, by markdown-it-py (CommonMark with tables, formulas and front matter).

Headings may also be raw HTML (``<h2 id="…">``). Links keep their text, emphasis its words, images
their caption.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from rag.documents.html import read_html_fragment
from rag.documents.markdown_inline import emphasis, plain
from rag.documents.text_builder import TextBuilder

_ANCHOR_ONLY = re.compile(r'^\s*(?:<a\s+(?:id|name)="([^"]+)"\s*/?>\s*(?:</a>)?\s*)+$', re.I)
_EXPLICIT_ID = re.compile(r"\s*\{\s*#([\w.-]+)[^}]*\}\s*$")
_TITLE = re.compile(r"^title\s*:\s*(.+)$", re.M)
_CAPTION = re.compile(
    r"^\s*(?:(?:Figure|Fig\.|Table)\s*[\d.-]*\s*[:：.]|[图表]\s*[\d.\-–]*\s*[:：])"
)
# A raw HTML heading that swallowed the lines below it, as CommonMark's HTML blocks do.
_HTML_HEADING = re.compile(r"^[ \t]*<h([1-6])\b[^>]*>.*?</h\1>[ \t]*$", re.I | re.M | re.S)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[ \t]*#[^\n]*\n|[ \t]*\n)*[\w\"'][^\n]*?:(?:\s|$)")
_LINE_END = re.compile(r"\r\n?")
_FENCE = re.compile(r"^[ \t]*(```|~~~)")


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link's definition, but no footnote: ``[^1]: 原文`` would be one, and be lost."""
    begin = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", begin) and reference(state, start, end, silent)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # Links are never followed, only their words are kept, so none is too dangerous to be parsed.
    parser.validateLink = lambda _: True  # type: ignore[method-assign, assignment]
    parser.block.ruler.at("reference", _reference)
    parser.inline.ruler.at("emphasis", emphasis)
    return parser.use(front_matter_plugin).use(dollarmath_plugin, double_inline=True)


def looks_like_markdown(text: str) -> bool:
    """Whether a plain-text file is plainly Markdown: two headings or more."""
    text = _LINE_END.sub("\n", text)
    headings = re.findall(r"^(?:#{1,6} \S.*\n[ \t]*$|<h[1-6][ >])", text, re.M)
    return len(headings) >= 2


def read_markdown(text: str, builder: TextBuilder) -> str:
    """Add the blocks of a Markdown text to ``builder``; return its front matter's title or ""."""
    text = _LINE_END.sub("\n", text)
    if not _FRONT_MATTER.match(text):
        text = "\n" + text  # a rule on the first line opens no front matter
    tokens = _parser().parse(_free_html_headings(text))
    return _Walk(tokens, builder).run()


def _free_html_headings(text: str) -> str:
    """Put blank lines around raw HTML headings, so that what follows is read as Markdown."""
    if "<h" not in text and "<H" not in text:
        return text
    pieces: list[str] = []
    is_code = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_code = not is_code
        if not is_code and _HTML_HEADING.match(line):
            pieces += ["", line.strip(), ""]
        else:
            pieces.append(line)
    return "\n".join(pieces)


class _Walk:
    """One pass over the tokens of a text."""

    def __init__(self, tokens: Sequence[Token], builder: TextBuilder) -> None:
        self._tokens = tokens
        self._builder = builder
        self._anchor: str | None = None
        self._title = ""
        self._lists: list[list[str]] = []
        self._image_alt = ""

    def run(self) -> str:
        index = 0
        while index < len(self._tokens):
            index = self._take(index)
        self._flush_image()
        return self._title

    def _take(self, index: int) -> int:
        token = self._tokens[index]
        kind = token.type
        if kind == "front_matter":
            found = _TITLE.search(token.content)
            self._title = found.group(1).strip().strip("\"'") if found else ""
        elif kind == "heading_open":
            self._heading(self._tokens[index + 1], int(token.tag[1]))
            return index + 3
        elif kind in ("bullet_list_open", "ordered_list_open"):
            end = self._closing(index)
            if not self._lists and self._is_contents(index, end):
                return end + 1
            start = token.attrGet("start")
            number = 1 if start is None else int(start)
            self._lists.append(["-"] if kind == "bullet_list_open" else ["#", str(number)])
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            return self._list_item(index)
        elif kind == "table_open":
            return self._table(index)
        elif kind in ("fence", "code_block"):
            self._flush_image()
            self._builder.code(token.content)
        elif kind in ("math_block", "math_block_label"):
            self._flush_image()
            self._builder.formula(token.content)
        elif kind == "html_block":
            self._html(token.content)
        elif kind == "inline":
            self._paragraph(token)
        return index + 1

    def _heading(self, inline: Token, level: int) -> None:
        self._flush_image()
        words = plain(inline.children or [])
        explicit = _EXPLICIT_ID.search(words)
        anchor = explicit.group(1) if explicit else self._anchor
        self._builder.heading(_EXPLICIT_ID.sub("", words), level, anchor)
        self._anchor = None

    def _paragraph(self, inline: Token) -> None:
        children = inline.children or []
        anchor = _ANCHOR_ONLY.match(inline.content)
        if anchor:
            self._anchor = anchor.group(1)
            return
        images = [child for child in children if child.type == "image"]
        text = plain(children)
        if images and not text.strip():
            self._flush_image()
            self._image_alt = "; ".join(filter(None, (plain(i.children or []) for i in images)))
            return
        if _CAPTION.match(text):
            self._image_alt = ""
            self._builder.caption(text)
            return
        self._flush_image()
        if len(children) == 1 and children[0].type in ("math_inline_double", "math_block"):
            self._builder.formula(children[0].content)
        else:
            self._builder.paragraph(text)

    def _flush_image(self) -> None:
        """An image without a caption is known by its alternative text."""
        if self._image_alt:
            self._builder.caption(self._image_alt)
            self._image_alt = ""

    def _list_item(self, index: int) -> int:
        """Add the item's own paragraphs as one block; what is nested in it follows by itself."""
        self._flush_image()
        end = self._closing(index)
        own: list[str] = []
        position = index + 1
        while position < end:
            token = self._tokens[position]
            if token.type == "inline":
                own.append(plain(token.children or []))
            elif token.type not in ("paragraph_open", "paragraph_close"):
                break
            position += 1
        state = self._lists[-1] if self._lists else ["-"]
        marker = "-"
        if state[0] == "#":
            marker = f"{state[1]}."
            state[1] = str(int(state[1]) + 1)
        self._builder.list_item("\n".join(own), max(0, len(self._lists) - 1), marker)
        return position

    def _table(self, index: int) -> int:
        self._flush_image()
        end = self._closing(index)
        cells: list[str] = []
        is_header = False
        for token in self._tokens[index:end]:
            if token.type == "tr_open":
                cells = []
            elif token.type == "th_open":
                is_header = True
            elif token.type == "inline":
                cells.append(plain(token.children or []))
            elif token.type == "tr_close":
                self._builder.table_row(cells, is_header=is_header)
                is_header = False
        return end + 1

    def _html(self, content: str) -> None:
        anchor = _ANCHOR_ONLY.match(content.strip())
        if anchor:
            self._anchor = anchor.group(1)
            return
        self._flush_image()
        read_html_fragment(content, self._builder)

    def _is_contents(self, start: int, end: int) -> bool:
        """Whether a list is a table of contents: every item a link into the page itself."""
        inlines = [token for token in self._tokens[start:end] if token.type == "inline"]
        return len(inlines) > 1 and all(_is_page_link(token) for token in inlines)

    def _closing(self, index: int) -> int:
        opened = self._tokens[index]
        wanted = opened.type.replace("_open", "_close")
        for position in range(index + 1, len(self._tokens)):
            token = self._tokens[position]
            if token.type == wanted and token.level == opened.level:
                return position
        return len(self._tokens) - 1


def _is_page_link(inline: Token) -> bool:
    children = [child for child in inline.children or [] if child.content.strip() or child.nesting]
    # "[A](#a) beats [B](#b)" says something of its own.
    if not children or inline.content.count("](") != 1:
        return False
    first, last = children[0], children[-1]
    is_link = first.type == "link_open" and last.type == "link_close"
    # In headings with brackets and spaces a target is often not valid Markdown and stays text.
    return (is_link and str(first.attrGet("href")).startswith("#")) or bool(
        re.fullmatch(r"\[.+\]\(#.+\)", inline.content.strip())
    )
