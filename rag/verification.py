"""Written answers checked sentence by sentence against the evidence.

Word overlap says how much of a sentence the evidence carries; exact checks on numbers, names and
negations (`rag.contradiction`) overrule it, because that is where small models err. Overlap cannot
see across languages: there, an embedder that knows both says how alike sentence and evidence are. A
citation is repaired to the sentence of the evidence that supports it best, never invented. Knows
nothing of LLMs or retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from rag.brackets import restored
from rag.contradiction import contradicts, only_asks
from rag.embedding import Embedder
from rag.figures import Figures, figures
from rag.language import detect_language, differ
from rag.segmentation import normalize, query_terms, terms
from rag.sentences import formula_left_open, sentence_spans
from rag.types import AnswerSentence, Evidence, Language, Span, Support

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
_UNFINISHED_MARKER = re.compile(
    r"\s*[\[【［][\^\s]*(?:证据?|e\w{0,7})?[\d\s,，、;–-]*$", re.IGNORECASE
)
# The number of a section or of an item in a list states nothing.
_SECTION_NUMBER = re.compile(
    r"^\s*(?:第\s?[\d一二三四五六七八九十]+\s?[章节][\s：:、.]*|[（(]\d{1,2}[)）]|"
    r"(?:chapter|section|part|lecture|appendix)\s+\d+(?:\.\d+)*[.:]?|"
    r"\d{1,2}(?:\.\d{1,2})*(?:[.．](?!\d)|[、：:)）]|(?=\s)))(?!\s*[年月日万亿%个层倍])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"^\s*(?:[>#*•+-]+\s+)*\**\s*(?:[（(]\d{1,2}[)）]|\d{1,2}[.．)）、:：](?!\d)|[①-⑳]|"
    r"(?:step\s|步骤)\s*\d{1,2}\s*[.:：)、]|第\s*\d{1,2}\s*[步点条项][：:，,、])\**\s*",
    re.IGNORECASE,
)
# "According to evidence 2": the number of evidence states nothing either.
_EVIDENCE_NUMBER = re.compile(
    r"(?:根据|依据|按照|见|如)\s*证据\s*\d{1,2}(?!\d|\s*[份条件项个年])|"
    r"\b(?:according to|see|per|in|from)\s+evidence\s+\d{1,2}(?![\d.])",
    re.IGNORECASE,
)
# What may stand before and after words that are quoted out of a sentence.
_EDGE = frozenset('。！？；，、：,.;:!?()（）[]“”"「」|—')


def likeness_by(embedder: Embedder) -> Likeness | None:
    """Return what compares across languages, for one answer; None if the embedder cannot."""
    if Language.ZH not in embedder.languages:
        return None

    # An answer's sentences are all held against the same evidence.
    @cache
    def embed(text: str) -> np.ndarray:
        vector: np.ndarray = embedder.embed_documents([text])[0]
        return vector

    def likeness(sentence: str, texts: Sequence[str]) -> list[float]:
        return [float(embed(text) @ embed(sentence)) for text in texts]

    return likeness


@dataclass(frozen=True, slots=True)
class Assessment:
    """How well the evidence carries one sentence, and which piece carries it best."""

    support: Support
    best: Evidence | None


def assess(
    sentence: str, evidence: Sequence[Evidence], likeness: Likeness | None = None
) -> Assessment:
    """Say how well one piece of ``evidence`` carries ``sentence``, which has no markers in it.

    Args:
        likeness: compares across languages; without it nothing supports a sentence there.
    """
    sentence = _without_numbering(sentence)
    for item in evidence:
        if _is_quoted(sentence, item.text):
            return Assessment(Support.QUOTED, item)
    wanted = _words(sentence)
    if not wanted or not evidence:
        return Assessment(Support.UNSUPPORTED, None)
    sources = [_Source((item,)) for item in evidence]
    degrees = _degrees(sentence, wanted, evidence, sources, likeness)
    stated = figures(sentence)
    supports = [
        _support(sentence, stated, source, degree) if degree >= _PARTLY_FROM else None
        for source, degree in zip(sources, degrees, strict=True)
    ]
    # Of several pieces that are alike enough, one that carries it in full, numbers and all.
    index = max(
        range(len(degrees)),
        key=lambda i: (_rank(supports[i] or Support.UNSUPPORTED), degrees[i]),
    )
    support = supports[index]
    if support is None:
        return Assessment(Support.UNSUPPORTED, None)
    return Assessment(support, evidence[index])


def assess_together(sentence: str, evidence: Sequence[Evidence]) -> Support:
    """Say how well several pieces of ``evidence`` carry a sentence between them.

    Fewer than two do not, and across languages nothing is said of it.
    """
    if len(evidence) < 2:
        return Support.UNSUPPORTED
    sentence = _without_numbering(sentence)
    wanted = _words(sentence)
    source = _Source(evidence)
    degree = source.share(wanted) if wanted else 0.0
    if degree < _PARTLY_FROM:
        return Support.UNSUPPORTED
    return _support(sentence, figures(sentence), source, degree)


def _without_numbering(sentence: str) -> str:
    """Return a sentence without its place in a list and without the number of evidence."""
    return _EVIDENCE_NUMBER.sub("", _ORDINAL.sub("", sentence))


def _words(sentence: str) -> list[str]:
    """Return the terms that overlap is counted by; numbers are compared by themselves."""
    wanted = query_terms(sentence)
    return [term for term in wanted if not term.isdigit()] or wanted


class _Source:
    """What a sentence is held against: one piece of evidence or several, with their headings."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._said = " ".join(item.text for item in evidence)
        headings = dict.fromkeys(
            _SECTION_NUMBER.sub("", heading)
            for item in evidence
            for heading in item.hit.stored.chunk.heading_path
        )
        self._all = " ".join((*headings, self._said))
        self._figures = figures(self._all)

    def share(self, wanted: Sequence[str]) -> float:
        """Return the share of these terms that stand in it."""
        present = set(terms(self._all))
        return sum(term in present for term in wanted) / len(wanted)

    def lacks(self, stated: Figures) -> bool:
        """Whether a number is stated that it does not have."""
        return self._figures.lacks(stated)

    def differs(self, sentence: str, stated: Figures) -> bool:
        """Whether it counts otherwise or says the opposite."""
        return self._figures.miscounts(stated) or contradicts(sentence, self._said, self._all)


