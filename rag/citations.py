"""``[n]`` markers of an answer ↔ citations that open at exact characters.

A marker that points at no evidence is dropped and counted; the others are renumbered in the order
in which they first appear, so that the reader sees [1], [2], …. Works on a stream: text is handed
on as soon as it cannot be part of a marker. Knows nothing of LLMs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.types import Citation, Evidence

# [3], [1, 4], 【2】, [^1]: the ways in which models mark what they cite.
_MARKER = re.compile(r"[ \t]?[\[【]\^?\s*(\d{1,3}(?:\s*[,，、;]\s*\d{1,3})*)\s*[\]】]")
_PARTIAL = re.compile(r"[ \t]?(?:[\[【][\^\d\s,，、;]{0,24})?$")
_NUMBER = re.compile(r"\d+")


class CitationParser:
    """Turns streamed text with evidence numbers into text with citation numbers."""

    def __init__(self, evidence: Sequence[Evidence], *, renumber: bool = True) -> None:
        """Accept markers that are the number of one of ``evidence``.

        Without ``renumber`` markers keep the evidence's numbers and are only put into one form.
        """
        self._renumbers = renumber
        self._evidence = {item.number: item for item in evidence}
        self._cited: dict[int, int] = {}
        self._held = ""
        self.dropped_markers = 0

    def feed(self, piece: str) -> str:
        """Take more text; return what is settled, its markers renumbered."""
        self._held += piece
        partial = _PARTIAL.search(self._held)
        cut = partial.start() if partial else len(self._held)
        settled, self._held = self._held[:cut], self._held[cut:]
        return self._renumber(settled)

    def finish(self) -> str:
        """Return what was held back, at the end of the stream."""
        rest, self._held = self._held, ""
        return self._renumber(rest)

    @property
    def numbers(self) -> Mapping[int, int]:
        """Evidence number → citation number, for what was cited so far."""
        return dict(self._cited)

    def citations(self) -> tuple[Citation, ...]:
        """Return the evidence cited so far, in the order of its new numbers."""
        return tuple(cite(self._evidence[old], number=new) for old, new in self._cited.items())

    def _renumber(self, text: str) -> str:
        return _MARKER.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        kept: list[int] = []
        for number in map(int, _NUMBER.findall(match.group(1))):
            if number not in self._evidence:
                self.dropped_markers += 1
            else:
                new = self._cited.setdefault(number, len(self._cited) + 1)
                kept.append(new if self._renumbers else number)
        return "".join(f"[{number}]" for number in dict.fromkeys(kept))


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
