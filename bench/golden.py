"""``make eval``: score the golden questions on the handbook, by language and kind.

The handbook is indexed afresh with the settings in force, then every question of a split is asked
and scored as `rag eval` does. --generated asks as many drafted questions more and counts the
sentences that do not stand word for word in what they cite. --plain asks every Nth question of a
plain pipeline (bench/plain.py) with the same LLM in the same run.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path

from bench.plain import PlainPipeline
from bench.plain import table as plain_table
from rag.documents import walk
from rag.engine import Engine
from rag.evaluation import draft_questions, evaluate, read_questions
from rag.evaluation.html_report import html
from rag.evaluation.measures import verbatim
from rag.evaluation.tables import markdown, report_to_json
from rag.settings import Settings, go_offline

GOLDEN = Path("tests/golden")


def count_verbatim(engine: Engine, count: int) -> str:
    """Ask drafted questions and say how many sentences were not word for word what is cited."""
    asked = sentences = wrong = 0
    for question in draft_questions(engine, count):
        answer = engine.ask(question.question)
        checks = verbatim(answer, engine.reader.document)
        asked, sentences, wrong = asked + 1, sentences + len(checks), wrong + checks.count(False)
    return f"{asked} drafted questions, {sentences} sentences, {wrong} not verbatim in their span"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.golden", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--json", type=Path, help="write everything as JSON")
    parser.add_argument("--html", type=Path, help="write a report to read")
    parser.add_argument("--generated", type=int, default=0, help="drafted questions to ask too")
    parser.add_argument("--plain", type=int, default=0, metavar="N", help="plain, every Nth one")
    arguments = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    questions = [item for item in read_questions(GOLDEN) if item.split == arguments.split]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(flags={"index": folder})
        with Engine(settings) as engine:
            engine.index([settings.corpus])
            report = evaluate(engine, questions)
            print(markdown(report), flush=True)
            if arguments.generated:
                print("\n" + count_verbatim(engine, arguments.generated), flush=True)
            if arguments.plain:
                plain = PlainPipeline([file.path for file in walk([settings.corpus])], engine.llm)
                sample = questions[:: arguments.plain]
                print(f"\nPlain pipeline, {len(sample)} of the questions:\n")
                print(plain_table([plain.ask(question) for question in sample]))
    if arguments.json:
        arguments.json.write_text(json.dumps(report_to_json(report), ensure_ascii=False, indent=1))
    if arguments.html:
        arguments.html.write_text(html(report, f"golden questions, {arguments.split}"))


if __name__ == "__main__":
    main()
