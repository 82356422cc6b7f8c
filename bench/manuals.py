"""How well questions over real manuals are answered, in Chinese, English and across them.

    bench/manuals.sh FOLDER
    python -m bench.manuals FOLDER

The questions were written by readers of the manuals' text who knew nothing of the program, most in
other words than the manuals'; more than half of those that nothing answers are near misses. They
are for development: weights of retrieval and of evidence were set with them in sight.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path

from rag.engine import Engine
from rag.evaluation import evaluate, read_questions
from rag.evaluation.html_report import html
from rag.evaluation.tables import markdown, report_to_json
from rag.settings import Settings, go_offline

QUESTIONS = Path("bench/data/manual_questions.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.manuals", description=__doc__)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("--json", type=Path, help="write everything as JSON")
    parser.add_argument("--html", type=Path, help="write a report to read")
    arguments = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(Settings.load(flags={"index": folder})) as engine,
    ):
        engine.index([arguments.manuals])
        report = evaluate(engine, read_questions(QUESTIONS))
    print(markdown(report))
    if arguments.json:
        arguments.json.write_text(json.dumps(report_to_json(report), ensure_ascii=False, indent=1))
    if arguments.html:
        arguments.html.write_text(html(report, "questions over manuals"))


if __name__ == "__main__":
    main()
