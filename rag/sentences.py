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
_CHINESE_ENDS = "。！？；．"
_ENGLISH_ENDS = ".!?…"
# These open as well as close.
_STRAIGHT = "\"'"
# "[1]", as encyclopaedias put it behind a full stop, belongs to the sentence that it ends.
_CITED = re.compile(r"(?:\[\d{1,3}\])+")
# More than stands between a sentence's end and what shows that it is one.
_LOOK_AHEAD = 200
# Lower-case, without the final full stop.
_ABBREVIATIONS = frozenset(
    """
    e.g i.e etc vs cf al fig figs eq eqs sec dr mr mrs ms prof st approx resp ca vol pp ed
    jan feb mar apr jun jul aug sep sept oct nov dec inc ltd co corp dept univ
    gen gov sen rep col capt lt mt jr sr refs nos
    """.split()
)
# These are words as well: "No. 3", "Thm. B", but "is no. A".
_BEFORE_NUMBERS = frozenset("no ch thm def prop alg tab ref".split())
_NUMBERED = re.compile(r"\[?\d|[B-HJ-Z]\b")
# J.K., U.K.; but "at 9 p.m. Returns …".
_INITIALS = re.compile(r"(?![ap]\.m$)(?:[a-z]\.)*[a-z]")
# What begins an item of a list, a log's line, a heading or a table's row goes on with nothing.
_LINE_START = re.compile(
    r"[ \t\u3000]*(?:[-*•+]\s|\d{1,2}[.)、）](?!\d)|（\d{1,2}）|[①-⑳]|"
    r"[一二三四五六七八九十]{1,3}、|#{1,6}\s|\||>|\[(?:[A-Z]{4,7}\]|\d{4}-)|\d{4}-\d\d-\d\d|\d\d:\d\d)"
)
# The longest title of a work that may hold the end of a sentence: 《谁动了我的奶酪？》.
_LONGEST_TITLE = 60
# "$5 a month, $10 a year" is no formula.
_FORMULA = re.compile(r"\$\$.*?\$\$|\$(?!\s)[^$\n]+(?<!\s)\$(?!\d)", re.DOTALL)
# A line at least this wide that ends in mid-sentence was wrapped.
_WRAPPED_COLUMNS = 60
_VISIBLE = re.compile(r"\S")
_LAST_WORD = re.compile(r"[\w.]+$")


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, in order, trimmed of white space.

    Every non-space character of ``text`` lies in exactly one span. Nothing inside a ``$…$`` or
    ``$$…$$`` formula ends a sentence.
    """
    protected = [match.span() for match in _FORMULA.finditer(text)]
    protected.reverse()
    spans: list[Span] = []
    start = 0
    position = 0
    while position < len(text):
        while protected and protected[-1][1] <= position:
            protected.pop()
        if protected and protected[-1][0] <= position:
            position = protected[-1][1]
            continue
        if not _ends_sentence(text, position) or _is_in_title(text, start, position):
            position += 1
            continue
        position = _past_closers(text, start, position + 1)
        _append_trimmed(spans, text, start, position)
        start = position
    _append_trimmed(spans, text, start, len(text))
    return spans


def formula_left_open(text: str) -> int:
    """Return where a formula begins that is still without its end; else the text's length."""
    rest = _FORMULA.sub(lambda found: " " * len(found.group()), text)
    starts = (rest.find("$$"), rest.find("$", rest.rfind("\n") + 1))
    return min((start for start in starts if start >= 0), default=len(text))


def _past_closers(text: str, start: int, position: int) -> int:
    """Return where the sentence that began at ``start`` is over, with what closes it."""
    while position < len(text):
        if cited := _CITED.match(text, position):
            position = cited.end()
            continue
        character = text[position]
        if character not in _CLOSERS + _CHINESE_ENDS + _ENGLISH_ENDS:
            break
        if character in _STRAIGHT and _quotes(text[start:position], character) % 2 == 0:
            break
        position += 1
    return position


def _quotes(text: str, mark: str) -> int:
    """Count the marks that quote: not that of doesn't, nor that of 5"."""
    opening = rf"(?<![A-Za-z0-9]){mark}|(?<=[^\w\s]){mark}"
    return len(re.findall(rf"{opening}|{mark}(?!\w)(?<![0-9]{mark})", text))


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
        # "１．５", "A．北京", "一．概述", 卡尔．马克思: it ends a sentence before a space alone.
        following = text[position + 1 : position + 2]
        return character != "．" or not following or following.isspace()
    if character == "\n":
        return not _is_wrapped(text, position)
    if character not in _ENGLISH_ENDS:
        return False
    rest = text[position + 1 : position + _LOOK_AHEAD].lstrip(_CLOSERS + _ENGLISH_ENDS)
    if cited := _CITED.match(rest):
        rest = rest[cited.end() :]
    if rest and not rest[0].isspace():
        return False
    following = rest.lstrip()
    # 1, 2, … 12 leaves some out of a row.
    before = text[max(0, position - 20) : position]
    if character == "…" and before.rstrip().endswith((",", "，", "、")):
        return False
    # “Yes!” he said; Sec. three: what goes on in lower case has not ended.
    if following and following[0].islower():
        return False
    if character != ".":
        return True
    found = _LAST_WORD.search(before)
    if found is None:
        return True
    word = found.group().lower()
    if word in _BEFORE_NUMBERS and _NUMBERED.match(following):
        return False
    if word in _ABBREVIATIONS or _INITIALS.fullmatch(word):
        return False
    # "1. First" numbers a list item.
    line = text.rfind("\n", 0, position) + 1
    return not (word.isdigit() and text[line:position].strip() == word)


def _is_in_title(text: str, start: int, position: int) -> bool:
    """Whether ``position`` lies between 《 and 》 in the sentence that began at ``start``."""
    opened = text.rfind("《", max(start, position - _LONGEST_TITLE), position)
    if opened < 0 or text.find("》", opened, position) >= 0:
        return False
    closed = text.find("》", position, position + _LONGEST_TITLE)
    return closed >= 0 and "\n" not in text[opened:closed]


def _is_wrapped(text: str, position: int) -> bool:
    """Whether the line end at ``position`` only wraps a sentence.

    Otherwise the line stands by itself, as in verse, logs and listings.
    """
    line = text[text.rfind("\n", 0, position) + 1 : position].rstrip()
    if _LINE_START.match(text, position + 1):
        return False
    found = _VISIBLE.search(text, position + 1)
    following = found.group() if found else ""
    if not line or not following or line[-1] in _CHINESE_ENDS + _ENGLISH_ENDS + ":：":
        return False
    width = sum(2 if is_cjk(letter) else 1 for letter in line)
    return following.islower() or width >= _WRAPPED_COLUMNS
