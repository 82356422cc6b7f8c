"""Retrieval over 10,000 chunks, beside encoding the question and one exact FAISS search."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.chunking import chunk_document
from rag.documents import read_document, walk
from rag.engine import Engine
from rag.retrieval import Retriever
from rag.segmentation import terms
from rag.settings import Settings
from rag.store import EmbedderIdentity, IndexedChunk, IndexReader, IndexWriter
from rag.types import Chunk, Document, Language, Section, Span

_CHUNKS = 10_000
_TOPICS = (
    "the loss of CLIP",
    "Q-Former and the vision encoder",
    "object hallucination in image captions",
    "the rank of LoRA",
    "decoder-only language models",
    "the KV cache of a 7B model",
    "DPO against PPO",
    "rotary position embedding",
    "classifier-free guidance",
    "reciprocal rank fusion",
    "paged attention",
    "latent diffusion",
)
_TEMPLATES = (
    "What is {}?",
    "How does {} work in practice?",
    "Why does {} matter for training?",
    "When should I worry about {}?",
    "Which benchmarks measure {}?",
    "What are the limits of {} at high resolution?",
    "Is {} worth the memory and the latency?",
    "How do I choose the parameters of {} for retrieval?",
)
_QUESTIONS = tuple(template.format(topic) for template in _TEMPLATES for topic in _TOPICS)


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """Milliseconds a question. The overhead is ours less encode and search of the same question."""

    chunks: int
    ours_p50_ms: float
    ours_p95_ms: float
    bare_p50_ms: float
    bare_p95_ms: float
    overhead_p50_ms: float
    overhead_p95_ms: float


def measure_retrieval(corpus: Path, folder: Path) -> RetrievalFigures:
    """Fill an index with sentences of ``corpus`` in random order, and search it both ways."""
    import faiss

    settings = Settings.load(environment={}, flags={"index": folder})
    with Engine(settings) as engine:
        embedder = engine.embedder
        vectors = _fill(corpus, folder, engine)
        flat = faiss.IndexFlatIP(embedder.dimension)
        flat.add(vectors)
        ours: list[float] = []
        bare: list[float] = []
        with IndexReader.open(folder) as reader:
            retriever = Retriever(reader, embedder)
            # Loads model, vectors and statistics; the questions themselves are all new below.
            retriever.search("warm up", k=8)
            for question in _QUESTIONS:
                begun = time.perf_counter()
                flat.search(embedder.embed_queries([question]), 50)
                bare.append(1000 * (time.perf_counter() - begun))
                begun = time.perf_counter()
                retriever.search(question, k=8)
                ours.append(1000 * (time.perf_counter() - begun))
    overhead = [mine - theirs for mine, theirs in zip(ours, bare, strict=True)]
    return RetrievalFigures(
        chunks=_CHUNKS,
        ours_p50_ms=statistics.median(ours),
        ours_p95_ms=_p95(ours),
        bare_p50_ms=statistics.median(bare),
        bare_p95_ms=_p95(bare),
        overhead_p50_ms=statistics.median(overhead),
        overhead_p95_ms=_p95(overhead),
    )


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def _fill(corpus: Path, folder: Path, engine: Engine) -> np.ndarray:
    """Store 10,000 chunks of shuffled corpus text under random unit vectors; return these."""
    generator = random.Random(7)
    numbers = np.random.default_rng(7)
    dimension = engine.embedder.dimension
    vectors = numbers.standard_normal((_CHUNKS, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pool = [
        sentence
        for file in walk([corpus])
        for chunk in chunk_document(
            read_document(file.path, name=file.name),
            max_tokens=settings_tokens(engine),
            count=engine.embedder.count_tokens,
        )
        for sentence in chunk.text.split("\n")
        if sentence.strip()
    ]
    identity = EmbedderIdentity(name=engine.embedder.name, dimension=dimension)
    per_document = 500
    with IndexWriter.open(folder, identity) as writer:
        for first in range(0, _CHUNKS, per_document):
            texts = [
                "\n".join(generator.sample(pool, k=6)) + f"\n{number}"
                for number in range(first, first + per_document)
            ]
            document, chunks = _document_of(f"d{first}.md", texts)
            writer.put(
                document,
                [
                    IndexedChunk(chunk, vectors[first + number], "", " ".join(terms(chunk.text)))
                    for number, chunk in enumerate(chunks)
                ],
            )
    return vectors


def settings_tokens(engine: Engine) -> int:
    """The longest chunk that the engine would make."""
    return min(engine.settings.chunk_tokens, engine.embedder.max_tokens)


def _document_of(name: str, texts: list[str]) -> tuple[Document, list[Chunk]]:
    text = "\n\n".join(texts)
    chunks: list[Chunk] = []
    position = 0
    for part in texts:
        span = Span(position, position + len(part))
        chunks.append(Chunk(part, span, (), "", None, Language.EN))
        position += len(part) + 2
    document = Document(
        path=f"/bench/{name}",
        name=name,
        title="",
        text=text,
        language=Language.EN,
        media_type="text/plain",
        content_hash=name,
        blocks=(),
        sections=(Section((), Span(0, len(text)), 0, ""),),
    )
    return document, chunks
