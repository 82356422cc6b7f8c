"""``make bench``: speed of ingest, retrieval and generation, and the ratio to the bare libraries.

Prints one table and writes the same figures to ``bench/results.json``.
"""

from __future__ import annotations

import json
import logging
import platform
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.generation import measure_generation
from bench.ingest import measure_ingest
from bench.retrieval import measure_retrieval
from rag.settings import go_offline


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``ratio`` is ours to the bare library's, "" where there is none."""

    name: str
    ours: str
    bare: str
    ratio: str


def main() -> None:
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    corpus = Path("corpus")
    with tempfile.TemporaryDirectory() as folder:
        ingest = measure_ingest(corpus, Path(folder) / "ingest")
        retrieval = measure_retrieval(corpus, Path(folder) / "retrieval")
    generation = measure_generation()
    figures = [
        Figure(
            f"ingest, chunks/s ({ingest.chunks} chunks)",
            f"{ingest.ours_per_s:.1f}",
            f"{ingest.bare_per_s:.1f} SentenceTransformer.encode",
            f"{ingest.ours_per_s / ingest.bare_per_s:.2f}",
        ),
        Figure(
            f"retrieval p50, ms ({retrieval.chunks} chunks)",
            f"{retrieval.ours_p50_ms:.1f}",
            f"{retrieval.bare_p50_ms:.1f} encode + faiss search",
            f"{retrieval.ours_p50_ms / retrieval.bare_p50_ms:.2f}",
        ),
        Figure(
            "retrieval p95, ms",
            f"{retrieval.ours_p95_ms:.1f}",
            f"{retrieval.bare_p95_ms:.1f}",
            f"{retrieval.ours_p95_ms / retrieval.bare_p95_ms:.2f}",
        ),
        Figure("retrieval overhead p50, ms", f"{retrieval.overhead_p50_ms:.1f}", "", ""),
        Figure("retrieval overhead p95, ms", f"{retrieval.overhead_p95_ms:.1f}", "", ""),
        Figure(
            f"first token, ms ({generation.prompt_tokens} prompt tokens)",
            f"{generation.ours_first_ms:.0f}",
            f"{generation.bare_first_ms:.0f} llama.cpp decode loop",
            f"{generation.ours_first_ms / generation.bare_first_ms:.2f}",
        ),
        Figure(
            "generation, tokens/s",
            f"{generation.ours_per_s:.1f}",
            f"{generation.bare_per_s:.1f} llama.cpp decode loop",
            f"{generation.ours_per_s / generation.bare_per_s:.2f}",
        ),
    ]
    width = max(len(figure.name) for figure in figures)
    print(f"{'':{width}}  {'ours':>9}  {'ratio':>6}  bare library")
    for figure in figures:
        print(f"{figure.name:{width}}  {figure.ours:>9}  {figure.ratio:>6}  {figure.bare}")
    Path("bench/results.json").write_text(
        json.dumps(
            {
                "date": datetime.now(UTC).date().isoformat(),
                "machine": platform.processor() or platform.machine(),
                "figures": [asdict(figure) for figure in figures],
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
