"""Questions over the translation of their section, from sections and parallel text alike.

Half of the sections are of documentation in both languages, and most of their sentences stand in
the parallel text. So a question about one has an answer in the other language too, which nobody had
to write.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.chunking import under_headings
from rag.sentences import sentence_spans
from training import sources
from training.topics import Row

# Share of a section's text that must be found.
_FOUND = 0.5
_MARKER = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")


@dataclass(frozen=True)
class Unit:
    """`text[start:end]` of a section and what it is in the other language."""

    start: int
    end: int
    translation: str


class Translations:
    """Texts of the parallel data by what they say in the other language."""

    def __init__(self, pairs: Iterable[sources.Pair]) -> None:
        self._other: dict[str, str] = {}
        for pair in pairs:
            self._other.setdefault(_bare(pair.zh), pair.en)
            self._other.setdefault(_bare(pair.en), pair.zh)

    def units(self, text: str) -> list[Unit]:
        """Return the paragraphs and sentences whose translation is known, in order."""
        found: list[Unit] = []
        for line in re.finditer(r"[^\n]+", text):
            marker = _MARKER.match(line.group())
            start = line.start() + (marker.end() if marker else 0)
            whole = self._other.get(_bare(text[start : line.end()]))
            if whole is not None:
                found.append(Unit(start, line.end(), whole))
                continue
            for span in sentence_spans(text[start : line.end()]):
                sentence = text[start + span.start : start + span.end]
                own = self._other.get(_bare(sentence))
                if own is not None:
                    found.append(Unit(start + span.start, start + span.end, own))
        return found

    def units_of_most(self, text: str) -> list[Unit]:
        """Return the same if they are at least half of the text, else none."""
        units = self.units(text)
        covered = sum(unit.end - unit.start for unit in units)
        return units if covered >= _FOUND * max(1, len(text.strip())) else []

    def heading(self, headings: tuple[str, ...]) -> tuple[str, ...]:
        """Return those headings whose translation is known, translated."""
        known = (self._other.get(_bare(heading)) for heading in headings)
        return tuple(heading for heading in known if heading)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def translated_rows(
    questions: Iterable[sources.Question], known: Translations, generator: random.Random
) -> Iterator[Row]:
    """Yield questions with a passage of the translation around the answer."""
    for question in questions:
        units = known.units_of_most(question.context)
        at = _answering(question, units)
        if at is None:
            continue
        passage = _stretch(units, max(0, at - generator.randrange(4)), at)
        headings = known.heading(question.heading_path)
        yield Row(question.q, under_headings(headings, passage), question.context)


def heading_rows(
    sections: Iterable[sources.Section], known: Translations, generator: random.Random
) -> Iterator[Row]:
    """Yield headings with the beginning of their section's translation."""
    for section in sections:
        *above, heading = section.headings or ("",)
        units = known.units_of_most(section.text)
        if len(heading) < 4 or len(section.text) < 120 or not units:
            continue
        query = f"{above[-1]} {heading}" if above and generator.random() < 0.6 else heading
        yield Row(query, _stretch(units, 0, 0), section.text)


def _stretch(units: list[Unit], start: int, least: int, width: int = 1200) -> str:
    """Return the translations from `start` to at least `least`, about `width` bytes."""
    parts: list[str] = []
    for place, unit in enumerate(units[start:], start):
        if place > least and sum(len(part.encode()) for part in parts) > width:
            break
        parts.append(unit.translation)
    return "\n".join(parts)


def _answering(question: sources.Question, units: list[Unit]) -> int | None:
    """Return which unit is the first that holds a part of an answer."""
    for place, unit in enumerate(units):
        if any(unit.start < end and start < unit.end for start, end in question.answers):
            return place
    return None
