"""Keeps brackets that a text has of its own (``arr[1]``, ``[0, 1]``) from being read as markers."""

from __future__ import annotations

# Of the private use area, so that no text has it.
_OPEN = "\ue000"


def protected(bracket: str) -> str:
    """Return the text with its opening brackets put away."""
    return bracket.replace("[", _OPEN)


def restored(text: str) -> str:
    """Return the text with the brackets that were put away."""
    return text.replace(_OPEN, "[")
