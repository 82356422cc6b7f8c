"""``rag eval``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import collection_option, settings_options
from rag.errors import QuestionError
from rag.settings import Settings
from rag.types import Language

if TYPE_CHECKING:
    from rag.engine import Engine


@click.command("eval")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--split", help="only the questions of this split")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="write all as JSON")
@click.option("--html", "html_file", type=click.Path(path_type=Path), help="write a report to read")
@click.option(
    "--html-language",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="language of that report",
)
@click.option("--make-questions", type=click.IntRange(1), help="draft N questions into QUESTIONS")
@settings_options("index", "k", "llm", "embedder", "mode", "models", "threads", "min_confidence")
@collection_option()
def evaluate(
    questions: Path,
    split: str | None,
    json_file: Path | None,
    html_file: Path | None,
    html_language: str,
    make_questions: int | None,
    settings: Settings,
) -> int:
    """Score the answers to QUESTIONS (JSON Lines, or a folder of them) over the index.

    A line is {"q": "…"} and, as far as known, "kind" (answerable, unanswerable, followup),
    "history", "sections" (anchors or headings), "documents" and "facts" (texts that an answer
    must contain, each a list of accepted spellings). With --make-questions a set is drafted first.
    """
    from rich.console import Console
    from rich.progress import Progress

    from rag.engine import Engine
    from rag.evaluation import tables
    from rag.evaluation.html_report import html
    from rag.evaluation.outcomes import evaluate as run
    from rag.evaluation.questions import read_questions

    for file in filter(None, (json_file, html_file, questions if make_questions else None)):
        if not file.absolute().parent.is_dir():
            raise QuestionError(f"cannot write {file}: there is no folder {file.parent}")
    with Engine(settings) as engine:
        if make_questions:
            _draft(engine, questions, make_questions)
            return 0
        chosen = [item for item in read_questions(questions) if split in (None, item.split)]
        if not chosen:
            raise QuestionError(
                f"{questions} holds no questions" + (f" of split {split}" if split else "")
            )
        if empty := next((item for item in chosen if not item.question.strip()), None):
            raise QuestionError(f"{questions}: question {empty.id} is empty")
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("Asking", total=len(chosen))
            report = run(engine, chosen, on_outcome=lambda _: bar.advance(task))
    click.echo(tables.markdown(report))
    if json_file:
        text = json.dumps(tables.report_to_json(report), ensure_ascii=False, indent=1)
        json_file.write_text(text + "\n", encoding="utf-8")
    if html_file:
        page = html(report, questions.name, Language(html_language))
        html_file.write_text(page, encoding="utf-8")
        click.echo(f"report: {html_file}", err=True)
    return 0


def _draft(engine: Engine, path: Path, count: int) -> None:
    from rag.evaluation.drafting import draft_questions
    from rag.evaluation.questions import question_row

    if path.exists():
        raise QuestionError(f"{path} exists already; name a new file for the drafted questions")
    drafted = list(draft_questions(engine, count))
    with path.open("w", encoding="utf-8") as file:
        for question in drafted:
            file.write(json.dumps(question_row(question), ensure_ascii=False) + "\n")
    click.echo(f"drafted {len(drafted)} questions into {path}; read and correct them before use")
