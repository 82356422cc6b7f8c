"""A conversation as HTML: its questions, their answers, and what could be asked next."""

from __future__ import annotations

from collections.abc import Sequence

from rag.conversations import Conversation, Turn
from rag.types import Evidence
from rag.ui import answer_view as view
from rag.ui.icons import PENCIL
from rag.ui.markup import escape, prose
from rag.ui.texts import Texts

LONGEST_QUESTION = 4000


def welcome(texts: Texts, examples: Sequence[str]) -> str:
    """Return what stands in the place of a conversation before its first question."""
    return (
        f'<section class="welcome"><h2>{escape(texts.welcome)}</h2>'
        f'<div class="offered">{offered(texts, examples)}</div></section>'
    )


def offered(texts: Texts, examples: Sequence[str]) -> str:
    """Return the questions to begin with, "" where there are none."""
    return f"<p>{escape(texts.examples)}</p><div>{_buttons(examples)}</div>" if examples else ""


def conversation(
    texts: Texts, shown: Conversation, *, last: str = "", followups: Sequence[str] = ()
) -> str:
    """Return a conversation.

    Args:
        last: what stands in the place of the last turn's answer, where that is still to come.
        followups: questions offered under the last answer.
    """
    turns = [_turn(texts, turn, _answer(texts, turn)) for turn in shown.turns[:-1]]
    if shown.turns:
        turn = shown.turns[-1]
        turns.append(_turn(texts, turn, last or _answer(texts, turn)))
    next_ones = (
        f'<section class="followups"><h3>{escape(texts.followups)}</h3>'
        f"<div>{_buttons(followups)}</div></section>"
        if followups
        else ""
    )
    inside = "".join(turns) + next_ones
    return f'<div class="turns" data-conversation="{escape(shown.id)}">{inside}</div>'


def waiting(texts: Texts, ahead: int) -> str:
    """Return an answer's place while others are answered first."""
    return _pending(texts.waiting.format(count=ahead))


def pending(texts: Texts, evidence: Sequence[Evidence], so_far: str) -> str:
    """Return an answer that is being written; before its first word, what is being read."""
    if so_far:
        return f'<div class="answer pending"><p>{prose(so_far)}</p></div>'
    sections = {item.hit.section for item in evidence}
    return _pending(texts.reading.format(count=len(sections)) if sections else "…")


def failed(texts: Texts, turn: Turn, reason: str) -> str:
    """Return an answer's place when there is none, with the reason and another try."""
    return view.failure(texts, reason) + f'<div class="actions">{view.again(texts, turn)}</div>'


def _pending(note: str) -> str:
    return f'<div class="answer pending"><p class="note" role="status">{escape(note)}</p></div>'


def _answer(texts: Texts, turn: Turn) -> str:
    if turn.answer is not None:
        return view.answer(texts, turn, turn.answer)
    written = f"<p>{prose(turn.written)}</p>" if turn.written else ""
    return (
        f'<article class="answer unfinished">{written}<footer><span>{escape(texts.stopped)}</span>'
        f'<div class="actions">{view.again(texts, turn)}</div></footer></article>'
    )


def _turn(texts: Texts, turn: Turn, answer: str) -> str:
    label = escape(texts.edit)
    return (
        f'<section class="turn" data-turn="{escape(turn.id)}"><div class="asked">'
        f'<h2 class="question">{escape(turn.question)}</h2>'
        f'<button type="button" class="edit" aria-label="{label}" title="{label}">{PENCIL}</button>'
        f"</div>{_edit_form(texts, turn)}{answer}</section>"
    )


def _edit_form(texts: Texts, turn: Turn) -> str:
    return (
        f'<form class="edit-form" hidden><textarea rows="2" maxlength="{LONGEST_QUESTION}" '
        f'required aria-label="{escape(texts.edit)}">{escape(turn.question)}</textarea>'
        f'<p class="note">{escape(texts.edit_drops)}</p><div class="actions">'
        f'<button type="submit" class="primary">{escape(texts.send)}</button>'
        f'<button type="button" class="cancel">{escape(texts.cancel)}</button></div></form>'
    )


def _buttons(questions: Sequence[str]) -> str:
    return "".join(
        f'<button type="button" class="example" data-question="{escape(question)}">'
        f"{escape(question)}</button>"
        for question in questions
    )
