"""Lines that a page's width broke, in one piece again."""

from __future__ import annotations

from collections.abc import Sequence

from rag.language import is_wide


def join_lines(lines: Sequence[str]) -> str:
    """Return the text that was broken into ``lines``."""
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
