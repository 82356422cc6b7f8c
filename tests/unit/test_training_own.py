"""The sections that were written to be asked about, and what is made of them."""

import re

import pytest

from rag.evaluation import read_questions
from tests.unit.test_repository import ROOT
from training import sources
from training.groups import split_texts

_NO_WORD = re.compile(r"[\W_]+")


@pytest.fixture(scope="module", params=["train", "dev"])
def written(request: pytest.FixtureRequest) -> list[sources.Question]:
    answered, near = sources.read_own(split=request.param)
    assert len(answered) > 100 and len(near) > 100
    assert all(question.answers for question in answered)
    assert not any(question.answers for question in near)
    return answered + near


def test_answers_stand_in_one_line_of_their_section(written: list[sources.Question]) -> None:
    for question in written:
        for start, end in question.answers:
            answer = question.context[start:end]
            assert answer.strip() and "\n" not in answer.strip()


def test_no_golden_question_is_learnt_from(written: list[sources.Question]) -> None:
    golden = {
        _NO_WORD.sub("", item.question.casefold()) for item in read_questions(ROOT / "tests/golden")
    }
    asked = {_NO_WORD.sub("", question.q.casefold()) for question in written}
    assert not golden & asked


def test_no_piece_of_an_answer_is_learnt_as_wrong(written: list[sources.Question]) -> None:
    asked = [question for question in written if question.answers][::20]
    without = 0
    for question in asked:
        right, wrong = split_texts(question, ())
        without += not right
        bare = [_NO_WORD.sub("", text) for text in wrong]
        for start, end in question.answers:
            answer = _NO_WORD.sub("", question.context[start:end])
            assert not [text for text in bare if text and text in answer]
    assert without < 0.05 * len(asked)


def test_of_a_near_miss_all_texts_are_wrong(written: list[sources.Question]) -> None:
    for question in [question for question in written if not question.answers][::50]:
        right, wrong = split_texts(question, question.heading_path)
        assert not right and wrong
