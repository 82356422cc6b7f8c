"""Hits → the sentences that may be evidence, each with what it needs to be understood.

A sentence that cannot stand alone brings what it needs: a list item its lead-in, a lead-in the
list, formula or code that it promises, a table row its header, a formula the words before it, a
sentence that opens with a pronoun what that stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from rag.anaphora import leans_back
from rag.bibliography import heads_references
from rag.sentences import sentence_spans
from rag.table_cells import cell_spans
from rag.types import Block, BlockKind, Document, Hit, Span

_LIST_MARKER = re.compile(r"\s*(?:[-*•]|\d+[.)、])\s+")
# Blocks that are quoted whole.
_WHOLE = frozenset({BlockKind.TABLE_ROW, BlockKind.FORMULA, BlockKind.CODE, BlockKind.CAPTION})
# What may follow a lead-in as what it promises.
_PROMISED = frozenset({BlockKind.LIST_ITEM, BlockKind.FORMULA})
_MOST_PROMISED = 6
# A command or a few lines of an example, in characters.
_MOST_CODE = 500
_POINTS_AHEAD = re.compile(
    r"\b(?:the following|as follows|like (?:this|so)|below)\b|如下|以下|下面|下列", re.IGNORECASE
)
# What an item of a list explains: "k1: how soon the gain saturates. 1.2 is usual."
_TERM = re.compile(r"[^.。！？!?:：\n]{1,60}(?:: |：)")
# How far back a pronoun is followed: "It … It … It …".
_MOST_BEFORE_PRONOUN = 2
_COLONS = (":", "：")
# A bold lead-in of a few words reads as a sentence, but says nothing by itself.
_CATCHWORD_CHARACTERS = 12
_CATCHWORD_WORDS = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, with what it needs to be understood.

    ``is_lead`` marks the first sentence of a section's text, where a direct answer stands.
    ``context`` are spans to bring along if the candidate is chosen. ``in_context`` is the text as
    a scorer should read it: a list item after its lead-in, a table row with the columns' names, a
    later sentence after the catchword that opens its paragraph or the term that its item explains.
    What a pronoun stands for is brought along, but not read: the scorers tell answers apart better
    without it. So is code below a sentence that points at it.
    """

    hit: Hit
    span: Span
    text: str
    kind: BlockKind
    is_lead: bool
    in_context: str
    context: tuple[Span, ...] = ()


def list_candidates(
    hits: Sequence[Hit], load_document: Callable[[str], Document]
) -> list[Candidate]:
    """Return every sentence of the hits' chunks, headings left out, in the hits' order."""
    candidates: list[Candidate] = []
    seen: set[tuple[str, Span]] = set()
    for hit in hits:
        document = load_document(hit.stored.document)
        for candidate in _candidates_of(hit, document):
            key = (hit.stored.document, candidate.span)
            if key not in seen:
                seen.add(key)
                candidates.append(candidate)
    return candidates


def _candidates_of(hit: Hit, document: Document) -> list[Candidate]:
    chunk = hit.stored.chunk.span
    section = next(item for item in document.sections if item.span.contains(chunk))
    inside = [block for block in document.blocks if section.span.contains(block.span)]
    found: list[Candidate] = []
    is_lead = True
    for index, block in enumerate(inside):
        if block.kind is BlockKind.HEADING:
            continue
        if not chunk.overlaps(block.span):
            is_lead = False
            continue
        spans = _units(document, block)
        before = _needed_before(document, inside, index)
        subject = _catchword(document, spans) or _term(document, block, spans)
        for number, whole in enumerate(spans, start=1):
            # A log or a long listing may be one unit: the chunk was cut out of it at line ends.
            span = _within(whole, chunk) if len(whole) > len(chunk) else whole
            text = document.text[span.start : span.end]
            promises = number == len(spans) and block.kind is BlockKind.PARAGRAPH
            after = _promised_by(document, text, inside[index + 1 :]) if promises else ()
            listing = _listing_below(text, inside[index + 1 :]) if promises else ()
            if chunk.overlaps(span) and not heads_references(text):
                said = _said_before(document, inside, index, spans[:number])
                if number > 1 and block.kind is BlockKind.LIST_ITEM and subject:
                    said = tuple(sorted({spans[0], *said}, key=lambda span: span.start))
                found.append(
                    Candidate(
                        hit=hit,
                        span=span,
                        text=text,
                        kind=block.kind,
                        is_lead=is_lead,
                        in_context=_in_context(
                            document,
                            block.kind,
                            (subject if number > 1 else "") + text,
                            before,
                            after,
                        ),
                        context=(*before, *said, *after, *listing),
                    )
                )
            is_lead = False
    return found


