"""``python -m bench.headings``: headings of open documentation that are questions, asked as such.

Lists of frequent questions are common among the documents that people ask. Sections under such a
heading are indexed among others; asked is each heading, and wanted its own section. Printed are for
how many it is the first passage that retrieval finds, for how many the sentence that scores best is
of that section, with and without a look at how like the question the heading is
(`rag/heading_match.py`), and how many are declined.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.held_out import write_sections
from rag.engine import Engine
from rag.evidence_candidates import list_candidates
from rag.evidence_scoring import LexicalScorer, RerankerScorer
from rag.retrieval import Retriever
from rag.settings import Settings, go_offline
from training import sources

_SEED = 5
_ASKS = re.compile(r"[?？]")
# Ornaments and numbers that nobody would type.
_ORNAMENT = re.compile(r"^[\d.\s]+|[^\w\s?？()（）,，.'\"“”/+:：-]")
# Shorter ones say too little, longer ones are texts.
_CHARACTERS = range(8, 91)
_SHORTEST_TEXT = 60


def asks(section: sources.Section) -> bool:
    """Whether the section's heading is a question that can be asked."""
    heading = section.headings[-1] if section.headings else ""
    return (
        bool(_ASKS.search(heading))
        and len(heading) in _CHARACTERS
        and len(section.text) > _SHORTEST_TEXT
    )


def measure(engine: Engine, asked: Sequence[sources.Section]) -> str:
    """Return a row of the table."""
    if engine.models.reranker is None:
        raise SystemExit("the evidence scorer is not on this machine")
    retriever = Retriever(engine.reader, engine.embedder, candidates=engine.settings.candidates)
    words = LexicalScorer(retriever.weigh)
    most = engine.settings.scored_sentences
    without_headings = RerankerScorer(engine.models.reranker, words, most=most)
    scorers = (without_headings, engine.evidence_scorer())
    rows = []
    for section in asked:
        question = _ORNAMENT.sub("", section.headings[-1]).strip()
        wanted = f"{section.id}.md"
        hits = engine.search(question)
        candidates = list_candidates(hits, engine.reader.document)
        row = [Path(hits[0].stored.document).name == wanted]
        for scorer in scorers:
            scored = scorer.score(question, candidates)
            best = candidates[int(np.argmax(scored.scores))]
            row.append(Path(best.hit.stored.document).name == wanted)
        row.append(scored.confidence < engine.settings.min_confidence)
        rows.append(row)
    found = np.mean(rows, axis=0)
    return f"{len(rows)} | " + " | ".join(f"{share:.1%}" for share in found)


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.headings", description=__doc__)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--asked", type=int, default=100, help="headings of each language")
    parser.add_argument("--others", type=int, default=900, help="sections indexed beside")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    sections = sources.read_sections(options.data)
    generator = random.Random(_SEED)
    asked = {
        language: generator.sample(
            [item for item in sections if item.lang == language and asks(item)], options.asked
        )
        for language in ("zh", "en")
    }
    chosen = [item for part in asked.values() for item in part]
    ids = {item.id for item in chosen}
    others = [item for item in sections if item.id not in ids and not asks(item)]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "sections"
        corpus.mkdir()
        write_sections(corpus, [*chosen, *generator.sample(others, options.others)])
        with Engine(Settings.load(flags={"index": Path(folder) / "index"})) as engine:
            engine.index([corpus])
            print("| headings | asked | first passage | best sentence | with headings | declined |")
            print("| --- | --- | --- | --- | --- | --- |")
            for language, part in asked.items():
                print(f"| {language} | {measure(engine, part)} |", flush=True)


if __name__ == "__main__":
    main()
