"""Sentences under a heading that asks the question, with the embedder that ships."""

from pathlib import Path

import numpy as np
import pytest

from rag.documents import read_document
from rag.embedding import Embedder, load_embedder
from rag.evidence_candidates import Candidate, list_candidates
from rag.heading_match import raise_under_alike
from rag.models import ModelRole, find_model
from rag.types import Chunk, Hit, Language, RetrievalScores, StoredChunk

ROOT = Path(__file__).parents[2]
TEXT = """# Questions at interviews

## What is overfitting? 👶

When it fits the noise of its data and fails on everything else.

## What is bagging?

Many large trees can lead to overfitting, which averaging lessens.

## 为什么要用数据库联合？

读写流量分到了几个库上。
"""


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(find_model("verbatim-embedder", ModelRole.EMBEDDER), ROOT / "models")


@pytest.fixture
def read(tmp_path: Path) -> list[Candidate]:
    file = tmp_path / "interviews.md"
    file.write_text(TEXT, encoding="utf-8")
    document = read_document(file, name=file.name)
    hits = [
        Hit(
            StoredChunk(
                number,
                document.name,
                Chunk(
                    document.text[section.span.start : section.span.end],
                    section.span,
                    section.heading_path,
                    section.anchor,
                    None,
                    Language.EN,
                ),
            ),
            RetrievalScores(fused=0.5 + number / 10, relevance=0.5),
        )
        for number, section in enumerate(document.sections)
        if len(section.heading_path) == 2
    ]
    candidates = list_candidates(hits, lambda _: document)
    assert len(candidates) == 3
    return candidates


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("What is overfitting?", 0),
        ("overfitting 是什么", 0),
        ("Tell me what bagging is.", 1),
        ("为什么要把数据库做联合", 2),
    ],
)
def test_what_stands_under_the_question_itself_is_raised(
    question: str, place: int, read: list[Candidate], embedder: Embedder
) -> None:
    likely = np.full(3, 0.2, dtype=np.float32)
    raised = raise_under_alike(question, read, likely, embedder)
    assert raised[place] > 0.3
    assert np.delete(raised, place) == pytest.approx(np.delete(likely, place))
    assert raised.dtype == np.float32


@pytest.mark.parametrize(
    "question",
    ["How much data does overfitting need?", "为什么树要多", "Who invented bagging, and when?"],
)
def test_a_question_about_the_same_thing_is_not_the_heading(
    question: str, read: list[Candidate], embedder: Embedder
) -> None:
    likely = np.array([0.1, 0.5, 0.9], dtype=np.float32)
    assert raise_under_alike(question, read, likely, embedder) == pytest.approx(likely)


def test_nothing_read_is_nothing_raised(embedder: Embedder) -> None:
    assert len(raise_under_alike("What?", [], np.zeros(0, dtype=np.float32), embedder)) == 0
