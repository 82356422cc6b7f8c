"""Written answers checked sentence by sentence against the evidence.

Word overlap says how much of a sentence the evidence carries; exact checks on numbers and negations
overrule it, because that is where small models err. A citation is repaired to the sentence of the
evidence that supports it best, never invented. Knows nothing of LLMs or retrieval. Overlap cannot
see across languages: a Chinese sentence is not supported by English evidence here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.segmentation import normalize, query_terms, terms
from rag.sentences import sentence_spans
from rag.types import AnswerSentence, Evidence, Span, Support

# Shares of a sentence's terms that its evidence must hold.
_SUPPORTED_FROM = 0.7
_PARTLY_FROM = 0.4

_MARKER = re.compile(r"\s*\[(\d+)\]")
_LEADING_MARKERS = re.compile(r"(?:\s*\[\d+\])+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(
    r"不|没|无法|并非|未|\b(?:not|no|never|none|without|cannot|neither|nor)\b|n't\b", re.IGNORECASE
)
# 不 in these words negates nothing.
_NO_NEGATION = re.compile(r"不同|不仅|不但|不断|不过|差不多|不少|not only", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Assessment:
    """How well the evidence carries one sentence, and which piece carries it best."""

    support: Support
    best: Evidence | None


def assess(sentence: str, evidence: Sequence[Evidence]) -> Assessment:
    """Say how well ``evidence`` carries ``sentence``, which has no markers in it."""
    flat = _flat(sentence)
    for item in evidence:
        if flat and flat in _flat(item.text):
            return Assessment(Support.QUOTED, item)
    wanted = query_terms(sentence)
    if not wanted or not evidence:
        return Assessment(Support.UNSUPPORTED, None)
    shares = [_share(wanted, item) for item in evidence]
    index = max(range(len(shares)), key=lambda number: shares[number])
    best, share = evidence[index], shares[index]
    if share < _PARTLY_FROM:
        return Assessment(Support.UNSUPPORTED, None)
    if not _numbers_agree(sentence, best):
        return Assessment(Support.UNSUPPORTED, best)
    if share < _SUPPORTED_FROM or _negates(sentence) != _negates(best.text):
        return Assessment(Support.PARTLY, best)
    return Assessment(Support.SUPPORTED, best)


def split_answer(text: str) -> list[tuple[Span, str, tuple[int, ...]]]:
    """Return each sentence of an answer: its span, its text without markers, its markers.

    Markers that follow a sentence's end belong to that sentence.
    """
    parts: list[tuple[Span, str, tuple[int, ...]]] = []
    for found in sentence_spans(text):
        span = found
        raw = text[span.start : span.end]
        leading = _LEADING_MARKERS.match(raw)
        if leading and parts:
            end = span.start + leading.end()
            before, body, markers = parts[-1]
            owned = tuple(map(int, _MARKER.findall(leading.group())))
            parts[-1] = (Span(before.start, end), body, markers + owned)
            raw = raw[leading.end() :]
            span = Span(end + len(raw) - len(raw.lstrip()), found.end)
        body = _MARKER.sub("", raw).strip()
        if body:
            parts.append((span, body, tuple(map(int, _MARKER.findall(raw)))))
    return parts


def verify(
    text: str, evidence: Sequence[Evidence], *, remove_unsupported: bool = False
) -> tuple[str, tuple[AnswerSentence, ...]]:
    """Return the answer with its citations repaired, and what was found for each sentence.

    ``text`` has evidence numbers as markers, and so has what is returned. A sentence keeps its
    markers where what they point at supports it as well as anything else does; otherwise it gets
    the marker of the best support; an unsupported sentence keeps none.

    Args:
        remove_unsupported: leave unsupported sentences out; nothing may remain.
    """
    by_number = {item.number: item for item in evidence}
    pieces: list[str] = []
    sentences: list[AnswerSentence] = []
    position = 0
    for span, body, markers in split_answer(text):
        cited = [by_number[number] for number in markers if number in by_number]
        own = assess(body, cited)
        overall = assess(body, evidence)
        found = own if _rank(own.support) >= _rank(overall.support) else overall
        numbers = (
            tuple(item.number for item in cited)
            if found is own and cited and own.support is not Support.UNSUPPORTED
            else ((found.best.number,) if found.best else ())
        )
        if found.support is Support.UNSUPPORTED:
            if remove_unsupported:
                position = span.end
                continue
            numbers = ()
        gap = text[position : span.start]
        pieces.append(gap if pieces else gap.lstrip())
        pieces.append(body + "".join(f" [{number}]" for number in numbers))
        sentences.append(AnswerSentence(text=body, support=found.support, markers=numbers))
        position = span.end
    return "".join(pieces), tuple(sentences)


def _rank(support: Support) -> int:
    return (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED, Support.QUOTED).index(support)


def _flat(text: str) -> str:
    return "".join(normalize(text).split()).strip("。.!?！？；;")


def _share(wanted: Sequence[str], item: Evidence) -> float:
    headings = " ".join(item.hit.stored.chunk.heading_path)
    present = set(terms(f"{headings} {item.text}"))
    return sum(term in present for term in wanted) / len(wanted)


def _numbers_agree(sentence: str, item: Evidence) -> bool:
    stated = set(_NUMBER.findall(normalize(sentence)))
    source = normalize(" ".join((*item.hit.stored.chunk.heading_path, item.text)))
    return stated <= set(_NUMBER.findall(source))


def _negates(text: str) -> bool:
    return bool(_NEGATION.search(_NO_NEGATION.sub("", text)))
