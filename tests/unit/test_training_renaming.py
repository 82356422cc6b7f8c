"""Near misses that come of another name in the question."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.groups import Group
from training.renaming import Renaming


def _renamed(group: Group, *, seed: int = 0) -> list[Group]:
    return list(Renaming([group], random.Random(seed)).renamed([group]))


@pytest.mark.parametrize(
    ("group", "miss", "answered"),
    [
        (
            Group(
                "How many layers has ViLBERT?",
                ("Models\nViLBERT has 12 layers.", "Models\nLXMERT has 9.", "Its data are public."),
                1,
            ),
            Group(
                "How many layers has LXMERT?",
                ("Models\nViLBERT has 12 layers.", "Its data are public."),
                0,
            ),
            Group(
                "How many layers has LXMERT?",
                (
                    "Models\nLXMERT has 12 layers.",
                    "Models\nViLBERT has 12 layers.",
                    "Its data are public.",
                ),
                1,
            ),
        ),
        (
            Group("上海有多少人？", ("上海有2487万人。", "北京有2189万人。", "人口逐年增加。"), 1),
            Group("北京有多少人？", ("上海有2487万人。", "人口逐年增加。"), 0),
            Group("北京有多少人？", ("北京有2487万人。", "上海有2487万人。", "人口逐年增加。"), 1),
        ),
        (
            Group("What changed in 2019?", ("2019: a new parser.", "2021: a new lexer."), 1),
            Group("What changed in 2021?", ("2019: a new parser.",), 0),
            Group("What changed in 2021?", ("2021: a new parser.", "2019: a new parser."), 1),
        ),
    ],
)
def test_a_name_is_exchanged_in_the_question_and_then_in_the_answer_too(
    group: Group, miss: Group, answered: Group
) -> None:
    assert _renamed(group) == [miss, answered]


@pytest.mark.parametrize(
    "group",
    [
        Group("How many layers has ViLBERT?", ("ViLBERT has 12.", "LXMERT has 9."), 0),
        Group("How many layers has it?", ("ViLBERT has 12.", "LXMERT has 9."), 1),
        Group("How many layers has ViLBERT?", ("It has 12.", "LXMERT has 9."), 1),
        Group("How many layers has ViLBERT?", ("ViLBERT has 12.", "The others have 19."), 1),
        Group("What has 12.5 MB?", ("A file of 12.5 MB.", "A file of 12,500 rows."), 1),
        # The same thing under a longer name is no other thing.
        Group("How many layers has BERT?", ("BERT has 12.", "BERT-base has 12."), 1),
    ],
)
def test_nothing_is_exchanged_without_an_answer_or_two_names(group: Group) -> None:
    assert _renamed(group) == []


_NAMES = st.sampled_from(["TiDB", "MySQL 8.0", "v5.4", "max_size", "北京", "GPT-4", "1998"])
_TEXTS = st.lists(_NAMES | st.sampled_from(["has", "一个", "The."]), min_size=1, max_size=6)


@given(st.lists(_TEXTS.map(" ".join), min_size=2, max_size=8), st.integers(0, 99))
def test_only_the_first_text_of_the_renamed_holds_what_is_asked(
    texts: list[str], seed: int
) -> None:
    question, *rest = texts
    found = _renamed(Group(question, tuple(rest), 1), seed=seed)
    assert len(found) in (0, 2)
    for miss, answered in [found] if found else []:
        assert miss.question == answered.question != question
        assert (miss.positives, answered.positives) == (0, 1)
        assert miss.texts[0] == rest[0] == answered.texts[1]
        assert answered.texts[0] != rest[0]
        assert set(miss.texts) | set(answered.texts[1:]) <= set(rest)
        # What is asked about now stands in what answers, and in nothing else.
        new = set(miss.question.split()) - set(question.split())
        assert new & set(answered.texts[0].split())
        assert not any(new & set(text.split()) for text in (*miss.texts, *answered.texts[1:]))


def test_a_capital_makes_a_name_where_no_sentence_begins_with_it() -> None:
    wrong = ("In short, Vilnius and Riga differ; so Riga, Riga.", "However, it rains.")
    group = Group("Where is Tallinn?", ("To see Tallinn, Tallinn, Tallinn go north.", *wrong), 1)
    assert {item.question for item in _renamed(group)} == {"Where is Riga?"}
