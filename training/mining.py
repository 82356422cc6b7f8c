"""Keep of many groups what the scorer has not learnt yet: its own hard negatives.

A group's easy texts teach nothing more and cost as much as the hard ones. The scorer that is to
go on learning reads all of them once; each group keeps the wrong texts that it takes most for an
answer, and of the groups that it gets right only a part stays, so that it does not forget them.
Negatives from the model itself are those of ANCE (Xiong et al. 2021), mined once, not again and
again.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from training.groups import Group

_logger = logging.getLogger(__name__)
# Groups are scored so many at a time, their texts sorted by length.
_AT_ONCE = 200


class Scorer(Protocol):
    """What gives a logit to each pair."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Return one logit a pair, `(n,) float32`."""


def hardest(
    groups: Sequence[Group],
    scorer: Scorer,
    *,
    wrong: int = 3,
    learnt: float = 0.1,
    kept: float = 0.3,
    doubted: float = 0.95,
    seed: int = 13,
) -> list[Group]:
    """Return the groups with their `wrong` hardest wrong texts; of those learnt, a share.

    Args:
        learnt: a group is, when its wrong texts have less than this probability and the right one
            more than one minus this.
        kept: share of the learnt groups that stay.
        doubted: beside the right text, a wrong one with more than this probability is left out.
            A near miss keeps it: of 789 of the most tempting, read one by one, 2 are answered and
            25 in part, and the others are what there is to learn.
    """
    generator = random.Random(seed)
    found = []
    for group, logits in _scored(groups, scorer):
        chances = 1 / (1 + np.exp(-logits.astype(np.float64)))
        right, rest = chances[: group.positives], chances[group.positives :]
        most = doubted if group.positives else 1.0
        hard = bool((rest > learnt).any() or (right < 1 - learnt).any())
        if hard or generator.random() < kept:
            order = [i for i in np.argsort(-rest, kind="stable") if rest[i] <= most][:wrong]
            texts = group.texts[: group.positives]
            texts += tuple(group.texts[group.positives + i] for i in order)
            found.append(Group(group.question, texts, group.positives))
    _logger.info("%d of %d groups kept", len(found), len(groups))
    return found


def _scored(groups: Sequence[Group], scorer: Scorer) -> Iterator[tuple[Group, np.ndarray]]:
    for start in range(0, len(groups), _AT_ONCE):
        part = groups[start : start + _AT_ONCE]
        logits = scorer.score([(group.question, text) for group in part for text in group.texts])
        ends = np.cumsum([len(group.texts) for group in part])
        yield from zip(part, np.split(logits, ends[:-1]), strict=True)
        if start // _AT_ONCE % 10 == 9:
            _logger.info("mined %d of %d groups", start + len(part), len(groups))
