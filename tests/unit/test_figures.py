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
        ("325 个样本", "三百二十五个样本"),
        ("1200 个", "一千二百个"),
        ("3 年", "合同期为三年"),
        ("80%", "百分之八十"),
        ("1998 年", "一九九八年"),
        ("24 layers", "twenty-four layers"),
        ("5,000 books", "five thousand books"),
        ("10:30", "10：30"),
        ("10^6", "$10^{6}$"),
        ("1e-4", "0.0001"),
        ("2024 年 3 月 5 日", "March 5, 2024"),
        ("2024-03-05", "5th of March 2024"),
        ("5 kg", "5 公斤"),
        ("8 GiB", "8GB"),
        ("2 weeks", "2 个星期"),
        ("100 美元", "$100"),
        ("the 1990s", "1990 年代"),
        ("3.5%", "百分之三点五"),
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
        ("125 个样本", "三百二十五个样本"),
        ("10 种语言", "几十种语言"),
        ("5 books", "five thousand books"),
        ("7 月", "in June 2023"),
        ("2 years", "2 months"),
        ("5 mg", "5 g"),
        ("100 美元", "100 元"),
        ("30 min", "30 s"),
        ("30min", "30s"),
        ("20 度", "零下 20 度"),
        ("16 GB", "16 MB"),
        ("3%", "百分之三点五"),
    ],
)
def test_two_numbers_that_look_alike(stated: str, source: str) -> None:
    assert figures(source).lacks(figures(stated))


@given(st.text(), st.integers(0, 10**9))
def test_a_text_has_its_own_numbers(text: str, number: int) -> None:
    own = figures(f"{text}。 {number} 。{text}")
    assert not own.lacks(own)
    assert not own.miscounts(own)
    assert not own.lacks(figures(f" {number} "))


@pytest.mark.parametrize(
    ("stated", "source"),
    [
        ("五年", "合同期为三年"),
        ("four layers", "twenty-four layers"),
        ("two hundred pages", "two thousand pages"),
    ],
)
def test_words_that_count_otherwise(stated: str, source: str) -> None:
    assert figures(source).miscounts(figures(stated))


@pytest.mark.parametrize(
    ("stated", "source"),
    [("between five and ten layers", "5 to 10 layers"), ("3000 万人", "3000万人用 2 种方法")],
)
def test_words_that_count_the_same(stated: str, source: str) -> None:
    assert not figures(source).miscounts(figures(stated))


@given(st.integers(2, 9999))
def test_a_number_in_characters_is_that_in_digits(number: int) -> None:
    digits, text, seen = "零一二三四五六七八九", "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            text += digits[digit] + name
            seen = True
        elif seen and number % scale and not text.endswith("零"):
            text += "零"
    assert figures(f"共{text}个").counted == {str(number)}


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
