"""Headings of documents that can be asked as they stand."""

from __future__ import annotations

import re

from rag.types import Language, Section

_LONGEST = {Language.ZH: 34, Language.EN: 80, Language.OTHER: 80}
_QUESTION = re.compile(r"[?？]$")
# A heading that points back at the text before it says nothing alone.
_POINTS_BACK = re.compile(r"\b(it|its|they|them|this|these|those)\b|它|这[个种些]?|上述", re.I)


def asked_by(section: Section, language: Language) -> str:
    """Return the question that a section's heading asks by itself; "" if it asks none."""
    heading = section.heading_path[-1] if section.heading_path else ""
    if not _QUESTION.search(heading) or len(heading) > _LONGEST[language]:
        return ""
    return "" if _POINTS_BACK.search(heading) else heading