def _within(span: Span, bounds: Span) -> Span:
    """Return what of ``span`` lies within ``bounds``; all of it where nothing does."""
    start, end = max(span.start, bounds.start), min(span.end, bounds.end)
    return Span(start, end) if start < end else span


def _units(document: Document, block: Block) -> list[Span]:
    """Return the spans of a block that can be quoted by themselves."""
    text = document.text[block.span.start : block.span.end]
    offset = block.span.start
    if block.kind is BlockKind.LIST_ITEM:
        marker = _LIST_MARKER.match(text)
        offset += marker.end() if marker else 0
        text = document.text[offset : block.span.end]
    if block.kind in _WHOLE:
        return [Span(offset, block.span.end)] if text.strip() else []
    return [
        Span(offset + span.start, offset + span.end)
        for span in _join_catchwords(text, sentence_spans(text))
    ]


def _join_catchwords(text: str, spans: Sequence[Span]) -> list[Span]:
    """Join a catchword that opens a paragraph ("Temperature.", "性质。") to its sentence."""
    if len(spans) < 2 or not _is_catchword(text[spans[0].start : spans[0].end]):
        return list(spans)
    return [Span(spans[0].start, spans[1].end), *spans[2:]]


def _is_catchword(sentence: str) -> bool:
    is_short = len(sentence) <= _CATCHWORD_CHARACTERS or (
        sentence.isascii() and len(sentence.split()) <= _CATCHWORD_WORDS
    )
    return is_short and sentence.endswith((".", "。")) and not leans_back(sentence)


def _catchword(document: Document, units: Sequence[Span]) -> str:
    """Return the catchword that opens a block, with a space: later sentences are about it too."""
    if len(units) < 2:
        return ""
    text = document.text[units[0].start : units[0].end]
    first = sentence_spans(text)[0]
    catchword = text[first.start : first.end]
    # English that begins small goes on with what stood before, such as a formula.
    goes_on = catchword.endswith(".") and text[0].islower()
    opens = len(first) < len(text) and _is_catchword(catchword) and not goes_on
    return f"{catchword} " if opens else ""


def _term(document: Document, item: Block, units: Sequence[Span]) -> str:
    """Return the term that an item of a list explains, as "term: ", else ""."""
    if item.kind is not BlockKind.LIST_ITEM or len(units) < 2:
        return ""
    found = _TERM.match(document.text, units[0].start, units[0].end)
    return found[0] if found else ""


def _said_before(
    document: Document, blocks: Sequence[Block], index: int, units: Sequence[Span]
) -> tuple[Span, ...]:
    """Return the sentences that the last of ``units`` leans on, in their order.

    They stand in its own block, or at the end of the paragraph before where a paragraph opens so.
    """
    *before, last = units
    if not _leans_back(document, last):
        return ()
    kinds = [block.kind for block in blocks[max(0, index - 1) : index + 1]]
    if not before and kinds == [BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]:
        before = _units(document, blocks[index - 1])
    found: list[Span] = []
    while before and len(found) < _MOST_BEFORE_PRONOUN and _leans_back(document, last):
        last = before.pop()
        found.insert(0, last)
    return tuple(found)


def _leans_back(document: Document, span: Span) -> bool:
    return leans_back(document.text[span.start : span.end])


