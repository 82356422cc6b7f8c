"""What readers thought of answers, as a question set that ``rag eval`` reads.

One JSON object a line, one line an answer: rating it again replaces its line. Only what a rating
says of the right answer is written down. A good answer names the sections it cited, a good refusal
is of a question that the documents do not answer; of a bad answer nothing is known but that there
should be one, and what the reader noted. ``split`` is "up" or "down", so that either can be scored
alone.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.atomic_file import write_atomically
from rag.conversations import Rating, Turn
from rag.errors import ConversationError
from rag.evaluation.questions import Kind
from rag.language import detect_language
from rag.types import Message

FILE_NAME = "feedback.jsonl"

Row = dict[str, Any]


class FeedbackFile:
    """The ratings of an index folder. Several threads may use it."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is made before something is rated."""
        self._path = folder / FILE_NAME
        self._lock = threading.Lock()

    def put(self, turn: Turn, history: Sequence[Message]) -> None:
        """Write the rating of a turn down, or take it out where it was taken back.

        Args:
            history: what was said before the turn.

        Raises:
            ConversationError: the file cannot be read or written.
        """
        with self._lock:
            try:
                lines = [line for line in self._lines() if _id(line) != turn.id]
                if turn.answer is not None and turn.rating is not Rating.NONE:
                    lines.append(json.dumps(feedback_row(turn, history), ensure_ascii=False))
                self._replace(lines)
            except (OSError, UnicodeError) as error:
                raise ConversationError(
                    f"the rating could not be written to {self._path}: {error}; check the "
                    "folder's permissions and disk space"
                ) from error

    def _lines(self) -> list[str]:
        if not self._path.exists():
            return []
        # Only "\n" ends a line of JSON Lines; splitlines() knows others, which may stand in texts.
        return [line for line in self._path.read_text(encoding="utf-8").split("\n") if line.strip()]

    def _replace(self, lines: Sequence[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, "".join(f"{line}\n" for line in lines).encode())


def feedback_row(turn: Turn, history: Sequence[Message]) -> Row:
    """Return the line of a rated answer; see ``read_questions`` for the keys."""
    good = turn.answer is not None and turn.rating is Rating.UP
    declined = turn.answer is not None and turn.answer.abstained
    answerable = not (good and declined)
    citations = turn.answer.citations if turn.answer is not None and good else ()
    row: Row = {
        "id": turn.id,
        "lang": detect_language(turn.question).value,
        "kind": (Kind.ANSWERABLE if answerable else Kind.UNANSWERABLE).value,
        "q": turn.question,
        "sections": list(dict.fromkeys(item.anchor for item in citations if item.anchor)),
        "documents": list(dict.fromkeys(item.document for item in citations)),
        "split": turn.rating.value,
        "note": turn.note,
    }
    if history:
        row["history"] = [{"role": item.role.value, "content": item.content} for item in history]
        if answerable:
            row["kind"] = Kind.FOLLOWUP.value
    return row


def _id(line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return ""  # somebody's own line: it stays as it is
    return str(row.get("id", "")) if isinstance(row, dict) else ""
