"""Documents, chunks and vectors for the store's tests, built from the dataclasses alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from rag.store import EmbedderIdentity, IndexedChunk, IndexWriter
from rag.types import (
    Block,
    BlockKind,
    Chunk,
    Document,
    Language,
    Page,
    Section,
    Span,
)

DIMENSION = 8
EMBEDDER = EmbedderIdentity("test-embedder", DIMENSION)


def unit_vectors(count: int, *, dimension: int = DIMENSION, seed: int = 0) -> np.ndarray:
    """Return ``(count, dimension) float32`` rows of unit length, in random directions."""
    matrix = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def document_of(
    name: str, passages: Sequence[str], *, language: Language = Language.EN
) -> Document:
    """Return a document of one paragraph a passage."""
    text = "\n\n".join(passages)
    return Document(
        path=f"/docs/{name}",
        name=name,
        title=name,
        text=text,
        language=language,
        media_type="text/plain",
        content_hash=f"hash of {text}",
        blocks=tuple(Block(BlockKind.PARAGRAPH, span) for span in _spans(passages)),
        sections=(Section((), Span(0, len(text)), 0, "top"),),
    )


def chunks_of(
    document: Document,
    passages: Sequence[str],
    vectors: np.ndarray | None = None,
    *,
    language: Language | None = None,
) -> list[IndexedChunk]:
    """Return one chunk a passage of ``document_of(name, passages)``; its terms are its words."""
    matrix = unit_vectors(len(passages)) if vectors is None else vectors
    return [
        IndexedChunk(
            chunk=Chunk(passage, span, ("Top",), "top", None, language or document.language),
            vector=vector,
            lexical_heading="",
            lexical_body=passage,
        )
        for passage, span, vector in zip(passages, _spans(passages), matrix, strict=True)
    ]


def put(writer: IndexWriter, name: str, passages: Sequence[str], *, seed: int = 0) -> Document:
    """Store a document of ``passages`` with random vectors."""
    document = document_of(name, passages)
    writer.put(document, chunks_of(document, passages, unit_vectors(len(passages), seed=seed)))
    return document


def make_index(folder: Path, names: Sequence[str] = ("a.md", "b.md")) -> dict[str, Document]:
    """Make an index of two-passage documents; return them by name."""
    with IndexWriter.open(folder, EMBEDDER) as writer:
        return {
            name: put(writer, name, [f"first of {name}", f"second of {name}"], seed=number)
            for number, name in enumerate(names)
        }


def _spans(passages: Sequence[str]) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for passage in passages:
        spans.append(Span(start, start + len(passage)))
        start += len(passage) + 2
    return spans


@st.composite
def any_documents(draw: st.DrawFn) -> Document:
    """Documents with any text and any structure that the types allow."""
    text = draw(st.text(max_size=60))
    words = st.text(max_size=8)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
        lambda ends: Span(min(ends), max(ends))
    )
    blocks = st.builds(Block, st.sampled_from(BlockKind), spans, st.integers(0, 6), st.booleans())
    sections = st.builds(
        Section, st.lists(words, max_size=3).map(tuple), spans, st.integers(0, 6), words
    )
    pages = st.builds(Page, st.integers(1, 10_000), spans)
    return Document(
        path=draw(words),
        name=draw(words),
        title=draw(words),
        text=text,
        language=draw(st.sampled_from(Language)),
        media_type=draw(words),
        content_hash=draw(words),
        blocks=draw(st.lists(blocks, max_size=4).map(tuple)),
        sections=draw(st.lists(sections, max_size=4).map(tuple)),
        pages=draw(st.lists(pages, max_size=3).map(tuple)),
    )


@st.composite
def any_chunks(draw: st.DrawFn, document: Document) -> list[IndexedChunk]:
    """Chunks of a document at any spans, with any structure that the types allow."""
    words = st.text(max_size=8)
    count = draw(st.integers(0, 4))
    items: list[IndexedChunk] = []
    for vector in unit_vectors(count, seed=draw(st.integers(0, 99))):
        ends = sorted(draw(st.tuples(*[st.integers(0, len(document.text))] * 2)))
        items.append(
            IndexedChunk(
                chunk=Chunk(
                    text=document.text[ends[0] : ends[1]],
                    span=Span(*ends),
                    heading_path=draw(st.lists(words, max_size=3).map(tuple)),
                    anchor=draw(words),
                    page=draw(st.none() | st.integers(1, 10_000)),
                    language=draw(st.sampled_from(Language)),
                ),
                vector=vector,
                lexical_heading=draw(words),
                lexical_body=draw(words),
            )
        )
    return items
