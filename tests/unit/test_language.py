"""The language of texts that mix scripts, as questions of Chinese engineers do."""

import pytest

from rag.language import detect_language
from rag.types import Language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Retrieval-Augmented Generation 是什么？", Language.ZH),
        ("Reinforcement Learning from Human Feedback 有什么缺点？", Language.ZH),
        ("Python ImportError: cannot import name 怎么解决", Language.ZH),
        ("FlashAttention 是 approximate 的吗", Language.ZH),
        ("CLIP 用什么损失？", Language.ZH),
        (r"损失为 $L = -\frac{1}{N}\sum_{i=1}^{N} y_i \log p_i$。", Language.ZH),
        ("What does 注意力 mean in this handbook, and how is it computed there?", Language.EN),
        ("How is CLIP trained?", Language.EN),
        ("これは日本語の文です。", Language.OTHER),
        ("Что такое внимание?", Language.OTHER),
        ("3.14", Language.OTHER),
    ],
)
def test_the_language_of_a_text(text: str, language: Language) -> None:
    assert detect_language(text) is language
