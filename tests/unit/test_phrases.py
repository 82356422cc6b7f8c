"""Pairs of neighbouring words that a question and a text share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.phrases import shared_phrases
from rag.segmentation import terms


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        (
            "What is vision language modelling?",
            "vision language models",
            "models of language: vision",
        ),
        ("对比学习的温度怎么选", "学习对比温度时，对比学习的温度常取 0.07。", "温度的学习与对比"),
        ("FlashAttention 2 快多少", "FlashAttention 2 快一倍", "FlashAttention 快 2 倍"),
    ],
)
def test_the_same_words_count_more_in_the_question_s_order(
    question: str, better: str, worse: str
) -> None:
    first, second = shared_phrases(question, [better, worse])
    assert first > second


def test_chinese_meets_however_it_is_segmented() -> None:
    asked, text = "研究生命", "与研究生命题有关"
    assert "生命" in terms(asked)
    assert "生命" not in terms(text)
    assert shared_phrases(asked, [text, "生态"])[0] == 1


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("What is a vision-language model?", "Vision language models see.", "A language model."),
        ("max_size 怎么设", "max_size 设为 8", "size 设为 8"),
        ("What's LoRA rank?", "The LoRA rank is 8.", "Microsoft's LoRA"),
        ("薛定谔 Schrödinger equation", "the Schrödinger equation", "Schr di inger"),
    ],
)
def test_a_name_of_parts_is_its_parts(question: str, text: str, other: str) -> None:
    first, second = shared_phrases(question, [text, other])
    assert first > second


def test_english_stopwords_make_no_pair() -> None:
    assert shared_phrases("What is the use of it?", ["It is of the use.", "is the of"]) == [0, 0]


_TEXTS = st.text(alphabet="ab 12.,-对比学习的\nＡ", max_size=30)


@given(_TEXTS, st.lists(_TEXTS, max_size=5))
def test_a_share_is_of_all_that_is_asked(question: str, texts: list[str]) -> None:
    shares = shared_phrases(question, texts)
    assert len(shares) == len(texts)
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
    whole = shared_phrases(question, [*texts, question])[-1]
    assert whole == pytest.approx(1) or whole == 0
    # Order among texts stays when something is asked that none of them has.
    more = shared_phrases(question + " 甲乙丙", texts)
    assert all(new <= old + 1e-9 for new, old in zip(more, shares, strict=True))
