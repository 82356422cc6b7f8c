"""Conversations as values: questions, what became of them, and what the reader thought of it.

Knows nothing of how they are kept or shown.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rag.types import Answer, Message, Role


class Rating(StrEnum):
    """What a reader thought of an answer."""

    NONE = ""
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it.

    ``answer`` is missing where the answer was stopped or failed; ``written`` is then what there
    was of its text. ``note`` is the reader's, on the answer. ``is_here``: it is, or was, answered
    in the page that shows it, which alone may stop it.
    """

    id: str
    question: str
    answer: Answer | None = None
    written: str = ""
    rating: Rating = Rating.NONE
    note: str = ""
    is_here: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in the order they were asked."""

    id: str
    turns: tuple[Turn, ...] = ()

    def turn(self, turn_id: str) -> Turn | None:
        """Return the turn of that id."""
        return next((turn for turn in self.turns if turn.id == turn_id), None)

    def before(self, turn_id: str) -> Conversation:
        """Return the conversation up to, and without, the turn of that id."""
        kept: list[Turn] = []
        for turn in self.turns:
            if turn.id == turn_id:
                break
            kept.append(turn)
        return Conversation(self.id, tuple(kept))

    def with_turn(self, turn: Turn) -> Conversation:
        """Return the conversation with ``turn`` in the place of its id, or at the end."""
        if self.turn(turn.id) is None:
            return Conversation(self.id, (*self.turns, turn))
        changed = (turn if item.id == turn.id else item for item in self.turns)
        return Conversation(self.id, tuple(changed))

    def messages(self) -> list[Message]:
        """Return the answered turns as a model's history."""
        return [
            message
            for turn in self.turns
            if turn.answer is not None
            for message in (
                Message(Role.USER, turn.question),
                Message(Role.ASSISTANT, turn.answer.text),
            )
        ]


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as it is listed; ``changed_at`` is when it was last asked in, in UTC."""

    id: str
    title: str
    changed_at: datetime
    turns: int


def new_id() -> str:
    """Return an id that nobody else has."""
    return uuid.uuid4().hex
