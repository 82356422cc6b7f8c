"""What every reranker must do, whichever model is behind it."""

from pathlib import Path

import numpy as np
import pytest

from rag.models import ModelRole, find_model
from rag.reranking import Reranker, load_reranker
from rag.second_reading import SecondReading

pytestmark = pytest.mark.slow

MODELS = Path(__file__).parents[2] / "models"
NAMES = ("verbatim-scorer", "verbatim-scorer-large")
ASKED = (
    (
        "什么是注意力机制？",
        "注意力机制让模型按相关性对输入的各部分加权。",
        "训练数据保存在第三块硬盘上。",
    ),
    (
        "Why is the vision encoder frozen?",
        "The vision encoder is frozen so that its features are not lost in training.",
        "The report was printed on recycled paper.",
    ),
    (
        "Which layers does LoRA change?",
        "LoRA 只在注意力层旁加上低秩矩阵，其余各层不变。",
        "会议改到周四下午举行。",
    ),
)


def _alone(name: str) -> Reranker:
    return load_reranker(find_model(name, ModelRole.RERANKER), MODELS)


@pytest.fixture(scope="module")
def alone() -> dict[str, Reranker]:
    return {name: _alone(name) for name in NAMES}


@pytest.fixture(scope="module", params=[*NAMES, "both"])
def reranker(request: pytest.FixtureRequest, alone: dict[str, Reranker]) -> Reranker:
    if request.param == "both":
        return SecondReading(alone[NAMES[0]], alone[NAMES[1]])
    return alone[request.param]


@pytest.mark.parametrize(("question", "answer", "other"), ASKED)
def test_what_answers_stands_above_what_does_not(
    reranker: Reranker, question: str, answer: str, other: str
) -> None:
    likely = reranker.score(question, [other, answer])
    assert likely.dtype == np.float32
    assert ((likely >= 0) & (likely <= 1)).all()
    assert likely[1] > likely[0] + 0.1


def test_no_texts_have_no_scores(reranker: Reranker) -> None:
    assert reranker.score("什么是 LoRA？", []).shape == (0,)


def test_each_text_keeps_its_score_in_any_order(reranker: Reranker) -> None:
    question = ASKED[0][0]
    texts = [text for _, answer, other in ASKED for text in (answer, other)]
    forth, back = reranker.score(question, texts), reranker.score(question, texts[::-1])
    np.testing.assert_allclose(forth, back[::-1], atol=0.03)


@pytest.mark.parametrize("text", ["", "\ud800 lone", "<s></s><pad>[CLS]", "长" * 3000])
def test_any_text_can_be_read(reranker: Reranker, text: str) -> None:
    assert np.isfinite(reranker.score("什么是 LoRA？", [text, "LoRA 是低秩适配。"])).all()


def test_only_the_best_are_read_again(alone: dict[str, Reranker]) -> None:
    question = ASKED[0][0]
    texts = [text for _, answer, other in ASKED for text in (answer, other)]
    first, second = (alone[name].score(question, texts).astype(np.float64) for name in NAMES)
    both = SecondReading(alone[NAMES[0]], alone[NAMES[1]], most=2).score(question, texts)
    best, rest = np.argsort(-first)[:2], np.argsort(-first)[2:]
    np.testing.assert_allclose(both[rest], first[rest], atol=0.03)
    between = np.sort(np.stack([first, second])[:, best], axis=0)
    assert (between[0] - 0.03 <= both[best]).all()
    assert (both[best] <= between[1] + 0.03).all()
    assert np.abs(both[best] - first[best]).max() > 0.03
