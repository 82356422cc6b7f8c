"""Written answers checked sentence by sentence against the evidence.

Word overlap says how much of a sentence the evidence carries; exact checks on numbers, names and
negations overrule it, because that is where small models err. Overlap cannot see across languages:
there, an embedder that knows both says how alike sentence and evidence are. A citation is repaired
to the sentence of the evidence that supports it best, never invented. Knows nothing of LLMs or
retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.language import detect_language, differ
from rag.segmentation import normalize, query_terms, terms
from rag.sentences import sentence_spans
from rag.types import AnswerSentence, Evidence, Span, Support

# A sentence and texts in another language → the cosine of each text's vector with the sentence's.
Likeness = Callable[[str, Sequence[str]], Sequence[float]]

# Shares of a sentence's terms that its evidence must hold.
_SUPPORTED_FROM = 0.7
_PARTLY_FROM = 0.4
# Cosines at which a sentence in the other language says the same, or some of it. In the handbook a
# translation has 0.85 at the median, the likest sentence of another section 0.56.
_ALIKE_FROM = 0.8
_PARTLY_ALIKE_FROM = 0.65

_MARKER = re.compile(r"\s*\[(\d+)\]")
_BRACKETS = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Abbreviations, model names: a capital or a digit beyond the first letter ("LLaVA", "GPT4").
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[A-Z]|(?<=[A-Za-z])[0-9])[A-Za-z0-9]*")
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


def assess(
    sentence: str, evidence: Sequence[Evidence], likeness: Likeness | None = None
) -> Assessment:
    """Say how well ``evidence`` carries ``sentence``, which has no markers in it.

    Args:
        likeness: compares across languages; without it nothing supports a sentence there.
    """
    flat = _flat(sentence)
    for item in evidence:
        if flat and flat in _flat(item.text):
            return Assessment(Support.QUOTED, item)
    wanted = query_terms(sentence)
    if not wanted or not evidence:
        return Assessment(Support.UNSUPPORTED, None)
    degrees = _degrees(sentence, wanted, evidence, likeness)
    index = max(range(len(degrees)), key=lambda number: degrees[number])
    best, degree = evidence[index], degrees[index]
    if degree < _PARTLY_FROM:
        return Assessment(Support.UNSUPPORTED, None)
    if not _numbers_agree(sentence, best):
        return Assessment(Support.UNSUPPORTED, best)
    doubtful = _negates(sentence) != _negates(best.text) or not _names_agree(sentence, best)
    if degree < _SUPPORTED_FROM or doubtful:
        return Assessment(Support.PARTLY, best)
    return Assessment(Support.SUPPORTED, best)


def _degrees(
    sentence: str, wanted: Sequence[str], evidence: Sequence[Evidence], likeness: Likeness | None
) -> list[float]:
    """Return how much of the sentence each piece carries, in [0, 1]."""
    degrees = [_share(wanted, item) for item in evidence]
    language = detect_language(sentence)
    others = [i for i, item in enumerate(evidence) if differ(language, detect_language(item.text))]
    if likeness is not None and others:
        cosines = likeness(sentence, [evidence[i].text for i in others])
        for i, cosine in zip(others, cosines, strict=True):
            degrees[i] = max(degrees[i], _degree_of(cosine))
    return degrees


def _degree_of(cosine: float) -> float:
    """Put a cosine on the scale of word overlap, so that the same limits hold."""
    if cosine < _PARTLY_ALIKE_FROM:
        return 0.0
    span = (_SUPPORTED_FROM - _PARTLY_FROM) / (_ALIKE_FROM - _PARTLY_ALIKE_FROM)
    return min(1.0, _PARTLY_FROM + (cosine - _PARTLY_ALIKE_FROM) * span)


def split_answer(text: str) -> list[tuple[Span, str, tuple[int, ...]]]:
    """Return each sentence of an answer: its span, its text without markers, its markers.

    Markers that follow a sentence's end belong to that sentence.
    """
    # Without its markers "… the batch.[1] It is …" is seen to be two sentences.
    spans = sentence_spans(_BRACKETS.sub(lambda found: " " * len(found.group()), text))
    parts: list[tuple[Span, str, tuple[int, ...]]] = []
    for index, found in enumerate(spans):
        start = found.start if index else len(text) - len(text.lstrip())
        until = spans[index + 1].start if index + 1 < len(spans) else len(text)
        following = list(_BRACKETS.finditer(text, found.end, until))
        end = following[-1].end() if following else found.end
        raw = text[start:end]
        markers = tuple(map(int, _MARKER.findall(raw)))
        parts.append((Span(start, end), _MARKER.sub("", raw).strip(), markers))
    return parts


def verify(
    text: str,
    evidence: Sequence[Evidence],
    *,
    remove_unsupported: bool = False,
    likeness: Likeness | None = None,
) -> tuple[str, tuple[AnswerSentence, ...]]:
    """Return the answer with its citations repaired, and what was found for each sentence.

    ``text`` has evidence numbers as markers, and so has what is returned. A sentence keeps its
    markers where what they point at supports it as well as anything else does; otherwise it gets
    the marker of the best support; an unsupported sentence keeps none.

    Args:
        remove_unsupported: leave unsupported sentences out; nothing may remain.
        likeness: compares a sentence with evidence in the other language.
    """
    by_number = {item.number: item for item in evidence}
    pieces: list[str] = []
    sentences: list[AnswerSentence] = []
    position = 0
    for span, body, markers in split_answer(text):
        cited = [by_number[number] for number in markers if number in by_number]
        own = assess(body, cited, likeness)
        overall = assess(body, evidence, likeness)
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


def _names_agree(sentence: str, item: Evidence) -> bool:
    source = " ".join((*item.hit.stored.chunk.heading_path, item.text)).lower()
    return all(name.lower() in source for name in _NAME.findall(sentence))


def _negates(text: str) -> bool:
    return bool(_NEGATION.search(_NO_NEGATION.sub("", text)))
