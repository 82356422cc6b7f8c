"""The golden questions: well formed, and every fact stands where it is said to stand."""

import collections
import json
from pathlib import Path

import pytest

from rag.evaluation import read_questions
from rag.evaluation.measures import fact_share
from tests.unit.test_handbook import sections

QUESTIONS = read_questions(Path(__file__).parents[1] / "golden")
BY_KIND = collections.Counter(question.kind for question in QUESTIONS)


def test_there_are_enough_of_every_kind() -> None:
    assert len(QUESTIONS) >= 300
    assert BY_KIND["unanswerable"] >= 120
    assert BY_KIND["followup"] >= 35
    assert set(BY_KIND) == {"answerable", "unanswerable", "followup"}
    assert {question.language for question in QUESTIONS} == {"zh", "en", "mixed"}
    held_out = [question for question in QUESTIONS if question.split == "test"]
    answered = [question for question in held_out if question.kind != "unanswerable"]
    assert sum(question.language == "mixed" for question in answered) >= 10
    assert sum(question.kind == "followup" for question in answered) >= 15


def test_over_a_third_is_kept_out_of_tuning() -> None:
    held_out = sum(question.split == "test" for question in QUESTIONS)
    assert {question.split for question in QUESTIONS} == {"dev", "test"}
    assert 0.33 <= held_out / len(QUESTIONS) <= 0.42


def test_no_question_stands_twice() -> None:
    ids = [question.id for question in QUESTIONS]
    assert len(set(ids)) == len(ids)
    asked = collections.Counter(
        (question.question, json.dumps([turn.content for turn in question.history]))
        for question in QUESTIONS
    )
    assert [question for question, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_anchors_exist_and_facts_stand_in_their_sections(question) -> None:
    if question.kind == "unanswerable":
        assert question.sections == () and question.facts == ()
        return
    assert question.sections and question.facts
    assert bool(question.history) == (question.kind == "followup")
    languages = ("zh", "en") if question.language == "mixed" else (question.language,)
    for language in languages:
        known = sections(language)
        assert set(question.sections) <= set(known)
        text = "\n".join(known[anchor] for anchor in question.sections)
        missing = [fact for fact in question.facts if fact_share(text, [fact]) < 1]
        assert not missing, f"{missing} not in {question.sections} ({language})"
