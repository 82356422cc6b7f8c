"""Raised digits as Unicode has them: without their height, 10 to the sixth would read as 106."""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_NUMBER = re.compile(r"\s*[+\-−]?\d{1,4}[+\-−]?\s*")


def raised(text: str) -> str:
    """Return what stands in superscript: a number raised, anything else as it is."""
    return text.translate(_RAISED) if _NUMBER.fullmatch(text) else text
