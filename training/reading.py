"""Sections as the program reads them: an item after its lead-in, a row with its columns' names.

What a scorer learns from should look like what it will be asked about.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.documents.markdown import read_markdown
from rag.documents.text_builder import TextBuilder
from rag.evidence_candidates import list_candidates
from rag.types import Chunk, Document, Hit, Language, RetrievalScores, StoredChunk

_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_NO_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=20_000)
def sentences_as_read(text: str) -> tuple[tuple[str, str], ...]:
    """Return a section's sentences, each with the words that make it understood."""
    builder = TextBuilder(max_characters=10 * len(text) + 100)
    read_markdown(_with_rules(text), builder)
    built = builder.build()
    document = Document(
        path="",
        name="",
        title="",
        text=built.text,
        language=Language.OTHER,
        media_type="text/markdown",
        content_hash="",
        blocks=built.blocks,
        sections=built.sections,
    )
    hits = [
        Hit(
            StoredChunk(
                number,
                "",
                Chunk(
                    built.text[section.span.start : section.span.end],
                    section.span,
                    section.heading_path,
                    section.anchor,
                    None,
                    Language.OTHER,
                ),
            ),
            RetrievalScores(fused=0, relevance=0),
        )
        for number, section in enumerate(built.sections)
    ]
    return tuple((item.text, item.in_context) for item in list_candidates(hits, lambda _: document))


def holds(sentence: str, answer: str) -> bool:
    """Whether a sentence as read has the words of an answer, or is a part of them."""
    one, other = (_NO_WORD.sub("", part) for part in (sentence, answer))
    return bool(one) and bool(other) and (one in other or other in one)


def _with_rules(text: str) -> str:
    """Put the rule below a table's first row that the open data left out."""
    lines: list[str] = []
    in_table = False
    for line in text.split("\n"):
        is_row = _ROW.match(line) is not None
        lines.append(line)
        if is_row and not in_table:
            lines.append("|" + " --- |" * (line.strip().strip("|").count("|") + 1))
        in_table = is_row
    return "\n".join(lines)
