"""Retrieval over a store made by hand: what is found, fused and collapsed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import Embedder, load_embedder
from rag.engine import Engine
from rag.models import find_model
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import IndexReader
from rag.types import Hit

pytestmark = pytest.mark.slow

COPIED = "Ablation shows that the projector learns faster with a higher rate than the encoder does."
TEXTS = {
    "copies/a.md": f"# Projector\n\n{COPIED}\n",
    "copies/b.md": f"# Projector\n\n{COPIED} \n",
    "copies/c.md": f"# Projector\n\n{COPIED.replace('Ablation', 'An ablation')}\n",
    "other.md": "# Encoder\n\nThe encoder stays frozen while the projector is trained.\n",
    "order/one.md": "# 顺序\n\n图像检索文本。\n",
    "order/other.md": "# 顺序\n\n文本检索图像。\n",
    "zh.md": "# 投影层\n\n投影层用比编码器更高的学习率训练。\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    docs = tmp_path_factory.mktemp("docs")
    for name, text in TEXTS.items():
        path = docs / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    index = tmp_path_factory.mktemp("index")
    with Engine(Settings.load(environment={}, flags={"index": index})) as engine:
        engine.index([docs])
    return index


@pytest.fixture(scope="module")
def embedder(folder: Path) -> Iterator[Embedder]:
    with Engine(Settings.load(environment={}, flags={"index": folder})) as engine:
        yield engine.embedder


@pytest.fixture
def retriever(folder: Path, embedder: Embedder) -> Iterator[Retriever]:
    with IndexReader.open(folder) as reader:
        yield Retriever(reader, embedder)


def search(retriever: Retriever, question: str) -> list[Hit]:
    return retriever.search(question, k=5)


def test_near_duplicates_are_collapsed_and_counted(retriever: Retriever) -> None:
    hits = search(retriever, "Does the projector learn faster than the encoder?")
    copies = [hit for hit in hits if hit.stored.document.startswith("copies/")]
    assert len(copies) == 1
    assert copies[0].duplicates == 2


def test_scores_are_kept_in_their_ranges_and_order(retriever: Retriever, embedder) -> None:
    question = "How is the projector trained?"
    hits = search(retriever, question)
    fused = [hit.scores.fused for hit in hits]
    assert fused == sorted(fused, reverse=True)
    vector = embedder.embed_queries([question])[0]
    for hit in hits:
        assert 0 <= hit.scores.fused <= 1
        assert 0 <= hit.scores.relevance <= 1
        chunk = hit.stored.chunk
        own = embedder.embed_documents([f"{' › '.join(chunk.heading_path)}\n{chunk.text}"])[0]
        assert hit.scores.dense == pytest.approx(float(vector @ own), abs=1e-3)


@pytest.mark.parametrize(
    ("question", "expected"),
    [("谁用图像检索文本", "order/one.md"), ("谁用文本检索图像", "order/other.md")],
)
def test_of_the_same_words_those_in_the_question_s_order_come_first(
    folder: Path, tmp_path: Path, question: str, expected: str
) -> None:
    # An embedder that does not know Chinese leaves it to the words.
    english = load_embedder(find_model("all-minilm-l6-v2"), tmp_path)
    with IndexReader.open(folder) as reader:
        first, *_ = Retriever(reader, english).search(question, k=5)
    assert first.stored.document == expected


def test_an_embedder_has_no_say_in_a_language_it_does_not_know(folder: Path, tmp_path) -> None:
    english = load_embedder(find_model("all-minilm-l6-v2"), tmp_path)
    with IndexReader.open(folder) as reader:
        hits = search(Retriever(reader, english), "投影层的学习率是多少？")
    assert hits[0].stored.document == "zh.md"
    assert all(hit.scores.dense is None for hit in hits)


def test_other_words_for_the_same_thing_are_found(retriever: Retriever) -> None:
    assert search(retriever, "connector 怎么训练？")[0].stored.document == "zh.md"


def test_a_question_is_answered_across_languages(retriever: Retriever) -> None:
    hits = search(retriever, "训练投影层时，编码器是冻结的吗？")
    assert {"zh.md", "other.md"} <= {hit.stored.document for hit in hits[:3]}


def test_nothing_is_relevant_to_stopwords_alone(retriever: Retriever) -> None:
    assert all(hit.scores.relevance < 0.3 for hit in search(retriever, "什么是什么？"))


def test_vectors_are_unit_length_in_the_store(folder: Path) -> None:
    with IndexReader.open(folder) as reader:
        ids = [item.id for summary in reader.documents() for item in reader.chunks_of(summary.name)]
        assert np.allclose(np.linalg.norm(reader.vectors(ids), axis=1), 1, atol=1e-4)
