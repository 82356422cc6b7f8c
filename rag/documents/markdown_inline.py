"""Inline Markdown → words: emphasis as Chinese writes it, wrapped lines, raised numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from rag.documents.superscripts import raised
from rag.language import is_wide

# A line that begins so is an item of a list that Markdown does not know.
_ITEM = re.compile(r"[（(]\d{1,2}[)）]|\d{1,2}、|[一二三四五六七八九十]{1,3}、|[①-⑳]")
# 姓名：张三
_LABEL = re.compile(r"[^，。：:；！？]{1,10}[：:]")
_BREAKS = ("softbreak", "hardbreak")


def emphasis(state: StateInline, silent: bool) -> bool:
    """Markdown-it's rule, but that ``**`` beside Chinese opens and closes as beside a space.

    CommonMark takes the end of ``**注意：**请先`` for a beginning, since punctuation stands before
    it and no space behind; Chinese has no spaces.
    """
    start = state.pos
    marker = state.src[start]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(start, marker == "*")
    can_open, can_close = scanned.can_open, scanned.can_close
    before = state.src[start - 1 : start] or " "
    after = state.src[start + scanned.length : start + scanned.length + 1] or " "
    is_strong = marker == "*" and scanned.length > 1
    if is_strong and (is_wide(before) or is_wide(after)):
        can_open, can_close = not after.isspace(), not before.isspace()
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos += scanned.length
    return True


def plain(children: Sequence[Token]) -> str:
    """Return the words of inline tokens, without marks."""
    parts: list[str] = []
    # Where superscripts that are not closed yet began.
    opened: list[int] = []
    line = 0
    for number, child in enumerate(children):
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(_joint("".join(parts[line:]), _next_line(children, number + 1)))
            line = len(parts)
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "math_inline":
            parts.append(f"${child.content}$")
        elif child.type == "math_inline_double":
            parts.append(f"$${child.content}$$")
        elif child.type == "html_inline":
            if re.match(r"<br\b", child.content, re.I):
                parts.append("\n")
            elif re.match(r"<sup\b", child.content, re.I):
                opened.append(len(parts))
            elif re.match(r"</sup\b", child.content, re.I) and opened:
                begun = opened.pop()
                parts[begun:] = [raised("".join(parts[begun:]))]
                line = min(line, begun)
        elif child.type == "image" and len(children) > 1:
            parts.append(plain(child.children or []))
    return "".join(parts)


def _next_line(children: Sequence[Token], start: int) -> str:
    """Return the words from a token up to the next line break."""
    words: list[str] = []
    for number in range(start, len(children)):
        if children[number].type in _BREAKS:
            break
        if children[number].type != "html_inline":
            words.append(children[number].content)
    return "".join(words)


def _joint(before: str, after: str) -> str:
    """Return what parts a line from the next one, which Markdown takes for one paragraph."""
    line = before.rsplit("\n", 1)[-1]
    if _ITEM.match(after) or (_LABEL.match(line) and _LABEL.match(after)):
        return "\n"
    return "" if is_wide(before[-1:]) and is_wide(after[:1]) else " "