def _support(sentence: str, stated: Figures, source: _Source, degree: float) -> Support:
    if source.lacks(stated):
        return Support.UNSUPPORTED
    if degree < _SUPPORTED_FROM or source.differs(sentence, stated):
        return Support.PARTLY
    return Support.SUPPORTED


def _degrees(
    sentence: str,
    wanted: Sequence[str],
    evidence: Sequence[Evidence],
    sources: Sequence[_Source],
    likeness: Likeness | None,
) -> list[float]:
    """Return how much of the sentence each piece carries, in [0, 1]."""
    degrees = [source.share(wanted) for source in sources]
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


def whole_sentences(text: str) -> str:
    """Return the sentences of an answer that is still being written which are sure to be whole.

    That are those after which another one has begun: until then a marker may follow, or more.
    """
    parts = split_answer(_UNFINISHED_MARKER.sub("", text[: formula_left_open(text)]))
    if len(parts) < 2:
        return ""
    return text[: parts[-2][0].end]


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
        cited = [by_number[number] for number in dict.fromkeys(markers) if number in by_number]
        support, carriers = _carried(restored(body), cited, evidence, likeness)
        if support is Support.UNSUPPORTED and remove_unsupported:
            position = span.end
            continue
        numbers = tuple(item.number for item in carriers)
        gap = text[position : span.start]
        pieces.append(gap if pieces else gap.lstrip())
        pieces.append(body + "".join(f" [{number}]" for number in numbers))
        sentences.append(AnswerSentence(text=body, support=support, markers=numbers))
        position = span.end
    return "".join(pieces), tuple(sentences)


def _carried(
    body: str, cited: Sequence[Evidence], evidence: Sequence[Evidence], likeness: Likeness | None
) -> tuple[Support, list[Evidence]]:
    """Return how well a sentence is carried, and by what of the evidence.

    That is what it cites where it does as well as anything else; of that, what helps.
    """
    own = assess(body, cited, likeness)
    overall = assess(body, evidence, likeness)
    together = assess_together(body, cited)
    best = max(own.support, overall.support, together, key=_rank)
    if best is Support.UNSUPPORTED:
        return best, []
    if own.support is best:
        helpful = [item for item in cited if _rank(assess(body, [item], likeness).support)]
        return best, helpful
    if together is best:
        return best, list(cited)
    return best, [overall.best] if overall.best else []


def _rank(support: Support) -> int:
    return (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED, Support.QUOTED).index(support)


def _is_quoted(sentence: str, text: str) -> bool:
    """Whether the sentence stands in the text word for word, as a whole clause of it.

    支持中文 stands in 不支持中文 too, and "is 1" in "is 16". What is asked is not said.
    """
    if only_asks(sentence, text):
        return False
    wanted, source = _flat(sentence), _flat(text)
    at = source.find(wanted) if wanted else -1
    while at >= 0:
        if _is_edge(source, at - 1) and _is_edge(source, at + len(wanted)):
            return True
        at = source.find(wanted, at + 1)
    return False


def _is_edge(text: str, position: int) -> bool:
    """Whether what stands at ``position`` parts clauses; the outside of the text does."""
    if not 0 <= position < len(text):
        return True
    within_number = (
        text[position] in ".,:—–~-"
        and text[position - 1 : position].isdigit()
        and text[position + 1 : position + 2].isdigit()
    )
    return text[position] in _EDGE and not within_number


def _flat(text: str) -> str:
    return "".join(normalize(text).split()).strip("。.!?！？；;")
