"""``make eval``: score the golden questions on the handbook, by language and kind.

Asks every question of a split through the engine, as ``rag answer-file`` does, and prints a
Markdown table. Measures:

- section@1, section@3: a named section is the first passage, or among the first three;
- cited: an answer's citation lies in a named section (share of citations);
- facts: share of the facts that the answer contains in one of their accepted spellings;
- declined: share of questions not answered (right for unanswerable, wrong for the others).
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.conversation import parse_history
from rag.engine import Engine
from rag.segmentation import normalize
from rag.settings import Settings, go_offline
from rag.types import Answer, Message

GOLDEN = Path("tests/golden")


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A row of ``tests/golden/*.jsonl``; ``facts`` are lists of accepted spellings."""

    id: str
    language: str
    kind: str
    split: str
    question: str
    history: tuple[Message, ...]
    sections: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one golden question."""

    question: GoldenQuestion
    answer: Answer

    @property
    def rank(self) -> int | None:
        """Rank of the first passage from a named section, counted from 1."""
        anchors = [hit.stored.chunk.anchor for hit in self.answer.hits]
        ranks = [
            anchors.index(anchor) + 1 for anchor in self.question.sections if anchor in anchors
        ]
        return min(ranks, default=None)

    @property
    def fact_share(self) -> float:
        """Share of the facts that stand in the answer."""
        return fact_share(self.answer.text, self.question.facts)


def fact_share(text: str, facts: Sequence[Sequence[str]]) -> float:
    """Return the share of ``facts`` of which one spelling stands in ``text``; 1.0 for none."""
    if not facts:
        return 1.0
    haystack = "".join(normalize(text).split())
    found = [
        any("".join(normalize(spelling).split()) in haystack for spelling in spellings)
        for spellings in facts
    ]
    return sum(found) / len(found)


def read_golden(folder: Path = GOLDEN) -> list[GoldenQuestion]:
    """Read every golden question, in the files' order."""
    questions: list[GoldenQuestion] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            questions.append(
                GoldenQuestion(
                    id=row["id"],
                    language=row["lang"],
                    kind=row["kind"],
                    split=row["split"],
                    question=row["q"],
                    history=tuple(parse_history(row["history"], origin=row["id"])),
                    sections=tuple(row["sections"]),
                    facts=tuple(tuple(spellings) for spellings in row["facts"]),
                )
            )
    return questions


def ask_all(engine: Engine, questions: Iterable[GoldenQuestion]) -> list[Outcome]:
    """Ask every question."""
    return [
        Outcome(question, engine.ask(question.question, history=question.history))
        for question in questions
    ]


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the scores by language and kind as a Markdown table."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.question.language, outcome.question.kind), []).append(outcome)
    lines = [
        "| language | kind | n | section@1 | section@3 | cited | facts | declined |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (language, kind), group in sorted(groups.items()):
        declined = _percent(statistics.mean(outcome.answer.abstained for outcome in group))
        if kind == "unanswerable":
            lines.append(f"| {language} | {kind} | {len(group)} | | | | | {declined} |")
            continue
        cells = [
            _percent(statistics.mean(outcome.rank == 1 for outcome in group)),
            _percent(statistics.mean((outcome.rank or 99) <= 3 for outcome in group)),
            _cited(group),
            _percent(statistics.mean(outcome.fact_share for outcome in group)),
            declined,
        ]
        lines.append(f"| {language} | {kind} | {len(group)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cited(group: Sequence[Outcome]) -> str:
    inside = [
        citation.anchor in outcome.question.sections
        for outcome in group
        for citation in outcome.answer.citations
    ]
    return _percent(statistics.mean(inside)) if inside else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.golden", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--failures", action="store_true", help="list the questions that failed")
    arguments = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    questions = [item for item in read_golden() if item.split == arguments.split]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(flags={"index": folder})
        with Engine(settings) as engine:
            engine.index([settings.corpus])
            outcomes = ask_all(engine, questions)
    print(table(outcomes))
    totals = [outcome.answer.timings.total for outcome in outcomes]
    print(f"\nmedian answer {statistics.median(totals):.0f} ms")
    if arguments.failures:
        _list_failures(outcomes)


def _list_failures(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        question, answer = outcome.question, outcome.answer
        is_wrong = (
            answer.abstained != (question.kind == "unanswerable")
            or (question.kind != "unanswerable" and outcome.rank != 1)
            or (question.kind != "unanswerable" and outcome.fact_share < 1)
        )
        if is_wrong:
            relevance = answer.hits[0].scores.relevance if answer.hits else 0
            first = answer.hits[0].stored.chunk.anchor if answer.hits else "-"
            print(
                f"{question.id} [{question.kind}] {question.question} -> {first} "
                f"(rank {outcome.rank}, relevance {relevance:.2f}, facts {outcome.fact_share:.2f}, "
                f"declined {answer.abstained}; wanted {','.join(question.sections)})"
            )


if __name__ == "__main__":
    main()
