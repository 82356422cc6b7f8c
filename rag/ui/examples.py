"""Questions to begin with: headings of the indexed documents that are questions."""

from __future__ import annotations

import random
import re

from rag.engine import Engine
from rag.errors import IndexMissingError
from rag.types import Language

_MOST = 4
_LONGEST = {Language.ZH: 34, Language.EN: 80, Language.OTHER: 80}
_DOCUMENTS_LOOKED_AT = 40
_SELF_CONTAINED = re.compile(r"[?？]$")


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
        headings = [
            section.heading_path[-1]
            for section in engine.reader.document(summary.name).sections
            if section.heading_path
            and _SELF_CONTAINED.search(section.heading_path[-1])
            and len(section.heading_path[-1]) <= _LONGEST[language]
        ]
        if headings:
            found.append(generator.choice(headings))
        if len(found) == _MOST:
            break
    return found
