"""Numbers in one form, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.figures import figures, states_number


@pytest.mark.parametrize(
    ("stated", "source"),
    [
        ("7 billion", "70 亿"),
        ("1.5 million", "150 万"),
        ("10^6", "10⁶"),
        ("2024 年 3 月 5 日", "2024-03-05"),
        ("50 percent", "50%"),
        ("10-20", "10 到 20"),
        ("3 stages", "三个阶段"),
        ("7 billion", "7B"),
        ("400 million", "400M"),
        ("1.75 千亿", "1750 亿"),
        ("5 百万", "5 million"),
        ("8", "批大小为256，8张卡"),
    ],
)
def test_one_number_written_in_two_ways(stated: str, source: str) -> None:
    assert not figures(source).lacks(figures(stated))


@pytest.mark.parametrize(
    ("stated", "source"),
    [
        ("30 seconds", "30 minutes"),
        ("106", "10⁶"),
        ("3.10", "3.1"),
        ("20 度", "气温 -20 度"),
        ("7 billion", "7 million"),
    ],
)
def test_two_numbers_that_look_alike(stated: str, source: str) -> None:
    assert figures(source).lacks(figures(stated))


@given(st.text(), st.integers(0, 10**9))
def test_a_text_has_its_own_numbers(text: str, number: int) -> None:
    own = figures(f"{text} {number} {text}")
    assert not own.lacks(own)
    assert not own.miscounts(own)
    assert not own.lacks(figures(f" {number} "))


def test_nothing_is_too_odd_a_number() -> None:
    assert not figures("0^0 = 1").lacks(figures("0^0"))
    long = figures("9" * 5000)
    assert not long.lacks(long)
    assert not long.miscounts(figures("three stages"))


@pytest.mark.parametrize(
    "text", ["twelve layers", "thousands of steps", "两层 MLP", "7B 参数", "可省一半", "四分之一"]
)
def test_words_state_numbers(text: str) -> None:
    assert states_number(text)


@pytest.mark.parametrize(
    "text", ["半监督学习", "百度发布了它", "third-party code", "GPT-4", "BM25"]
)
def test_parts_of_words_and_names_do_not(text: str) -> None:
    assert not states_number(text)
