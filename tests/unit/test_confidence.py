"""What speaks for an answer being there, from real candidates, and the confidence made of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.confidence import Signals, confidence, signals
from rag.documents import ReadLimits, read_document
from rag.evidence_candidates import Candidate, list_candidates
from rag.types import Chunk, Hit, Language, RetrievalScores, StoredChunk

SIGNALS = st.builds(
    Signals,
    best=st.floats(-9.3, 9.3),
    several=st.floats(0, 8),
    passage=st.floats(0, 1),
    lacks_number=st.sampled_from([0.0, 1.0]),
    rest=st.floats(-9.3, 9.3),
    nearest=st.floats(-1, 1),
)
TEXT = """# POPE

POPE asks whether an object is in the picture. 它在三种设定下各提一千个问题。
The negatives come from LVIS-style lists. Nothing more is said about their making.
"""


@pytest.fixture
def read(tmp_path: Path) -> list[Candidate]:
    file = tmp_path / "pope.md"
    file.write_text(TEXT, encoding="utf-8")
    document = read_document(file, name=file.name, limits=ReadLimits())
    (section,) = [item for item in document.sections if item.heading_path]
    text = document.text[section.span.start : section.span.end]
    chunk = Chunk(text, section.span, section.heading_path, section.anchor, None, Language.EN)
    hit = Hit(StoredChunk(1, document.name, chunk), RetrievalScores(fused=0.7, relevance=0.5))
    candidates = list_candidates([hit], lambda _: document)
    assert len(candidates) == 4
    return candidates


def believed(index: int) -> np.ndarray:
    likely = np.full(4, 0.1, dtype=np.float32)
    likely[index] = 0.9
    return likely


@pytest.mark.parametrize(
    ("question", "best", "lacks"),
    [
        ("How many objects does POPE ask about?", 0, True),
        ("POPE 一共提了多少个问题", 1, False),
        ("POPE 一共提了多少个问题", 0, True),
        ("POPE 几乎不看什么", 0, False),
        ("What does POPE ask?", 0, False),
    ],
)
def test_a_number_asked_for_is_looked_for_in_the_best_sentence(
    question: str, best: int, lacks: bool, read: list[Candidate]
) -> None:
    found = signals(question, read, believed(best))
    assert found is not None
    assert bool(found.lacks_number) is lacks


def test_the_passage_is_that_of_the_best_sentence_beside_the_best_passage(
    read: list[Candidate],
) -> None:
    first, *others = read
    farther = replace(first, hit=replace(first.hit, scores=RetrievalScores(0.35, 0.5)))
    behind = signals("What does POPE ask?", [farther, *others], believed(0))
    assert behind is not None and behind.passage == pytest.approx(0.5)
    found = signals("What does POPE ask?", read, believed(0))
    assert found is not None
    assert found.passage == 1.0
    assert found.several == pytest.approx(0.9 + 3 * 0.1)


def test_the_nearest_passage_counts_wherever_the_best_sentence_stands(
    read: list[Candidate],
) -> None:
    first, *others = read
    near, unseen = (
        replace(first, hit=replace(first.hit, scores=replace(first.hit.scores, dense=cosine)))
        for cosine in (0.8, None)
    )
    found = [signals("What does POPE ask?", [one, *others], believed(2)) for one in (near, unseen)]
    assert found[0] is not None and found[0].nearest == 0.8
    assert found[1] is not None and found[1].nearest == 0.5


def test_what_stands_beside_speaks_for_an_answer_up_to_a_limit(
    read: list[Candidate],
) -> None:
    def rest(likely: float) -> float:
        found = signals("hello", read * 9, np.full(36, likely))
        assert found is not None
        return found.rest

    assert rest(0.01) < rest(0.03) < rest(0.2) == rest(0.9)


def test_where_nothing_was_read_there_is_no_confidence() -> None:
    assert signals("What?", [], np.zeros(0, dtype=np.float32)) is None
    assert confidence(None) == 0.0


@given(SIGNALS, SIGNALS)
def test_confidence_is_a_probability_that_rises_with_what_speaks_for_an_answer(
    one: Signals, other: Signals
) -> None:
    better = Signals(
        best=max(one.best, other.best),
        several=max(one.several, other.several),
        passage=max(one.passage, other.passage),
        lacks_number=min(one.lacks_number, other.lacks_number),
        rest=max(one.rest, other.rest),
        nearest=max(one.nearest, other.nearest),
    )
    assert 0.0 < confidence(one) < 1.0
    assert confidence(better) >= confidence(one)


@pytest.mark.parametrize(
    "question",
    [
        "How large language models are trained",
        "CLIP 为什么不像许多大模型那样生成文本",
        "多重注意力是什么",
        "How many pairs did CLIP see? → Why is its loss symmetric?",
    ],
)
def test_what_only_looks_like_a_question_for_a_number_is_none(
    question: str, read: list[Candidate]
) -> None:
    wordy = [item for item in read if not any(map(str.isdigit, item.text))][:1]
    found = signals(question, wordy, np.array([0.9]))
    assert found is not None and found.lacks_number == 0


def test_a_short_library_is_neither_near_nor_far(read: list[Candidate]) -> None:
    found = [signals("What does POPE ask?", read, np.full(4, value)) for value in (0.1, 0.9)]
    assert all(item is not None for item in found)
    assert len({item.rest for item in found if item is not None}) == 1
