"""What the evidence scorer learns from once it has learnt the easy part."""

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.examples import groups_again
from training.groups import Group
from training.mining import hardest


class _AsWritten:
    """Takes a text's own number for its probability."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        chances = np.clip([float(text) for _, text in pairs], 1e-6, 1 - 1e-6)
        return np.log(chances / (1 - chances)).astype(np.float32)


def _mined(groups: Sequence[Group], **options: float) -> list[Group]:
    return hardest(groups, _AsWritten(), kept=0, **options)


def test_the_hardest_wrong_texts_stay_behind_the_right_one() -> None:
    group = Group("q", ("0.7", "0.05", "0.4", "0.02", "0.6", "0.3"), 1)
    assert _mined([group]) == [Group("q", ("0.7", "0.6", "0.4", "0.3"), 1)]


def test_what_is_learnt_is_left_out_or_kept_in_part() -> None:
    learnt = [Group("answered", ("0.97", "0.01"), 1), Group("near", ("0.02", "0.03"), 0)]
    assert _mined(learnt) == []
    assert hardest(learnt, _AsWritten(), kept=1) == [
        learnt[0],
        Group("near", ("0.03", "0.02"), 0),
    ]


def test_a_near_miss_that_seems_answered_is_what_there_is_to_learn() -> None:
    assert _mined([Group("near", ("0.3", "0.99"), 0)]) == [Group("near", ("0.99", "0.3"), 0)]


def test_a_text_beside_the_right_one_that_seems_to_answer_is_doubted() -> None:
    assert _mined([Group("answered", ("0.5", "0.99", "0.3"), 1)]) == [
        Group("answered", ("0.5", "0.3"), 1)
    ]


def test_a_scorer_goes_on_with_what_it_gets_wrong_and_twice_with_its_own_sections() -> None:
    groups = [Group(f"wrong {name}", ("0.2", "0.8"), 1) for name in "abc"]
    own = [Group("own", ("0.9", "0.1"), 1)]
    found = groups_again(groups, own, _AsWritten(), random.Random(1))
    assert Counter(group.question[:5] for group in found) == {"wrong": 3, "own": 2}


@given(
    st.lists(
        st.tuples(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=8), st.integers(0, 1)),
        min_size=1,
        max_size=500,
    )
)
def test_every_text_stays_in_its_own_group(rows: list[tuple[list[float], int]]) -> None:
    groups = [Group(str(i), tuple(map(str, texts)), right) for i, (texts, right) in enumerate(rows)]
    for found in _mined(groups):
        whole = groups[int(found.question)]
        assert found.positives == whole.positives
        assert set(found.texts) <= set(whole.texts)
        assert found.texts[: found.positives] == whole.texts[: whole.positives]