def _texts(document: Document, spans: Iterable[Span]) -> list[str]:
    return [document.text[span.start : span.end] for span in spans]


def _in_context(
    document: Document,
    kind: BlockKind,
    text: str,
    before: Sequence[Span],
    after: Sequence[Span],
) -> str:
    """Return ``text`` as it is understood by a reader who sees it in its place."""
    if after:
        return " ".join([text, *_texts(document, after)])
    if not before or kind not in (BlockKind.TABLE_ROW, BlockKind.LIST_ITEM):
        return text
    if kind is BlockKind.LIST_ITEM:
        return " ".join([*_texts(document, before), text])
    needed = document.text[before[0].start : before[0].end]
    names = [needed[start:end] for start, end in cell_spans(needed)]
    cells = [text[start:end] for start, end in cell_spans(text)]
    # A row may end early, where its last cells are empty.
    if len(names) < len(cells):
        return text
    named = zip(names, cells, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)


def _promised_by(document: Document, text: str, following: Sequence[Block]) -> tuple[Span, ...]:
    """Return the list items or the formula that a lead-in ends on; none where it is no lead-in."""
    if not text.endswith(_COLONS) or not following or following[0].kind not in _PROMISED:
        return ()
    if following[0].kind is BlockKind.FORMULA:
        return (following[0].span,)
    items = takewhile(lambda block: block.kind is BlockKind.LIST_ITEM, following)
    return tuple(
        span for block in islice(items, _MOST_PROMISED) for span in _units(document, block)
    )


def _listing_below(text: str, following: Sequence[Block]) -> tuple[Span, ...]:
    """Return the code that a sentence points at; none where it is too long to be quoted."""
    if not following or following[0].kind is not BlockKind.CODE:
        return ()
    points = text.endswith(_COLONS) or _POINTS_AHEAD.search(text)
    return (following[0].span,) if points and len(following[0].span) <= _MOST_CODE else ()


def _needed_before(document: Document, blocks: Sequence[Block], index: int) -> tuple[Span, ...]:
    block = blocks[index]
    if block.kind is BlockKind.TABLE_ROW and not block.is_header:
        for earlier in reversed(blocks[:index]):
            if earlier.kind is not BlockKind.TABLE_ROW:
                break
            if earlier.is_header:
                return (earlier.span,)
        return ()
    if block.kind is BlockKind.LIST_ITEM:
        return _above_item(document, blocks, index)
    if block.kind in (BlockKind.FORMULA, BlockKind.CODE) and index:
        earlier = blocks[index - 1]
        return _lead_in(document, earlier) if earlier.kind is BlockKind.PARAGRAPH else ()
    return ()


def _above_item(document: Document, blocks: Sequence[Block], index: int) -> tuple[Span, ...]:
    """Return a list's lead-in and the items that the one at ``index`` is nested in."""
    level = blocks[index].level
    above: tuple[Span, ...] = ()
    inside_item = True
    for earlier in reversed(blocks[:index]):
        if earlier.kind is BlockKind.LIST_ITEM:
            inside_item = True
            if earlier.level < level:
                level = earlier.level
                above = (*_units(document, earlier)[-1:], *above)
        elif earlier.kind in (BlockKind.CODE, BlockKind.TABLE_ROW, BlockKind.FORMULA):
            # It stands within the list only if an item comes before it.
            inside_item = False
        else:
            is_lead = earlier.kind is BlockKind.PARAGRAPH and inside_item
            lead = _lead_in(document, earlier) if is_lead else ()
            return (*lead, *above) if _promises(document, lead) else above
    return above


def _lead_in(document: Document, paragraph: Block) -> tuple[Span, ...]:
    """Return a paragraph's last sentence, unless references follow it."""
    lead = _units(document, paragraph)[-1:]
    is_heading = any(heads_references(document.text[span.start : span.end]) for span in lead)
    return () if is_heading else tuple(lead)


def _promises(document: Document, lead: Sequence[Span]) -> bool:
    return any(document.text[span.start : span.end].endswith(_COLONS) for span in lead)
