"""Questions that could come next: headings near the sections that an answer cites."""

from __future__ import annotations

from collections.abc import Sequence

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
    for document, places in _places(engine, answer):
        for number in _nearest_first(document, places):
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


def _places(engine: Engine, answer: Answer) -> list[tuple[Document, list[int]]]:
    """Return the documents cited, then those merely found, each with the places in question."""
    places: dict[str, list[int]] = {}
    for citation in answer.citations:
        places.setdefault(citation.document, []).append(citation.start)
    for hit in answer.hits:
        places.setdefault(hit.stored.document, []).append(hit.stored.chunk.span.start)
    documents: list[tuple[Document, list[int]]] = []
    for name in list(places)[:_DOCUMENTS_LOOKED_AT]:
        try:
            documents.append((engine.reader.document(name), places[name]))
        except IndexUnusableError:
            continue  # taken out of the index since
    return documents


def _nearest_first(document: Document, places: Sequence[int]) -> list[int]:
    """Return the numbers of the document's sections, without those that hold a place."""
    held = [
        number
        for number, section in enumerate(document.sections)
        if any(section.span.start <= place < section.span.end for place in places)
    ]
    others = [number for number in range(len(document.sections)) if number not in held]
    return sorted(others, key=lambda number: min((abs(number - at) for at in held), default=0))


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= _SAME * smaller
