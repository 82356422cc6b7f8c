"""A follow-up as one question: the question before it, an arrow, and itself.

The evidence scorer has learned to read it so. What is asked for, and in which language, only the
last part says; what it is about, all of them.
"""

from __future__ import annotations

AFTER = " → "


def put_after(earlier: str, question: str) -> str:
    """Return ``question`` as it is read after ``earlier``."""
    return f"{earlier}{AFTER}{question}"


def asked_last(question: str) -> str:
    """Return what is asked in the end."""
    return question.rsplit(AFTER, 1)[-1]
