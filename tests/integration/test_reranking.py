"""The evidence scorer as the program runs it, beside the code that it was trained with."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder

from rag.chunking import under_headings
from rag.documents import read_document
from rag.evidence_candidates import list_candidates
from rag.evidence_scoring import LexicalScorer, RerankerScorer
from rag.models import ModelRole, find_model
from rag.quantization import quantize
from rag.relevance import weigh_query
from rag.reranking import load_reranker
from rag.sentences import sentence_spans
from rag.types import Chunk, Hit, Language, RetrievalScores, StoredChunk
from training.encoder import Encoder
from training.groups import Group
from training.scoring import Cross, Schedule, loss_of, train

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
QUESTIONS = ("视觉 token 太多怎么办", "How does contrastive learning align images and text?")


def test_a_large_token_costs_the_others_nothing() -> None:
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(48, 192), torch.nn.Linear(192, 24, bias=False))
    values = torch.randn(2, 5, 48)
    values[:, 0] *= 1000
    exact = layers(values)
    rounded = copy.deepcopy(layers)
    quantize(rounded)
    off = (rounded(values) - exact).norm(dim=-1) / exact.norm(dim=-1)
    assert off.shape == (2, 5)
    assert off.max() < 0.05


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    texts = [
        under_headings(("多模态大模型手册",), document.text[span.start : span.end])
        for path in sorted((ROOT / "corpus").rglob("*.md"))[::6]
        for document in [read_document(path, name=path.name)]
        for span in sentence_spans(document.text)[5:400:20]
    ]
    assert len(texts) > 30
    return [(question, text) for question in QUESTIONS for text in texts]


@pytest.fixture(scope="module")
def as_trained(pairs: list[tuple[str, str]]) -> np.ndarray:
    """The logits of the training code, which reads the tokens itself."""
    cross = Cross(Encoder.load(ROOT / "models" / "embedder"), ROOT / "models" / "scorer")
    with torch.inference_mode():
        logits: np.ndarray = cross.logits(pairs).numpy()
    return logits


def test_the_scorer_reads_as_it_was_trained(
    pairs: list[tuple[str, str]], as_trained: np.ndarray
) -> None:
    model = CrossEncoder(
        str(ROOT / "models" / "scorer"), device="cpu", model_kwargs={"dtype": torch.float32}
    )
    exact = model.predict(pairs, activation_fn=torch.nn.Identity())
    assert np.corrcoef(exact, as_trained)[0, 1] > 0.999


def test_what_it_is_trained_on_it_learns_and_writes(tmp_path: Path) -> None:
    cross = Cross(Encoder.load(ROOT / "models" / "embedder"), ROOT / "models" / "scorer")
    groups = [
        Group("what colour is the cover", ("The spine is blue.", "The cover is green."), 1),
        Group("封面用的是什么纸", ("封面是绿色的。", "内页用铜版纸。"), 0),
    ]
    pairs = [(group.question, text) for group in groups for text in group.texts]

    def loss() -> float:
        return float(loss_of(groups, torch.from_numpy(cross.score(pairs))))

    before = loss()
    train(cross, groups, tmp_path, Schedule(steps=12, batch=2, rate=1e-4))
    cross.renew()
    assert loss() < before / 2
    again = Cross(cross.encoder, tmp_path)
    np.testing.assert_array_equal(again.score(pairs), cross.score(pairs))


@pytest.mark.parametrize("in_bfloat16", [True, False])
def test_what_is_fast_ranks_as_the_exact_layers_do(
    pairs: list[tuple[str, str]],
    as_trained: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    in_bfloat16: bool,
) -> None:
    # Both are chosen on some machine; this one can run both.
    monkeypatch.setattr("rag.reranking.multiplies_bfloat16", lambda: in_bfloat16)
    scorer = load_reranker(find_model("verbatim-scorer", ModelRole.RERANKER), ROOT / "models")
    likely = np.concatenate(
        [
            scorer.score(question, [text for asked, text in pairs if asked == question])
            for question in QUESTIONS
        ]
    ).astype(np.float64)
    likely = likely.clip(1e-6, 1 - 1e-6)
    assert np.corrcoef(np.log(likely / (1 - likely)), as_trained)[0, 1] > 0.98


def test_a_title_in_a_list_of_references_answers_nothing(tmp_path: Path) -> None:
    file = tmp_path / "paper.md"
    file.write_text(
        "# Audio\n\nBEATs is used as an encoder here.\n\nReferences:\n\n"
        "- Chen et al., 2022. BEATs: Audio Pre-Training with Acoustic Tokenizers. arXiv:2212.09058",
        encoding="utf-8",
    )
    document = read_document(file, name=file.name)
    section = document.sections[-1]
    chunk = Chunk(
        document.text[section.span.start : section.span.end],
        section.span,
        section.heading_path,
        section.anchor,
        None,
        Language.EN,
    )
    hit = Hit(StoredChunk(1, document.name, chunk), RetrievalScores(fused=0.7, relevance=0.5))
    candidates = list_candidates([hit], lambda _: document)
    assert len(candidates) == 2
    scorer = RerankerScorer(
        load_reranker(find_model("verbatim-scorer", ModelRole.RERANKER), ROOT / "models"),
        LexicalScorer(
            lambda question: weigh_query(question, document_frequencies={}, chunk_count=1)
        ),
        most=32,
    )

    asked_how = scorer.score("How does BEATs train its acoustic tokenizer?", candidates)
    asked_where = scorer.score("In which paper are the BEATs acoustic tokenizers?", candidates)
    without = scorer.score("How does BEATs train its acoustic tokenizer?", candidates[:1])
    assert asked_how.confidence == pytest.approx(without.confidence)
    assert asked_how.scores[0] > asked_how.scores[1]
    assert asked_where.scores[1] > asked_where.scores[0]
