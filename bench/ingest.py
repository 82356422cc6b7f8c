"""Chunks per second through the whole of indexing, beside ``SentenceTransformer.encode`` alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rag.chunking import chunk_document, text_to_embed
from rag.documents import read_document, walk
from rag.engine import Engine
from rag.models import locate
from rag.settings import Settings

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class IngestFigures:
    """Chunks a second: reading, chunking, embedding, storing; and embedding alone."""

    chunks: int
    ours_per_s: float
    bare_per_s: float


def measure_ingest(corpus: Path, folder: Path) -> IngestFigures:
    """Index ``corpus`` afresh and encode the same texts, in turn; the best of three rounds each."""
    from sentence_transformers import SentenceTransformer

    settings = Settings.load(environment={}, flags={"index": folder})
    with Engine(settings) as engine:
        engine.embedder.warm_up()
        texts = [
            text_to_embed(chunk, document.title)
            for document in (read_document(file.path, name=file.name) for file in walk([corpus]))
            for chunk in chunk_document(
                document, max_tokens=settings.chunk_tokens, count=engine.embedder.count_tokens
            )
        ]
        path = locate(engine.models.embedder_entry, settings.models)
        bare_model = SentenceTransformer(str(path), device="cpu")
        bare_model.encode(texts[:8])
        ours: list[float] = []
        bare: list[float] = []
        for round_number in range(_ROUNDS):
            begun = time.perf_counter()
            bare_model.encode(texts, batch_size=32, normalize_embeddings=True)
            bare.append(time.perf_counter() - begun)
            fresh = Settings.load(
                environment={}, flags={"index": folder.with_name(f"{folder.name}-{round_number}")}
            )
            engine.settings = fresh
            begun = time.perf_counter()
            engine.index([corpus])
            ours.append(time.perf_counter() - begun)
    return IngestFigures(
        chunks=len(texts), ours_per_s=len(texts) / min(ours), bare_per_s=len(texts) / min(bare)
    )
