"""Plain text → paragraphs; text that is plainly Markdown or a manual page is read as such."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.indented_text import is_indented, read_indented
from rag.documents.markdown import looks_like_markdown, read_markdown
from rag.documents.text_builder import TextBuilder, clean

# So many lines that begin so make a list; one alone may be anything.
_FEWEST_ITEMS = 2
_ITEM = re.compile(
    r"([ \t]*)([-*•](?=[ \t])|\d{1,2}[.)、](?![A-Za-z])|[（(]\d{1,2}[)）])[ \t]*(?=\S)(?!\d)(.*)"
)
_INDENT = 2


def read_plain(text: str, builder: TextBuilder) -> str:
    """Add a text's paragraphs, parted by blank lines, and lists to ``builder``; return ""."""
    if looks_like_markdown(text):
        return read_markdown(text, builder)
    text = clean(text)
    if is_indented(text):
        read_indented(text, builder)
        return ""
    for part in re.split(r"\n[ \t\u3000]*\n", text):
        lines = part.split("\n")
        if sum(_ITEM.match(line) is not None for line in lines) < _FEWEST_ITEMS:
            builder.paragraph(part)
        else:
            _add_list(lines, builder)
    return ""


def _add_list(lines: Sequence[str], builder: TextBuilder) -> None:
    """Add items and the paragraphs around them; an indented line goes on with the item above it."""
    item: re.Match[str] | None = None
    own: list[str] = []

    def flush() -> None:
        if item is None:
            builder.paragraph("\n".join(own))
        else:
            builder.list_item("\n".join(own), len(item[1].expandtabs(4)) // _INDENT, item[2])
        own.clear()

    for line in lines:
        begun = _ITEM.match(line)
        if begun or (item is not None and not line[:1].isspace()):
            flush()
            item = begun
        own.append(begun[3] if begun else line)
    flush()
