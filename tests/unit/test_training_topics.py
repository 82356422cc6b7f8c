"""Batches to contrast passages in, and Chinese rows put into English in part."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.encoder import Encoder
from training.sources import Pair
from training.switching import mostly_english, switched, translations, with_switched
from training.topics import Row, in_order, in_topics

EMBEDDER = Path(__file__).parents[2] / "models" / "embedder"
SENSES = translations(
    [
        Pair("猫", "cat"),
        Pair("损失", "loss"),
        Pair("损失", "to lose"),
        Pair("损失", "damage"),
        Pair("训练", "to train; to drill"),
        Pair("图像", "image, picture"),
        Pair("模型", "a thing made to look like another"),
    ]
)
ROWS = st.lists(
    st.builds(Row, st.sampled_from("abcdef"), st.just("text"), st.sampled_from("uvwxyz")),
    max_size=40,
)


@given(ROWS, st.integers(2, 5))
def test_no_question_and_no_text_comes_twice_in_a_batch(rows: list[Row], size: int) -> None:
    batches = in_order(size)(rows)
    for batch in batches:
        assert len(batch) == size
        assert len({row.question for row in batch}) == len({row.context for row in batch}) == size
    taken = [id(row) for batch in batches for row in batch]
    assert len(set(taken)) == len(taken)


@given(st.integers(2, 9), st.integers(0, 60))
def test_of_different_rows_less_than_a_batch_is_dropped(size: int, count: int) -> None:
    rows = [Row(str(number), "text", str(number)) for number in range(count)]
    assert len(in_order(size)(rows)) == count // size


def test_a_batch_is_about_one_subject() -> None:
    subjects = {
        "baking": "Let the {} dough rest in a bowl for {} hours, then bake the bread in the oven.",
        "databases": "The {} index of a SQL table is rebuilt after {} rows were deleted from it.",
    }
    rows = [
        Row(f"{subject} {number}", text.format(word, number), f"{subject} {number}")
        for subject, text in subjects.items()
        for number, word in enumerate(["first", "second", "third", "main"] * 12)
    ]
    random.Random(3).shuffle(rows)

    def mixed(batches: list[list[Row]]) -> int:
        return sum(len({row.question.split()[0] for row in batch}) > 1 for batch in batches)

    batches = in_topics(Encoder.load(EMBEDDER), 8, seed=1)(rows)
    assert len(batches) == 12
    assert mixed(batches) < mixed(in_order(8)(rows))
    assert mixed(batches) <= 1


def test_a_word_has_its_first_short_senses() -> None:
    assert SENSES == {"损失": ("loss", "lose"), "训练": ("train",), "图像": ("image",)}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "CLIP 用图像训练"), (1.0, "CLIP 用 image train")]
)
def test_words_that_have_a_translation_are_exchanged(share: float, expected: str) -> None:
    assert switched("CLIP 用图像训练", SENSES, share, random.Random(1)) == expected


@given(st.text(alphabet="图像训练损失猫，。 CLIP"), st.integers(0, 9))
def test_what_is_wholly_put_into_english_has_nothing_chinese(text: str, seed: int) -> None:
    assert not re.search("[\u3400-\u9fff]", mostly_english(text, SENSES, random.Random(seed)))


def test_only_chinese_rows_change_and_only_on_one_side() -> None:
    chinese = Row("图像怎么训练", "训练有损失，图像也有损失", "一")
    english = Row("What is an image?", "图像训练", "二")
    rows = [chinese, english] * 40
    changed = with_switched(rows, SENSES, 1.0, seed=2)
    assert [row.context for row in changed] == [row.context for row in rows]
    assert set(changed[1::2]) == {english}
    kept = [(row.question == chinese.question, row.passage == chinese.passage) for row in changed]
    assert set(kept[::2]) >= {(True, False), (False, True)}
    assert (False, False) not in kept[::2]
    assert with_switched(rows, SENSES, 0.0, seed=2) == rows
