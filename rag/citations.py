"""``[n]`` markers of an answer ↔ citations that open at exact characters.

A marker that points at no evidence is dropped and counted; the others are renumbered in the order
in which they first appear, so that the reader sees [1], [2], …. Knows nothing of LLMs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.brackets import protected, restored
from rag.types import Citation, Evidence

# [3], [1, 4], [2-4], 【2】, [^1], [证据 2]: the ways in which models mark what they cite.
_MARKER = re.compile(
    r"[ \t]?[\[【［]\^?\s*(?:(?:证据|evidence)\s*)?"
    r"(?P<numbers>\d{1,3}(?:\s*[,，、;\-–]\s*\d{1,3})*)\s*[\]】］]",
    re.IGNORECASE,
)
_PLAIN_MARKER = re.compile(r"[ \t]?\[(\d+)\]")
_NUMBER = re.compile(r"\d+")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
# What stands before a bracket that is a sentence's own, as in "lies in [0, 1]" or "arr[1]".
_BREAK = re.compile(r"[\s。！？；]")
_LONGEST_BEFORE = 80
_RANGE_BEFORE = re.compile(
    r"(?:\b(?:in|of|to|from|is|range|interval|scale)|∈|区间|范围|为|在|是)$", re.IGNORECASE
)


def in_one_form(text: str, evidence: Sequence[Evidence]) -> tuple[str, int]:
    """Return ``text`` with its markers as ``[n]``, and how many numbers pointed at no evidence.

    Brackets that are no markers are put away (`rag.brackets`).
    """
    known = {item.number for item in evidence}
    sources = ["".join(item.text.split()) for item in evidence]
    dropped = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal dropped
        numbers = _numbers(match["numbers"])
        if _is_own(match, numbers, sources):
            return protected(match.group())
        kept = [number for number in dict.fromkeys(numbers) if number in known]
        dropped += len(numbers) - len(kept)
        return "".join(f"[{number}]" for number in kept)

    return _MARKER.sub(replace, text), dropped


def renumber(text: str) -> tuple[str, dict[int, int]]:
    """Return ``text`` with its ``[n]`` numbered from 1 as they appear, and evidence → new number.

    Brackets that were put away are back.
    """
    new: dict[int, int] = {}

    def replace(match: re.Match[str]) -> str:
        return f"[{new.setdefault(int(match[1]), len(new) + 1)}]"

    return restored(_PLAIN_MARKER.sub(replace, text)), new


def _numbers(text: str) -> list[int]:
    if found := _RANGE.fullmatch(text):
        first, last = int(found[1]), int(found[2])
        if first < last:
            return list(range(first, last + 1))
    return [int(number) for number in _NUMBER.findall(text)]


def _is_own(match: re.Match[str], numbers: Sequence[int], sources: Sequence[str]) -> bool:
    """Whether a bracket belongs to what is said: evidence has no number 0 and none twice."""
    if 0 in numbers or len(set(numbers)) < len(numbers):
        return True
    start = match.start()
    before = match.string[max(0, start - _LONGEST_BEFORE) : start].rstrip()
    # "a scale of [1, 5]", where evidence has that range.
    bracket = "".join(match.group().split())
    if len(numbers) > 1 and _RANGE_BEFORE.search(before):
        return any(bracket in source for source in sources)
    word = _BREAK.split(before)[-1]
    if not word or word[-1] in ".!?":
        return False
    quoted = "".join((word + match.group()).split())
    return any(quoted in source for source in sources)


def cite(evidence: Evidence, *, number: int) -> Citation:
    """Return the citation of a piece of evidence under the given number."""
    chunk = evidence.hit.stored.chunk
    return Citation(
        n=number,
        document=evidence.hit.stored.document,
        section=chunk.heading_path,
        anchor=chunk.anchor,
        page=chunk.page,
        start=evidence.span.start,
        end=evidence.span.end,
        quote=evidence.text,
        score=round(evidence.score, 4),
    )
