"""Plain text → paragraphs; text that is plainly Markdown is read as such."""

from __future__ import annotations

import re

from rag.documents.markdown import looks_like_markdown, read_markdown
from rag.documents.text_builder import TextBuilder, clean


def read_plain(text: str, builder: TextBuilder) -> str:
    """Add the paragraphs of a text, parted by blank lines, to ``builder``; return ""."""
    if looks_like_markdown(text):
        return read_markdown(text, builder)
    for part in re.split(r"\n[ \t\u3000]*\n", clean(text)):
        builder.paragraph(part)
    return ""
