"""``rag ask`` and ``rag answer-file``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.cli.options import (
    FAILED,
    NOTHING_RELEVANT,
    collection_option,
    print_json,
    settings_options,
)
from rag.errors import QuestionError
from rag.settings import Settings


@click.command("ask")
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@click.option("--history", type=click.Path(path_type=Path), help="JSON list of earlier turns")
@settings_options("index", "k", "llm", "embedder", "mode", "models", "threads", "min_confidence")
@collection_option()
def ask(question: str, as_json: bool, history: Path | None, settings: Settings) -> int:
    """Answer QUESTION from the index. Exit code 3: nothing relevant was found."""
    from rag.cli.rendering import AnswerPrinter
    from rag.conversation import read_history
    from rag.engine import Engine
    from rag.serialization import answer_to_json

    turns = read_history(history) if history else []
    with Engine(settings) as engine:
        if as_json:
            answer = engine.ask(question, history=turns)
            print_json(answer_to_json(answer))
        else:
            printer = AnswerPrinter()
            answer = printer.show(engine.stream(question, history=turns))
    return NOTHING_RELEVANT if answer.abstained else 0


@click.command("answer-file")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line (the only form)")
@settings_options("index", "k", "llm", "embedder", "mode", "models", "threads", "min_confidence")
@collection_option()
def answer_file(questions: Path, as_json: bool, settings: Settings) -> int:
    """Answer every line of QUESTIONS: {"id": …, "q": …, "history": […]}, in order.

    A question that fails yields a line with its "error"; the others go on, and the exit code is 1.
    """
    from rag.engine import Engine
    from rag.evaluation.questions import read_questions
    from rag.serialization import answer_to_json

    del as_json
    failed = False
    with Engine(settings) as engine:
        _ = engine.reader  # a missing index is one error, not one a question
        for row in read_questions(questions):
            try:
                answer = engine.ask(row.question, history=row.history)
                print_json({"id": row.id, **answer_to_json(answer)})
            except QuestionError as error:
                failed = True
                print_json({"id": row.id, "question": row.question, "error": str(error)})
            sys.stdout.flush()
    return FAILED if failed else 0
