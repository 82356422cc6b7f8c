"""Document → chunks that follow its structure, with exact offsets.

A chunk never crosses a section, and its text is the document's text at its span. Whole blocks are
packed together; only a block longer than a chunk is cut: at sentence ends, lines of code, and as
a last resort wherever langchain-text-splitters finds a gap. Knows nothing of embedders beyond
how they count tokens.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.language import detect_language
from rag.sentences import sentence_spans
from rag.types import Block, BlockKind, Chunk, Document, Language, Section, Span

TokenCounter = Callable[[Sequence[str]], list[int]]

HEADING_SEPARATOR = " › "

# Room that a heading path may take of a chunk; a longer one is cut to it when embedded.
_HEADING_SHARE = 0.3
# Headings and markers that the tokenizer adds around the text, e.g. [CLS] and [SEP].
_SPECIAL_TOKENS = 2
_LONG_TEXT_SEPARATORS = [
    "\n\n",
    "\n",
    "。",
    "！",
    "？",
    "；",
    ". ",
    "! ",
    "? ",
    "; ",
    "，",
    "、",
    ", ",
    " ",
    "",
]
_CODE_SEPARATORS = ["\n\n", "\n", " ", ""]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters that stay together, with their length in tokens."""

    span: Span
    tokens: int


def chunk_document(document: Document, *, max_tokens: int, count: TokenCounter) -> list[Chunk]:
    """Cut ``document`` into chunks of at most ``max_tokens`` tokens, heading path included.

    Args:
        max_tokens: the embedder's limit or less; counted by ``count``.
        count: tokens of each of several texts, special tokens excluded.

    Returns:
        The chunks in reading order. ``document.text[c.span.start:c.span.end] == c.text`` for each;
        they do not overlap, and every block but headings is covered, unless it is white space.
        A heading with no text below it yields no chunk, save in a document of nothing else.
    """
    bodies = [block for block in document.blocks if block.kind is not BlockKind.HEADING]
    if not bodies:
        bodies = list(document.blocks)
    tokens = count([_slice(document, block.span) for block in bodies])
    starts = [section.span.start for section in document.sections]
    by_section: dict[int, list[_Piece]] = {}
    budgets = _budgets(document.sections, max_tokens, count)
    for block, length in zip(bodies, tokens, strict=True):
        index = max(0, bisect_right(starts, block.span.start) - 1)
        pieces = by_section.setdefault(index, [])
        if length <= budgets[index]:
            pieces.append(_Piece(block.span, length))
        else:
            pieces.extend(_cut_block(document, block, budgets[index], count))
    chunks: list[Chunk] = []
    for index, pieces in by_section.items():
        section = document.sections[index]
        chunks.extend(_chunk(document, section, span) for span in _pack(pieces, budgets[index]))
    return [chunk for chunk in chunks if chunk.text.strip()]


def text_to_embed(chunk: Chunk, title: str) -> str:
    """Return what is embedded for ``chunk``: where it stands, then what it says."""
    path = chunk.heading_path or ((title,) if title else ())
    return under_headings(path, chunk.text)


def under_headings(path: Sequence[str], text: str) -> str:
    """Return ``text`` below its heading path, as models read and were trained to read it."""
    return HEADING_SEPARATOR.join(path) + "\n" + text if path else text


def section_title(document: str, path: Sequence[str]) -> str:
    """Return how people are told of a section: its heading path, or the document without one."""
    return HEADING_SEPARATOR.join(path) or document


def _slice(document: Document, span: Span) -> str:
    return document.text[span.start : span.end]


def _budgets(sections: Sequence[Section], max_tokens: int, count: TokenCounter) -> list[int]:
    headings = count([HEADING_SEPARATOR.join(section.heading_path) for section in sections])
    room = max_tokens - _SPECIAL_TOKENS
    return [max(16, room - min(length, int(room * _HEADING_SHARE))) for length in headings]


def _cut_block(document: Document, block: Block, budget: int, count: TokenCounter) -> list[_Piece]:
    text = _slice(document, block.span)
    if block.kind is BlockKind.CODE:
        spans = _line_spans(text)
    elif block.kind is BlockKind.FORMULA:
        spans = [Span(0, len(text))]
    else:
        spans = sentence_spans(text)
    pieces: list[_Piece] = []
    offset = block.span.start
    lengths = count([text[span.start : span.end] for span in spans])
    for span, length in zip(spans, lengths, strict=True):
        if length <= budget:
            pieces.append(_Piece(Span(offset + span.start, offset + span.end), length))
            continue
        is_code = block.kind is BlockKind.CODE
        for part in _cut_text(text[span.start : span.end], budget, count, is_code=is_code):
            begin = offset + span.start + part.span.start
            pieces.append(_Piece(Span(begin, begin + len(part.span)), part.tokens))
    return pieces


def _line_spans(text: str) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if line.strip():
            spans.append(Span(start, end - (len(line) - len(line.rstrip("\n\r")))))
        start = end
    return spans


def _cut_text(text: str, budget: int, count: TokenCounter, *, is_code: bool) -> list[_Piece]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=_CODE_SEPARATORS if is_code else _LONG_TEXT_SEPARATORS,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=budget,
        chunk_overlap=0,
        length_function=lambda part: count([part])[0],
    )
    pieces: list[_Piece] = []
    position = 0
    for part in splitter.split_text(text):
        # The splitter's own start indices mix characters with tokens, so they are found here.
        begin = text.index(part, position)
        position = begin + len(part)
        lead = len(part) - len(part.lstrip())
        body = part.strip()
        if body:
            span = Span(begin + lead, begin + lead + len(body))
            pieces.append(_Piece(span, count([body])[0]))
    return pieces


def _pack(pieces: Sequence[_Piece], budget: int) -> list[Span]:
    """Join neighbours up to ``budget`` tokens, evenly: two halves rather than all and a rest."""
    total = sum(piece.tokens for piece in pieces)
    parts = max(1, math.ceil(total / budget))
    aim = min(budget, math.ceil(total / parts * 1.15))
    spans: list[Span] = []
    filled = 0
    for piece in pieces:
        if spans and filled + piece.tokens <= aim:
            spans[-1] = Span(spans[-1].start, piece.span.end)
            filled += piece.tokens
        else:
            spans.append(piece.span)
            filled = piece.tokens
    return spans


def _chunk(document: Document, section: Section, span: Span) -> Chunk:
    text = _slice(document, span)
    language = detect_language(text)
    return Chunk(
        text=text,
        span=span,
        heading_path=section.heading_path,
        anchor=section.anchor,
        page=_page_at(document, span.start),
        language=document.language if language is Language.OTHER else language,
    )


def _page_at(document: Document, position: int) -> int | None:
    if not document.pages:
        return None
    starts = [page.span.start for page in document.pages]
    return document.pages[max(0, bisect_right(starts, position) - 1)].number
