"""Questions to begin with: headings of the indexed documents that are questions."""

from __future__ import annotations

import random
from collections.abc import Callable

from rag.collection_set import CollectionSet
from rag.engine import Engine
from rag.errors import IndexMissingError
from rag.types import Language
from rag.ui.chosen import engine_of
from rag.ui.headings import asked_by

_MOST = 4
_DOCUMENTS_LOOKED_AT = 40


ExamplesOf = Callable[[str], list[str]]


def examples_of(collections: CollectionSet, language: Language) -> ExamplesOf:
    """Return what gives questions for a collection by its name; "" is the opened one."""
    return lambda name: examples(engine_of(collections, name), language)


def examples(engine: Engine, language: Language) -> list[str]:
    """Return a few questions in ``language`` that the index answers, from different documents."""
    try:
        summaries = [item for item in engine.reader.documents() if item.language is language]
    except IndexMissingError:
        return []
    generator = random.Random(len(summaries))
    generator.shuffle(summaries)
    found: list[str] = []
    for summary in summaries[:_DOCUMENTS_LOOKED_AT]:
        sections = engine.reader.document(summary.name).sections
        headings = [heading for item in sections if (heading := asked_by(item, language))]
        if headings:
            found.append(generator.choice(headings))
        if len(found) == _MOST:
            break
    return found
