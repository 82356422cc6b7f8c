"""Groups of texts from which the evidence scorer learns: one answers the question, the rest do not.

The wrong ones are other sentences of the same section and sentences of sections that the embedder
takes for near; for a question that nearly matches all are wrong. Some of the questions written for
this project are asked twice: by themselves, and after another question about the same section, as
`readings` puts a follow-up. What answers the earlier question is then wrong.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from rag.chunking import under_headings
from rag.segmentation import terms
from training import sources
from training.contrasting import passage
from training.encoder import Encoder
from training.reading import holds, sentences_as_read

_logger = logging.getLogger(__name__)
SIZE = 6
_PASSAGE_SHARE = 0.2
# Share of the wrong sentences that are chosen for their words in common with the question.
_HARD_SHARE = 0.7
_OPEN_CHINESE = 5000
# Share of the written questions that are asked after another one too.
_AFTER_SHARE = 0.35


@dataclass(frozen=True)
class Group:
    """A question and texts of which the first `positives` answer it."""

    question: str
    texts: tuple[str, ...]
    positives: int


def make_groups(
    data: Path,
    encoder: Encoder,
    seed: int = 9,
    *,
    most_open: int = 10**9,
    pool: int = 9000,
    only_tempting: bool = False,
    size: int = SIZE,
    open_chinese: int = _OPEN_CHINESE,
) -> list[Group]:
    """Return the training groups, shuffled.

    Args:
        encoder: finds the sections that are near.
        most_open: cap on the questions of open sets for each language; by default all that fit.
        pool: sections, beside those that questions are about, among which near ones are looked for.
        only_tempting: of the questions written here, take those with near misses made to tempt.
        size: texts of a group.
        open_chinese: cap on the Chinese questions of open sets alone.
    """
    generator = random.Random(seed)
    sections = sources.read_sections(data)
    answered, near = sources.read_written(sections, only_tempting=only_tempting)
    followed, followed_near = sources.read_followups(sections)
    before = by_context(answered)
    open_rows = sources.read_answered(data)
    generator.shuffle(open_rows)
    latin = [row for row in open_rows if row.lang == "en"][:most_open]
    chinese = [row for row in open_rows if row.lang == "zh"][: min(open_chinese, most_open)]

    def again(questions: list[sources.Question]) -> list[sources.Question]:
        return [question for question in questions if generator.random() < _AFTER_SHARE]

    asked = [
        *answered,
        *(after_another(question, before, generator) for question in again(answered)),
        *followed * 2,
    ]
    questions = asked + latin + chinese
    nearly = [
        *near,
        *(after_another(question, before, generator) for question in again(near)),
        *followed_near * 2,
    ]
    neighbours = Neighbours(encoder, questions + nearly, sections, generator, pool)
    groups = [
        group
        for question in questions
        if (group := _answered_group(question, neighbours, generator, size)) is not None
    ]
    for question in nearly:
        texts = [under_headings(question.headings, t) for t in _sentences(question.context)]
        texts = hardest_first(question.full, texts, generator)[: size - 2]
        texts += neighbours.sentences(question, size - len(texts))
        if generator.random() < _PASSAGE_SHARE:
            texts[0] = under_headings(question.headings, passage(question_at(question), generator))
        groups.append(Group(question.full, tuple(texts[:size]), 0))
    generator.shuffle(groups)
    _logger.info("%d groups, %d of near misses", len(groups), len(nearly))
    return groups


def question_at(question: sources.Question) -> sources.Question:
    """Return a near miss with a span, so that a passage can be cut from its context."""
    return replace(question, answers=((0, 1),))


def by_context(
    questions: Sequence[sources.Question],
) -> dict[str, list[sources.Question]]:
    """Return the questions of each context."""
    found: dict[str, list[sources.Question]] = {}
    for question in questions:
        found.setdefault(question.context, []).append(question)
    return found


def after_another(
    question: sources.Question,
    questions: dict[str, list[sources.Question]],
    generator: random.Random,
) -> sources.Question:
    """Return the question as it is read after another one about its section, if there is one."""
    others = [item for item in questions.get(question.context, ()) if item.q != question.q]
    return replace(question, before=generator.choice(others).q) if others else question


def _sentences(text: str) -> list[str]:
    return [in_context for _, in_context in sentences_as_read(text) if len(in_context) > 3]


def hardest_first(question: str, texts: Sequence[str], generator: random.Random) -> list[str]:
    """Return the texts shuffled; mostly, those with the most of the question's words come first."""
    shuffled = list(texts)
    generator.shuffle(shuffled)
    if generator.random() < _HARD_SHARE:
        asked = _terms(question)
        shuffled.sort(key=lambda text: -len(asked & _terms(text)))
    return shuffled


