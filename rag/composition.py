"""Raw text of an answer → its final text, citations and support; and what is said instead of one.

A quoted answer is what it quotes; a written one is verified first, which may move or remove
markers. Knows nothing of LLMs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.brackets import restored
from rag.chunking import section_title
from rag.citations import cite, in_one_form, renumber
from rag.language import detect_language
from rag.prompts import wording
from rag.small_talk import is_small_talk
from rag.types import AnswerSentence, Citation, Evidence, Hit, Support
from rag.verification import Likeness, verify

_NEAREST_SECTIONS = 3


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with citation numbers, and what the numbers point at.

    ``cited`` is the evidence that the citations point at, in no particular order;
    ``dropped_markers`` counts the raw text's markers that pointed at none.
    """

    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[AnswerSentence, ...]
    cited: tuple[Evidence, ...]
    dropped_markers: int


def compose_declined(question: str, hits: Sequence[Hit]) -> str:
    """Return what is said where ``hits`` do not answer: so, and which sections are nearest.

    To small talk, which no document answers, it is what can be asked.
    """
    words = wording(detect_language(question))
    if is_small_talk(question):
        return words.small_talk
    nearest = dict.fromkeys(section_title(*hit.section) for hit in hits)
    if not nearest:
        return words.abstained
    return f"{words.abstained}\n{words.nearest}{'; '.join(list(nearest)[:_NEAREST_SECTIONS])}"


def compose_quotes(text: str, quotes: Sequence[Evidence]) -> Composed:
    """Return the answer whose ``text`` is ``quotes`` word for word, numbered from 1 in order.

    What is quoted counts as one sentence of the answer, however many full stops it holds. Nothing
    in it is read as a marker: a document may have brackets of its own.
    """
    numbered = tuple(enumerate(quotes, start=1))
    return Composed(
        text=text,
        citations=tuple(cite(item, number=number) for number, item in numbered),
        sentences=tuple(
            AnswerSentence(text=item.text, support=Support.QUOTED, markers=(number,))
            for number, item in numbered
        ),
        cited=tuple(quotes),
        dropped_markers=0,
    )


def compose_written(
    raw: str,
    evidence: Sequence[Evidence],
    *,
    remove_unsupported: bool,
    likeness: Likeness | None = None,
) -> Composed:
    """Verify ``raw``, whose markers are evidence numbers, and number its citations.

    Args:
        remove_unsupported: leave out what the evidence does not carry; the text may end up empty.
        likeness: compares a sentence with evidence in the other language.
    """
    text, dropped_markers = in_one_form(raw, evidence)
    verified, sentences = verify(
        text.strip(), evidence, remove_unsupported=remove_unsupported, likeness=likeness
    )
    final, numbers = renumber(verified)
    by_number = {item.number: item for item in evidence}
    return Composed(
        text=final.strip(),
        citations=tuple(cite(by_number[old], number=new) for old, new in numbers.items()),
        sentences=tuple(
            replace(
                sentence,
                text=restored(sentence.text),
                markers=tuple(numbers[old] for old in sentence.markers),
            )
            for sentence in sentences
        ),
        cited=tuple(by_number[old] for old in numbers),
        dropped_markers=dropped_markers,
    )
