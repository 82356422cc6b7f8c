"""Eight bits beside the exact layers."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.chunking import under_headings
from rag.documents import read_document
from rag.models import ModelRole, find_model, locate
from rag.quantization import quantize
from rag.sentences import sentence_spans

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


def test_the_scorer_ranks_as_the_exact_one_does() -> None:
    from sentence_transformers import CrossEncoder

    folder = locate(find_model("verbatim-scorer", ModelRole.RERANKER), Path("models"))
    assert folder is not None
    model = CrossEncoder(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
    texts = [
        under_headings(("多模态大模型手册",), document.text[span.start : span.end])
        for path in sorted((ROOT / "corpus").rglob("*.md"))[::6]
        for document in [read_document(path, name=path.name)]
        for span in sentence_spans(document.text)[5:400:20]
    ]
    pairs = [(question, text) for question in QUESTIONS for text in texts]

    def logits() -> np.ndarray:
        found: np.ndarray = model.predict(pairs, activation_fn=torch.nn.Identity())
        return found

    exact = logits()
    quantize(model)
    assert len(pairs) > 60
    assert np.corrcoef(exact, logits())[0, 1] > 0.98