@lru_cache(maxsize=400_000)
def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _headings(question: sources.Question) -> list[str]:
    return [part for heading in question.headings for part in heading.split(" > ")]


def _answered_group(
    question: sources.Question, neighbours: Neighbours, generator: random.Random, size: int
) -> Group | None:
    headings = question.heading_path
    if generator.random() < 0.3:
        headings = ()
    right, wrong = split_texts(question, headings)
    if not right:
        return None
    # Most of the words of a question with its forerunner are the forerunner's: what answers that
    # one comes first.
    wrong = hardest_first(question.full, wrong, generator)
    if generator.random() < _PASSAGE_SHARE:
        chosen = under_headings(headings, passage(question, generator))
        others = neighbours.passages(question, size - 1)
    else:
        # The first sentence of a long answer is the one that stands by itself.
        chosen = right[0]
        others = wrong[: size // 2] + neighbours.sentences(question, size - 1)
    return Group(question.full, (chosen, *others[: size - 1]), 1)


def split_texts(question: sources.Question, headings: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the section's texts that answer, under ``headings``, and those that do not."""
    # Each piece of a long answer by itself: none of them is to be learnt as wrong.
    answers = [sentence for sentence, is_answer in question.sentences() if is_answer]
    right, wrong = [], []
    for sentence, in_context in sentences_as_read(question.context):
        text = under_headings(headings, in_context)
        if any(holds(sentence, answer) for answer in answers):
            right.append(text)
        # A lead-in together with the answer that it promises is neither.
        elif not any(holds(in_context, answer) for answer in answers):
            wrong.append(text)
    return right, wrong


class Neighbours:
    """Texts that look like an answer and are not: from what the embedder finds near."""

    def __init__(
        self,
        encoder: Encoder,
        questions: Sequence[sources.Question],
        sections: Sequence[sources.Section],
        generator: random.Random,
        pool: int,
    ) -> None:
        """Embed the contexts of ``questions``, and ``pool`` of the ``sections`` beside them."""
        self._generator = generator
        contexts = {q.context: tuple(_headings(q)) for q in questions}
        for section in generator.sample(list(sections), min(pool, len(sections))):
            contexts.setdefault(section.text, section.headings)
        self._texts = list(contexts.items())
        heads = [under_headings(headings, text[:220]) for text, headings in self._texts]
        self._vectors = encoder.embed(heads, max_tokens=96)
        asked = list({q.full for q in questions})
        self._asked = dict(zip(asked, encoder.embed(asked, max_tokens=48), strict=True))

    def _near(self, question: sources.Question, count: int) -> list[tuple[str, tuple[str, ...]]]:
        scores = self._vectors @ self._asked[question.full]
        best = np.argpartition(-scores, 24)[:24]
        best = best[np.argsort(-scores[best])]
        found = [self._texts[i] for i in best if self._texts[i][0] != question.context]
        # The very nearest may answer too; take from a little further down as well.
        chosen = found[1:16]
        self._generator.shuffle(chosen)
        return chosen[:count]

    def sentences(self, question: sources.Question, count: int) -> list[str]:
        """Return sentences of near sections."""
        found = []
        for text, headings in self._near(question, count):
            sentences = hardest_first(question.q, _sentences(text), self._generator)
            if sentences:
                found.append(under_headings(headings, sentences[0]))
        return found

    def passages(self, question: sources.Question, count: int) -> list[str]:
        """Return beginnings of near sections."""
        return [
            under_headings(headings, text[:400]) for text, headings in self._near(question, count)
        ]
