"""``python -m bench.sections DOCUMENT QUESTIONS.jsonl``: is the right section found first?

Indexes one document, asks each row's ``q`` and compares the first passages' own heading with the
row's ``section``, a text that the heading must begin with.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from rag.engine import Engine
from rag.settings import Settings, go_offline


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sections", description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("questions", type=Path)
    arguments = parser.parse_args()
    go_offline()
    rows = [json.loads(line) for line in arguments.questions.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(environment={}, flags={"index": folder})
        with Engine(settings) as engine:
            engine.index([arguments.document])
            sections = engine.reader.document(engine.reader.documents()[0].name).sections
            ranks = [_rank(engine, row["q"], row["section"]) for row in rows]
    for row, rank in zip(rows, ranks, strict=True):
        if rank != 1:
            print(f"rank {rank or '-'}: {row['q']} -> {row['section']}")
    first = sum(rank == 1 for rank in ranks)
    third = sum(0 < rank <= 3 for rank in ranks)
    print(
        f"{len(sections)} sections; {len(rows)} questions: right section first "
        f"{100 * first / len(rows):.1f}%, among the first three {100 * third / len(rows):.1f}%"
    )


def _rank(engine: Engine, question: str, section: str) -> int:
    hits = engine.search(question)
    headings = [(hit.stored.chunk.heading_path or ("",))[-1] for hit in hits]
    return next(
        (rank for rank, heading in enumerate(headings, start=1) if heading.startswith(section)), 0
    )


if __name__ == "__main__":
    main()
