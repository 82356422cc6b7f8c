"""Citations of a conversation that is opened again, led to where their words stand now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from rag.conversations import Conversation, Turn
from rag.errors import IndexUnusableError
from rag.types import Citation, Document


def relocated(conversation: Conversation, load: Callable[[str], Document]) -> Conversation:
    """Return the conversation with its citations at the places of the documents of today.

    A citation whose words are no longer in its document gets an empty span; see ``is_gone``.

    Args:
        load: returns a document by name; raises IndexUnusableError where there is none.
    """

    @cache
    def text(name: str) -> str:
        try:
            return load(name).text
        except IndexUnusableError:
            return ""

    return Conversation(conversation.id, tuple(_moved(turn, text) for turn in conversation.turns))


def is_gone(citation: Citation) -> bool:
    """Whether the cited words are no longer in the document."""
    return citation.start == citation.end


def _moved(turn: Turn, text: Callable[[str], str]) -> Turn:
    if turn.answer is None:
        return turn
    citations = tuple(_place(item, text(item.document)) for item in turn.answer.citations)
    return replace(turn, answer=replace(turn.answer, citations=citations))


def _place(citation: Citation, text: str) -> Citation:
    if text[citation.start : citation.end] == citation.quote:
        return citation
    start = text.find(citation.quote)
    if start < 0:
        return replace(citation, start=0, end=0)
    return replace(citation, start=start, end=start + len(citation.quote))
