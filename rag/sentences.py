"""Where sentences begin and end, in Chinese and English, as spans of the given text.

Works on one block's text (a paragraph, list item, table row or formula); knows nothing of
documents. Sentence ends are 。！？； and their closing quotes in Chinese, and . ! ? followed by a
space in English, except after abbreviations, initials and numbers.
"""

from __future__ import annotations

import re

from rag.language import is_cjk
from rag.types import Span

_CLOSERS = "”’」』）)》】\"'"
_CHINESE_ENDS = "。！？；"
_ENGLISH_ENDS = ".!?"
# Lower-case, without the final full stop.
_ABBREVIATIONS = frozenset(
    """
    e.g i.e etc vs cf al fig figs eq eqs sec no dr mr mrs ms prof st approx resp ca vol pp ed
    jan feb mar apr jun jul aug sep sept oct nov dec inc ltd co u.s
    """.split()
)
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
# A line at least this wide that ends in mid-sentence was wrapped.
_WRAPPED_COLUMNS = 60
_LAST_WORD = re.compile(r"[\w.]+$")


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, in order, trimmed of white space.

    Every non-space character of ``text`` lies in exactly one span. Nothing inside a ``$…$`` or
    ``$$…$$`` formula ends a sentence.
    """
    protected = [match.span() for match in _FORMULA.finditer(text)]
    spans: list[Span] = []
    start = 0
    position = 0
    while position < len(text):
        inside = next((end for begin, end in protected if begin <= position < end), None)
        if inside is not None:
            position = inside
            continue
        if not _ends_sentence(text, position):
            position += 1
            continue
        position += 1
        while position < len(text) and text[position] in _CLOSERS + _CHINESE_ENDS + _ENGLISH_ENDS:
            position += 1
        _append_trimmed(spans, text, start, position)
        start = position
    _append_trimmed(spans, text, start, len(text))
    return spans


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))


def _ends_sentence(text: str, position: int) -> bool:
    character = text[position]
    if character in _CHINESE_ENDS:
        return True
    if character == "\n":
        return not _is_wrapped(text, position)
    if character not in _ENGLISH_ENDS:
        return False
    rest = text[position + 1 :].lstrip(_CLOSERS + _ENGLISH_ENDS)
    if rest and not rest[0].isspace():
        return False
    following = rest.lstrip()
    # “Yes!” he said; Sec. three: what goes on in lower case has not ended.
    if following and following[0].islower():
        return False
    if character != ".":
        return True
    word = _LAST_WORD.search(text[max(0, position - 20) : position])
    if word is None:
        return True
    before = word.group().lower()
    if before in _ABBREVIATIONS or (len(before) == 1 and before.isalpha()):
        return False
    # "1. First" numbers a list item.
    return not (before.isdigit() and text[:position].strip() == before)


def _is_wrapped(text: str, position: int) -> bool:
    """Whether the line end at ``position`` only wraps a sentence.

    Otherwise the line stands by itself, as in verse, logs and listings.
    """
    line = text[:position].rsplit("\n", 1)[-1].rstrip()
    following = text[position + 1 :].lstrip()[:1]
    if not line or not following or line[-1] in _CHINESE_ENDS + _ENGLISH_ENDS + ":：":
        return False
    width = sum(2 if is_cjk(letter) else 1 for letter in line)
    return following.islower() or width >= _WRAPPED_COLUMNS
