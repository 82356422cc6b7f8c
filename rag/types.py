"""The values that flow through the program: Document → Chunk → Hit → Evidence → Answer.

All are frozen. They know nothing of files, databases or models; identity across runs is the
store's concern. Every ``start``/``end`` pair counts characters (Unicode code points) of one
document's ``text``, half-open: ``document.text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# Stands between the cells of a table row's text.
CELL_SEPARATOR = " | "


class Language(StrEnum):
    """The languages the program reads and answers in. ``OTHER`` is retrieved lexically only."""

    ZH = "zh"
    EN = "en"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a stretch of a document's text is; chunking and the reader follow it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CODE = "code"
    FORMULA = "formula"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``[start, end)`` of a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is not a valid range")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row, … of a document.

    Blocks are in reading order and do not overlap; what lies between two is white space.
    ``level`` is the heading level (1–6) of a heading, the nesting depth (0 = outermost) of a list
    item, and 0 otherwise. The header row of a table is its first row: ``is_header`` is set.
    """

    kind: BlockKind
    span: Span
    level: int = 0
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text below it up to the next heading of any level.

    ``heading_path`` runs from the outermost heading to this one; it is empty for text before the
    first heading. ``span`` covers the heading itself and its own text, sub-sections excluded.
    ``anchor`` is the heading's explicit id, or one derived from its words.
    """

    heading_path: tuple[str, ...]
    span: Span
    level: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page (PDF), slide (PPTX) or sheet (XLSX): number from 1 and the characters on it."""

    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """One file as clean text plus structure.

    ``path`` is the absolute or caller-given path as a POSIX string; ``name`` is how people see
    the document (its path relative to the folder it was indexed from). Sections tile the text
    in order; ``pages`` is empty for formats without pages. ``content_hash`` is the SHA-256 of the
    file's bytes, in hex.
    """

    path: str
    name: str
    title: str
    text: str
    language: Language
    media_type: str
    content_hash: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document, the unit of retrieval: ``document.text[start:end] == text``."""

    text: str
    span: Span
    heading_path: tuple[str, ...]
    anchor: str
    page: int | None
    language: Language


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as the store knows it. ``id`` is stable as long as the chunk is unchanged."""

    id: int
    document: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """One hit's scores, kept apart so that they can be inspected. Higher is better everywhere.

    ``dense`` is a cosine in [-1, 1]; ``lexical`` is BM25, unbounded above 0; ``fused`` is in
    [0, 1]; ``relevance`` in [0, 1] says whether the passage bears on the question at all,
    independent of its rivals; ``None`` means that the retriever did not return this chunk.
    """

    fused: float
    relevance: float
    dense: float | None = None
    lexical: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored chunk found for a question."""

    stored: StoredChunk
    scores: RetrievalScores
    duplicates: int = 0

    @property
    def section(self) -> tuple[str, tuple[str, ...]]:
        """Document and heading path: what tells one section of the index from another."""
        return self.stored.document, self.stored.chunk.heading_path


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence (or list item, table row, formula) picked from a hit to answer from.

    ``text`` is the document's text at ``span``. ``score`` in [0, 1] says how well it bears on the
    question. ``number`` is the marker ``[n]`` under which the LLM may cite it, counted from 1.
    Pieces of the same ``group`` make sense together only, as a lead-in and its list do; what stands
    by itself has 0.
    """

    number: int
    hit: Hit
    span: Span
    text: str
    score: float
    group: int = 0


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A sentence that was scored and is not among the evidence.

    ``chunk`` is the id of the stored chunk it was found in; ``score`` is of the scale of
    ``Evidence.score``.
    """

    chunk: int
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim comes from: ``quote`` is the document's stored text at ``[start, end)``."""

    n: int
    document: str
    section: tuple[str, ...]
    anchor: str
    page: int | None
    start: int
    end: int
    quote: str
    score: float


class Role(StrEnum):
    """Who speaks in a conversation turn."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


class Support(StrEnum):
    """How well the evidence carries a sentence of an answer."""

    QUOTED = "quoted"
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"

    @property
    def carries(self) -> bool:
        """Whether the evidence says all of the sentence."""
        return self in (Support.QUOTED, Support.SUPPORTED)


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer without its markers; ``markers`` are the numbers it cites."""

    text: str
    support: Support
    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent; ``first_token`` and ``total`` count from the question's arrival."""

    load: float = 0.0
    retrieve: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens the LLM read and wrote for one answer."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program says to a question. Declining is an answer too: ``abstained``.

    ``dropped_markers`` counts ``[n]`` markers of the LLM that pointed at no evidence.
    ``mode`` is "quote" or "write"; ``chosen_by`` says who picked the quoted sentences, "llm" or
    "ranking"; both are "" when abstained. ``confidence`` in [0, 1] says how sure the program is
    that the documents answer the question. ``passed_over`` are the best few sentences of each hit
    that did not become evidence.
    """

    question: str
    text: str
    abstained: bool
    model: str
    citations: tuple[Citation, ...] = ()
    sentences: tuple[AnswerSentence, ...] = ()
    hits: tuple[Hit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    timings: Timings = field(default_factory=Timings)
    tokens: TokenCounts = field(default_factory=TokenCounts)
    dropped_markers: int = 0
    mode: str = ""
    chosen_by: str = ""
    confidence: float = 0.0
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, worded for its owner."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did, in documents."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    chunks: int = 0
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class IndexStats:
    """The state of an index. ``vector_index`` names the FAISS index type in use."""

    documents: int
    chunks: int
    characters: int
    languages: Mapping[str, int]
    embedder: str
    dimension: int
    vector_index: str
    bytes_on_disk: int


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """First event of an answer: what was retrieved and which sentences bear on the question."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TextPiece:
    """More text of the answer, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """Last event of an answer: the whole of it."""

    answer: Answer


AnswerEvent = EvidenceFound | TextPiece | AnswerDone
