"""``make eval``: score the golden questions on the handbook, by language and kind.

The handbook is indexed afresh with the settings in force, then every question of a split is asked
and scored as `rag eval` does.
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

GOLDEN = Path("tests/golden")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.golden", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--json", type=Path, help="write everything as JSON")
    parser.add_argument("--html", type=Path, help="write a report to read")
    arguments = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    questions = [item for item in read_questions(GOLDEN) if item.split == arguments.split]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(flags={"index": folder})
        with Engine(settings) as engine:
            engine.index([settings.corpus])
            report = evaluate(engine, questions)
    print(markdown(report))
    if arguments.json:
        arguments.json.write_text(json.dumps(report_to_json(report), ensure_ascii=False, indent=1))
    if arguments.html:
        arguments.html.write_text(html(report, f"Golden questions, split {arguments.split}"))


if __name__ == "__main__":
    main()
