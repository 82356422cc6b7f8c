"""Question sets: JSON Lines, one question a line, with as much of the right answer as is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rag.conversation import parse_history
from rag.errors import QuestionError
from rag.language import detect_language
from rag.types import Message


class Kind(StrEnum):
    """What is expected of an answer."""

    ANSWERABLE = "answerable"
    UNANSWERABLE = "unanswerable"
    FOLLOWUP = "followup"


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    """A question and what is known of its answer.

    ``sections`` are anchors or headings, ``documents`` names; a passage from any of the sections is
    right, in one of the documents where both are given.
    ``facts`` are lists of accepted spellings, one of each belongs into the answer. ``split`` is
    free for the owner's use ("dev", "test"), and so is ``note``. What is empty is not scored.
    """

    id: str
    question: str
    language: str
    kind: Kind
    history: tuple[Message, ...] = ()
    sections: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    split: str = ""
    note: str = ""


def read_questions(path: Path) -> list[EvaluationQuestion]:
    """Read a question set, or every ``*.jsonl`` of a folder in the order of their names.

    A line needs ``q``; ``id``, ``lang``, ``kind``, ``history``, ``sections``, ``documents``,
    ``facts``, ``split`` and ``note`` may be given.

    Raises:
        QuestionError: it cannot be read, or a line is not of that form.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise QuestionError(f"no *.jsonl files in {path}")
    return [question for file in files for question in _read(file)]


def parse_questions(text: str, origin: str) -> list[EvaluationQuestion]:
    """Read a question set from its text.

    Args:
        origin: where the text is from, for messages.

    Raises:
        QuestionError: a line is not of the form that ``read_questions`` wants.
    """
    return list(_parse(text, origin))


def question_row(question: EvaluationQuestion) -> dict[str, Any]:
    """Return a question as the object of its line; ``parse_questions`` reads it again."""
    row: dict[str, Any] = {
        "id": question.id,
        "lang": question.language,
        "kind": question.kind.value,
        "q": question.question,
        "sections": list(question.sections),
        "documents": list(question.documents),
        "facts": [list(fact) for fact in question.facts],
    }
    return row


def _read(path: Path) -> Iterator[EvaluationQuestion]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"cannot read questions {path}: {error}") from error
    yield from _parse(text, str(path))


def _parse(text: str, origin: str) -> Iterator[EvaluationQuestion]:
    # Not splitlines(): it also splits at characters that may stand in a JSON text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{origin}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise QuestionError(f"{where} is not valid JSON: {error}") from error
        if not isinstance(row, dict) or not isinstance(row.get("q"), str):
            raise QuestionError(f'{where} must be an object with "q", the question')
        yield _question(row, number, where)


def _question(row: Mapping[str, Any], number: int, where: str) -> EvaluationQuestion:
    history = tuple(parse_history(row.get("history") or [], origin=where))
    kind = row.get("kind") or (Kind.FOLLOWUP if history else Kind.ANSWERABLE)
    if not isinstance(kind, str) or kind not in set(Kind):
        known = ", ".join(Kind)
        raise QuestionError(f"{where} has kind {kind!r}; expected one of {known}")
    return EvaluationQuestion(
        id=str(row.get("id", number)),
        question=row["q"],
        language=str(row.get("lang") or detect_language(row["q"]).value),
        kind=Kind(kind),
        history=history,
        sections=_texts(row.get("sections"), "sections", where),
        documents=_texts(row.get("documents"), "documents", where),
        facts=tuple(
            (fact,) if isinstance(fact, str) else _texts(fact, "facts", where)
            for fact in _list(row.get("facts"), "facts", where)
        ),
        split=str(row.get("split") or ""),
        note=str(row.get("note") or ""),
    )


def _list(value: object, name: str, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise QuestionError(f"{where}: {name} must be a list")
    return value


def _texts(value: object, name: str, where: str) -> tuple[str, ...]:
    found = _list(value, name, where)
    if not all(isinstance(item, str) for item in found):
        raise QuestionError(f"{where}: {name} must hold texts only")
    return tuple(found)
