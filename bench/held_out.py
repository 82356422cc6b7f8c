"""``python -m bench.held_out``: written questions that no model was trained on, over open data.

The sections of the split `dev` are indexed among others. Asked are questions and near misses that
stand by themselves, and follow-ups twice: after the question before them, and written out by hand,
which is what the best rewriting could reach.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import tempfile
from collections.abc import Sequence, Set
from pathlib import Path

from rag.engine import Engine
from rag.settings import Settings, go_offline
from rag.types import Answer, Message, Role
from training import sources


def write_sections(folder: Path, sections: Sequence[sources.Section]) -> None:
    """Write each section as a Markdown file under its headings, named by its id."""
    for section in sections:
        headings = "".join(
            f"{'#' * level} {heading}\n\n"
            for level, heading in enumerate(section.headings[:6], start=1)
        )
        (folder / f"{section.id}.md").write_text(headings + section.text + "\n", encoding="utf-8")


def write_among(
    folder: Path, sections: Sequence[sources.Section], wanted: Set[str], others: int
) -> None:
    """Write the sections whose text is ``wanted``, and so many others, the same in every run."""
    rest = [section for section in sections if section.text not in wanted]
    own = [section for section in sections if section.text in wanted]
    write_sections(folder, own + random.Random(3).sample(rest, others))


def cites_an_answer(answer: Answer, question: sources.Question) -> bool:
    """Whether a citation holds one of the sentences that answer, or a part of one."""
    right = [question.context[start:end] for start, end in question.answers]
    return any(c.quote in text or text in c.quote for c in answer.citations for text in right)


def measure(
    engine: Engine, answered: Sequence[sources.Question], near: Sequence[sources.Question]
) -> str:
    """Return a row of the table for questions asked as they stand in ``q``, after ``before``."""

    def ask(question: sources.Question) -> Answer:
        history = [Message(Role.USER, question.before)] if question.before else []
        return engine.ask(question.q, history=history)

    found = [(question, ask(question)) for question in answered]
    right = statistics.fmean(cites_an_answer(answer, question) for question, answer in found)
    declined = statistics.fmean(answer.abstained for _, answer in found)
    refused = statistics.fmean(ask(question).abstained for question in near)
    return f"{len(answered)} | {right:.1%} | {declined:.1%} | {len(near)} | {refused:.1%}"


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--others", type=int, default=1000, help="sections indexed beside")
    parser.add_argument("--scorer", help="a catalogue name or folder; by default, as settings say")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    sections = sources.read_sections(options.data)
    plain = sources.read_written(sections, split="dev")
    followed = sources.read_followups(sections, split="dev")
    wanted = {question.context for part in (*plain, *followed) for question in part}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "sections"
        corpus.mkdir()
        write_among(corpus, sections, wanted, options.others)
        flags = {"index": Path(folder) / "index"}
        if options.scorer:
            flags["scorer"] = options.scorer
        with Engine(Settings.load(flags=flags)) as engine:
            engine.index([corpus])
            rows = {
                "by itself": plain,
                "follow-up, after the question before": followed,
                "follow-up, written out by hand": tuple(
                    [item.written_out() for item in part] for part in followed
                ),
            }
            print(
                "| asked | questions | right sentence cited | declined | near misses | declined |\n"
                "| --- | --- | --- | --- | --- | --- |"
            )
            for name, (answered, near) in rows.items():
                print(f"| {name} | {measure(engine, answered, near)} |", flush=True)


if __name__ == "__main__":
    main()
