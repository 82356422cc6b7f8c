"""Groups over the sections that were written to be asked about.

The section itself holds the wrong texts that matter: its near misses were made to tempt with them.
"""

from __future__ import annotations

import logging
import random
from pathlib import Path

from training import sources
from training.encoder import Encoder
from training.groups import Group, Neighbours, after_another, by_context, hardest_first, split_texts

_logger = logging.getLogger(__name__)
_POOL = 3000
# Share of the questions that are asked again, of the section without its headings.
_BARE = 0.35
# Share that is asked again after another question about the section.
_AFTER = 0.15


def make_own_groups(
    data: Path,
    encoder: Encoder,
    generator: random.Random,
    *,
    of_section: int = 10,
    of_others: int = 2,
) -> list[Group]:
    """Return the groups; a question whose answer is not found has none.

    Args:
        encoder: finds the sections that are near, among these and some of the open ones.
        of_section: most wrong texts of the section itself.
        of_others: and of sections near it.
    """
    answered, near = sources.read_own()
    questions = answered + near
    others = by_context(answered)
    again = [
        after_another(question, others, generator)
        for question in questions
        if generator.random() < _AFTER
    ]
    read = [(question, question.heading_path) for question in [*questions, *again]]
    read += [(question, ()) for question in questions if generator.random() < _BARE]
    sections = sources.read_sections(data)
    neighbours = Neighbours(encoder, questions + again, sections, generator, _POOL)
    groups = []
    for question, headings in read:
        right, wrong = split_texts(question, headings)
        if question.answers and not right:
            continue
        wrong = hardest_first(question.full, wrong, generator)[:of_section]
        wrong += neighbours.sentences(question, of_others)
        groups.append(Group(question.full, (*right[:1], *wrong), len(right[:1])))
    _logger.info("%d groups of %d questions", len(groups), len(questions))
    return groups
