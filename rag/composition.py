"""Raw text of an answer → its final text, citations and support.

A quoted answer is what it quotes; a written one is verified first, which may move or remove
markers. Knows nothing of LLMs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.citations import CitationParser
from rag.types import AnswerSentence, Citation, Evidence
from rag.verification import verify


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with citation numbers, and what the numbers point at.

    ``dropped_markers`` counts the raw text's markers that pointed at no evidence.
    """

    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[AnswerSentence, ...]
    dropped_markers: int


def compose(raw: str, evidence: Sequence[Evidence], *, quoted: bool) -> Composed:
    """Verify ``raw``, whose markers are evidence numbers, and number its citations.

    Args:
        quoted: whether the text is made of evidence word for word; then nothing is moved.
    """
    first = CitationParser(evidence, renumber=False)
    text = (first.feed(raw) + first.finish()).strip()
    verified, sentences = verify(text, evidence)
    parser = CitationParser(evidence)
    source = text if quoted else verified
    final = (parser.feed(source) + parser.finish()).strip()
    numbers = parser.numbers
    return Composed(
        text=final,
        citations=parser.citations(),
        sentences=tuple(
            replace(
                sentence,
                markers=tuple(numbers[old] for old in sentence.markers if old in numbers),
            )
            for sentence in sentences
        ),
        dropped_markers=first.dropped_markers,
    )
