"""Sections as the program reads them."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.reading import holds, sentences_as_read


def test_an_item_follows_its_lead_in_and_a_row_names_its_columns() -> None:
    text = (
        "Costs have two parts:\n\n- storage at $0.30 a month\n- reads at $0.03\n\n"
        "Limits apply.\n\n| Plan | Seats |\n| Free | 3 |\n| Team | 20 |\n"
    )
    assert sentences_as_read(text) == (
        (
            "Costs have two parts:",
            "Costs have two parts: storage at $0.30 a month reads at $0.03",
        ),
        ("storage at $0.30 a month", "Costs have two parts: storage at $0.30 a month"),
        ("reads at $0.03", "Costs have two parts: reads at $0.03"),
        ("Limits apply.", "Limits apply."),
        ("Plan | Seats", "Plan | Seats"),
        ("Free | 3", "Plan: Free; Seats: 3"),
        ("Team | 20", "Plan: Team; Seats: 20"),
    )


def test_a_table_may_come_with_its_rule() -> None:
    text = "| Plan | Seats |\n| :-- | --: |\n| Free | 3 |"
    assert sentences_as_read(text) == sentences_as_read(text.replace("\n| :-- | --: |", ""))


@pytest.mark.parametrize(
    ("sentence", "answer", "expected"),
    [
        ("Team | 20", "| Team | 20 |", True),
        ("默认为 512 个字符。", "- 默认为 512 个字符。", True),
        ("The default is 512.", "The default is 256.", False),
        ("MySQL", "The default port of MySQL is 3306.", False),
        ("", "anything", False),
        ("——", "…", False),
    ],
)
def test_an_answer_is_found_whatever_marks_stand_around_it(
    sentence: str, answer: str, expected: bool
) -> None:
    assert holds(sentence, answer) is expected


_LINES = st.sampled_from(
    [
        "A fact.",
        "列表如下：",
        "- an item",
        "  - inside",
        "1. first",
        "| a | b |",
        "",
        "# no title",
        "```",
        "<host>:<port> and Rc<T>",
        "<script setup> opens it",
        "*.module.css 与 `x_1`",
        "see [this](there) for $5 & more",
    ]
)


@given(st.lists(_LINES, max_size=14))
def test_no_word_of_a_section_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    read = sentences_as_read(text)
    words = Counter(re.findall(r"\w+", " ".join(sentence for sentence, _ in read)))
    # The numbers before the items of a list are no words of it.
    assert words == Counter(re.findall(r"\w+", re.sub(r"(?m)^1\. ", "", text)))
    for sentence, in_context in read:
        assert "|" in sentence or sentence in in_context
