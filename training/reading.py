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

_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
_RULE = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
_CELL_END = re.compile(r"(?<!\\)\|")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+")
# What Markdown would take for more than itself: the open data are plain but for lists and tables.
_SIGNS = re.compile(r"[<*_$~`\[#>&]|\\(?!\|)")
_NO_WORD = re.compile(r"[\W_]+")
# A part of an answer answers where it is so much of it.
_MOST = 0.5


@lru_cache(maxsize=20_000)
def sentences_as_read(text: str) -> tuple[tuple[str, str], ...]:
    """Return a section's sentences, each with the words that make it understood."""
    builder = TextBuilder(max_characters=10 * len(text) + 100)
    read_markdown(_as_markdown(text), builder)
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
    """Whether a sentence as read has the words of an answer, or is most of them."""
    one, other = (_NO_WORD.sub("", part) for part in (sentence, answer))
    if not other:
        return False
    return other in one or (one in other and len(one) >= _MOST * len(other))


def _as_markdown(text: str) -> str:
    """Return the text with the rule below a table's first row where the data left it out."""
    lines: list[str] = []
    in_table = False
    given = text.split("\n")
    for line, following in zip(given, [*given[1:], ""], strict=True):
        is_row = _ROW.fullmatch(line) is not None
        item = _ITEM.match(line)
        start = item.end() if item else 0
        lines.append(line[:start] + _SIGNS.sub(r"\\\g<0>", line[start:]))
        if is_row and not in_table and not _RULE.fullmatch(following):
            cells = len(_CELL_END.findall(line.strip())) - 1
            lines.append("|" + " --- |" * cells)
        in_table = is_row
    return "\n".join(lines)
