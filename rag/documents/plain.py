"""Plain text → paragraphs; text that is plainly Markdown is read as such."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.markdown import looks_like_markdown, read_markdown
from rag.documents.text_builder import TextBuilder, clean

# So many lines that begin so make a list; one alone may be anything.
_FEWEST_ITEMS = 2
_ITEM = re.compile(r"([ \t]*)([-*•]|\d{1,2}[.)、]|[（(]\d{1,2}[)）])[ \t]*(?=\S)(?!\d)(.*)")
_INDENT = 2


def read_plain(text: str, builder: TextBuilder) -> str:
    """Add a text's paragraphs, parted by blank lines, and lists to ``builder``; return ""."""
    if looks_like_markdown(text):
        return read_markdown(text, builder)
    for part in re.split(r"\n[ \t\u3000]*\n", clean(text)):
        lines = part.split("\n")
        if sum(_ITEM.match(line) is not None for line in lines) < _FEWEST_ITEMS:
            builder.paragraph(part)
        else:
            _add_list(lines, builder)
    return ""


def _add_list(lines: Sequence[str], builder: TextBuilder) -> None:
    """Add a lead-in, if there is one, and items; a line that begins none goes on with the last."""
    found = [_ITEM.match(line) for line in lines]
    begins = [number for number, item in enumerate(found) if item]
    builder.paragraph("\n".join(lines[: begins[0]]))
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        item = found[begin]
        assert item is not None
        words = "\n".join([item[3], *lines[begin + 1 : end]])
        builder.list_item(words, len(item[1].expandtabs(4)) // _INDENT, item[2])
