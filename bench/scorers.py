"""``python -m bench.scorers``: the evidence scorer beside the words alone, on the golden questions.

For each question of a split the passages are retrieved and their sentences scored. Measured are:

- top 3: a sentence among the three that score best holds one of the expected facts;
- AUC: how well the confidence tells answerable from unanswerable questions;
- declined: share of either below the confidence that separates the development questions best;
- the time that 200 question-sentence pairs take.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.conversation import readings
from rag.engine import Engine
from rag.evaluation import EvaluationQuestion, Kind, measures, read_questions
from rag.evidence_candidates import Candidate, list_candidates
from rag.evidence_scoring import EvidenceScorer, LexicalScorer
from rag.retrieval import Retriever
from rag.settings import Settings, go_offline

_PAIRS = 200


@dataclass(frozen=True)
class _Asked:
    question: EvaluationQuestion
    text: str
    candidates: list[Candidate]


def measure(scorer: EvidenceScorer, asked: Sequence[_Asked], threshold: float) -> str:
    """Return a row of the table."""
    found: list[bool] = []
    confidence: dict[bool, list[float]] = {True: [], False: []}
    for item in asked:
        scored = scorer.score(item.text, item.candidates)
        answerable = item.question.kind is not Kind.UNANSWERABLE
        confidence[answerable].append(scored.confidence)
        if answerable:
            order = sorted(range(len(scored.scores)), key=lambda i: -scored.scores[i])[:3]
            best = " ".join(item.candidates[i].text for i in order)
            missing = measures.missing_facts(best, item.question.facts)
            found.append(len(missing) < len(item.question.facts))
    declined = {
        kind: statistics.fmean(value < threshold for value in values)
        for kind, values in confidence.items()
    }
    area = measures.auc(confidence[True], confidence[False])
    return (
        f"{statistics.fmean(found):.3f} | {area:.3f} | {declined[True]:.1%} | {declined[False]:.1%}"
    )


def best_threshold(scorer: EvidenceScorer, asked: Sequence[_Asked]) -> float:
    """Return the confidence that declines the most, wanted less unwanted, on these questions."""
    rows = [
        (scorer.score(item.text, item.candidates).confidence, item.question.kind) for item in asked
    ]
    unanswerable = sum(kind is Kind.UNANSWERABLE for _, kind in rows)

    def gain(limit: float) -> float:
        wanted = sum(value < limit for value, kind in rows if kind is Kind.UNANSWERABLE)
        unwanted = sum(value < limit for value, kind in rows if kind is not Kind.UNANSWERABLE)
        return wanted / unanswerable - unwanted / (len(rows) - unanswerable)

    return max((value for value, _ in rows), key=gain)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scorers", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--index", type=Path, help="an index over the handbook; by default, new")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(flags={"index": options.index or folder})
        with Engine(settings) as engine:
            if options.index is None:
                engine.index([settings.corpus])
            retriever = Retriever(engine.reader, engine.embedder, candidates=settings.candidates)
            words = LexicalScorer(retriever.weigh)
            scorers: dict[str, EvidenceScorer] = {"words": words}
            if engine.models.reranker is not None:
                engine.models.reranker.warm_up()
                scorers[engine.models.reranker.name] = engine.evidence_scorer()
            asked: dict[str, list[_Asked]] = {"dev": [], "test": []}
            for question in read_questions(Path("tests/golden")):
                text = readings(question.question, question.history)[0]
                candidates = list_candidates(engine.search(text), engine.reader.document)
                asked[question.split].append(_Asked(question, text, candidates))
            print(
                "| scorer | threshold | top 3 | AUC | answerable declined | unanswerable declined |"
            )
            print("| --- | --- | --- | --- | --- | --- |")
            for name, scorer in scorers.items():
                limit = best_threshold(scorer, asked["dev"])
                row = measure(scorer, asked[options.split], limit)
                print(f"| {name} | {limit:.3f} | {row} |", flush=True)
            if engine.models.reranker is not None:
                texts = [item.text for row in asked["dev"] for item in row.candidates][:_PAIRS]
                started = time.perf_counter()
                engine.models.reranker.score(asked["dev"][0].text, texts)
                print(f"\n{len(texts)} pairs: {1000 * (time.perf_counter() - started):.0f} ms")


if __name__ == "__main__":
    main()
