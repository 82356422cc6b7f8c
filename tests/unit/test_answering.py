from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering import select_quotes, worth_quoting
from rag.prompts import declines, user_turn
from rag.types import Chunk, Evidence, Hit, Language, RetrievalScores, Span, StoredChunk
from tests.answers import EVIDENCE


def numbered(items: list[Evidence]) -> list[Evidence]:
    return [replace(item, number=number) for number, item in enumerate(items, start=1)]


@given(st.lists(EVIDENCE, min_size=1, max_size=12), st.integers(1, 5))
def test_what_is_worth_quoting_is_the_best_and_what_is_near_it(
    items: list[Evidence], most: int
) -> None:
    evidence = numbered(items)
    found = worth_quoting("Why is a warm-up needed?", evidence, max_sentences=most)
    scores = [item.score for item in found]
    assert scores[0] == max(item.score for item in evidence)
    assert scores == sorted(scores, reverse=True)
    assert len({item.group or -item.number for item in found}) <= most
    assert all(score >= 0.4 * scores[0] for score in scores)


@given(st.lists(EVIDENCE, min_size=1, max_size=12))
def test_the_prompt_names_it_by_number_best_first(items: list[Evidence]) -> None:
    evidence = numbered(items)
    leading = worth_quoting("为什么要预热？", evidence, max_sentences=3)
    after = user_turn("为什么要预热？", evidence, leading, Language.ZH).split("evidence>>>")[-1]
    named = " ".join(f"[{item.number}]" for item in leading)
    assert after.endswith(f"{named}\n问题：为什么要预热？")


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What are the steps of training?", True),
        ("训练分哪几步？", True),
        ("Why is the specialist always listening?", False),
        ("为什么要预热？", False),
    ],
)
def test_a_question_for_several_may_have_twice_as_many(question: str, several: bool) -> None:
    chunk = Chunk("A sentence.", Span(0, 11), ("Training",), "training", None, Language.EN)
    hit = Hit(StoredChunk(1, "training.md", chunk), RetrievalScores(0.5, 0.5))
    evidence = [Evidence(number, hit, Span(0, 11), "A sentence.", 0.9) for number in range(1, 9)]
    found = worth_quoting(question, evidence, max_sentences=3)
    assert len(found) == (6 if several else 3)


def test_what_belongs_together_is_quoted_together() -> None:
    chunk = Chunk("A sentence.", Span(0, 11), ("Steps",), "steps", None, Language.EN)
    hit = Hit(StoredChunk(1, "steps.md", chunk), RetrievalScores(0.5, 0.5))
    steps = [Evidence(n, hit, Span(n, n + 1), "A step.", 0.9, group=7) for n in range(2, 9)]
    alone = [Evidence(n, hit, Span(n, n + 1), "Alone.", 0.8) for n in (9, 10)]
    first = Evidence(1, hit, Span(0, 1), "First.", 0.95)
    found = worth_quoting("How is it reset?", [first, *steps, *alone], max_sentences=2)
    assert found == [first, *steps]
    chosen = select_quotes("How is it reset?", [first, *steps, *alone], None, max_sentences=3)
    assert list(chosen.evidence) == [first, *steps, alone[0]]


@pytest.mark.parametrize(
    "reply",
    [
        "The evidence does not answer the question.",
        "The documents do not answer this question",
        "证据不足以回答这个问题。",
        "文档没有提到 CLIP 的价格。",
        "The provided evidence doesn’t mention it.",
        "The evidence does not mention BLIP. Therefore I cannot answer the question.",
        "证据中没有提到 BLIP 的参数量。因此无法回答这个问题。",
        "There is no information about BLIP in the evidence.",
        "The answer is not in the documents.",
        "I don't know.",
    ],
)
def test_a_reply_that_declines_is_known_however_it_is_worded(reply: str) -> None:
    assert declines(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "CLIP does not use labels.",
        "没有标签也能训练。",
        "The document encoder does not need labels [1].",
        "The documents do not answer all of it. LoRA has a rank of 8 [1].",
        "The documents do not answer all of it. LoRA has a rank of 8.",
        "",
    ],
)
def test_a_reply_that_answers_does_not_decline(reply: str) -> None:
    assert not declines(reply)
