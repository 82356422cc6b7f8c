"""Questions that could come next: headings near the sections that an answer cites."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rag.engine import Engine
from rag.errors import IndexUnusableError
from rag.language import detect_language
from rag.segmentation import query_terms
from rag.types import Answer, Document
from rag.ui.headings import asked_by

_MOST = 3
_DOCUMENTS_LOOKED_AT = 4
# Two questions that share this much of the shorter one's terms are the same to a reader.
_SAME = 0.75


def followups(engine: Engine, answer: Answer, asked: Sequence[str]) -> list[str]:
    """Return a few questions that the documents answer, in the language of the one answered.

    Args:
        asked: what was asked already; nothing like it is offered.
    """
    if answer.abstained:
        return []
    language = detect_language(answer.question)
    taken = [frozenset(query_terms(question)) for question in (*asked, answer.question)]
    found: list[str] = []
    for document, numbers in _sections(engine, answer):
        for number in numbers:
            heading = asked_by(document.sections[number], language)
            if not heading or detect_language(heading) is not language:
                continue
            terms = frozenset(query_terms(heading))
            if any(_alike(terms, other) for other in taken):
                continue
            taken.append(terms)
            found.append(heading)
            if len(found) == _MOST:
                return found
    return found


def _sections(engine: Engine, answer: Answer) -> list[tuple[Document, list[int]]]:
    """Return documents, those cited first, with their sections, those nearest to a citation first.

    A cited section itself is left out. In a document that is not cited, what was found counts.
    """
    cited: dict[str, list[int]] = {}
    found: dict[str, list[int]] = {}
    for citation in answer.citations:
        cited.setdefault(citation.document, []).append(citation.start)
    for hit in answer.hits:
        found.setdefault(hit.stored.document, []).append(hit.stored.chunk.span.start)
    documents: list[tuple[Document, list[int]]] = []
    for name in list(dict.fromkeys([*cited, *found]))[:_DOCUMENTS_LOOKED_AT]:
        try:
            document = engine.reader.document(name)
        except IndexUnusableError:
            continue  # taken out of the index since
        held = _holding(document, cited.get(name, []))
        near = held or _holding(document, found.get(name, []))
        others = (number for number in range(len(document.sections)) if number not in held)
        documents.append((document, sorted(others, key=partial(_distance, near))))
    return documents


def _holding(document: Document, places: Sequence[int]) -> list[int]:
    """Return the numbers of the sections that the places lie in."""
    return [
        number
        for number, section in enumerate(document.sections)
        if any(section.span.start <= place < section.span.end for place in places)
    ]


def _distance(near: Sequence[int], number: int) -> int:
    return min((abs(number - other) for other in near), default=0)


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= _SAME * smaller
