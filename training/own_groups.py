"""Groups over the sections that were written to be asked about.

The section itself holds the wrong texts that matter: its near misses were made to tempt with them.
"""

from __future__ import annotations

import logging
import random
from pathlib import Path

from training import sources
from training.encoder import Encoder
from training.groups import Group, Neighbours, hardest_first, split_texts

_logger = logging.getLogger(__name__)
# Wrong texts of the section itself; one more comes from another.
_OF_SECTION = 4
_POOL = 3000
# Share of the groups that are read without their headings.
_BARE = 0.2


def make_own_groups(data: Path, encoder: Encoder, generator: random.Random) -> list[Group]:
    """Return the groups, answered ones first; a question whose answer is not found has none.

    Args:
        encoder: finds the sections that are near, among these and some of the open ones.
    """
    answered, near = sources.read_own()
    sections = sources.read_sections(data)
    neighbours = Neighbours(encoder, answered + near, sections, generator, _POOL)
    groups = []
    for question in answered + near:
        headings = question.heading_path if generator.random() > _BARE else ()
        right, wrong = split_texts(question, headings)
        if question.answers and not right:
            continue
        wrong = hardest_first(question.q, wrong, generator)[:_OF_SECTION]
        wrong += neighbours.sentences(question, 1)
        groups.append(Group(question.q, (*right[:1], *wrong), len(right[:1])))
    _logger.info("%d groups of %d questions", len(groups), len(answered) + len(near))
    return groups
