import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.relevance import weigh_query
from rag.segmentation import query_terms, terms


def test_chinese_is_segmented_into_words() -> None:
    assert {"损失", "函数", "对比", "学习"} <= set(terms("对比学习的损失函数"))


def test_an_article_is_not_joined_with_its_noun() -> None:
    assert terms("一个多模态模型") == ["一个", *terms("多模态模型")]
    assert "类别" in terms("属于同一类别的样本")


def test_width_case_and_plural_do_not_matter() -> None:
    assert terms("ＣＬＩＰ Models") == terms("clip model")


def test_a_compound_is_found_whole_and_in_parts() -> None:
    assert {"qformer", "q", "former"} <= set(terms("Q-Former"))


def test_question_words_carry_nothing() -> None:
    assert query_terms("什么是词嵌入？") == query_terms("请解释一下词嵌入是什么")
    assert query_terms("What is it, and why?") == []


@given(st.text())
def test_terms_are_single_words(text: str) -> None:
    assert all(term and not any(map(str.isspace, term)) for term in terms(text))
    assert set(query_terms(text)) <= set(terms(text))


@given(st.text(), st.text())
def test_coverage_is_a_share(question: str, text: str) -> None:
    query = weigh_query(question, document_frequencies={}, chunk_count=10)
    assert 0 <= query.coverage_of(text) <= 1.000001
    if query.weights:
        assert abs(query.coverage_of(question) - 1) < 1e-9


def test_a_term_no_chunk_has_weighs_most() -> None:
    query = weigh_query("clip zebra", document_frequencies={"clip": 90}, chunk_count=100)
    assert query.weights["zebra"] > query.weights["clip"]


def test_a_lone_character_weighs_less_than_a_word_as_rare() -> None:
    query = weigh_query(
        "deepnorm 训", document_frequencies={"deepnorm": 2, "训": 2}, chunk_count=100
    )
    assert query.weights["训"] < query.weights["deepnorm"]
    assert sum(query.weights.values()) == pytest.approx(1)
