from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Chunk, Evidence, Hit, Language, RetrievalScores, Span, StoredChunk, Support
from rag.verification import assess, split_answer, verify


def evidence(number: int, text: str, heading: str = "CLIP") -> Evidence:
    chunk = Chunk(text, Span(0, len(text)), (heading,), "clip", None, Language.EN)
    hit = Hit(StoredChunk(number, "a.md", chunk), RetrievalScores(fused=1, relevance=1))
    return Evidence(number=number, hit=hit, span=chunk.span, text=text, score=1)


EVIDENCE = [
    evidence(1, "CLIP trains with a symmetric contrastive loss."),
    evidence(2, "The temperature of CLIP starts at 0.07 and is learned."),
    evidence(3, "CLIP 的温度参数初始值为 0.07，并且可以学习。"),
]


@pytest.mark.parametrize(
    ("sentence", "support", "best"),
    [
        ("CLIP trains with a symmetric contrastive loss.", Support.QUOTED, 1),
        ("The loss of CLIP is symmetric and contrastive.", Support.SUPPORTED, 1),
        ("CLIP does not train with a symmetric contrastive loss.", Support.PARTLY, 1),
        ("The temperature of CLIP starts at 0.7 and is learned.", Support.UNSUPPORTED, 2),
        ("温度参数的初始值是 0.07，可以学习。", Support.SUPPORTED, 3),
        ("Bananas are yellow.", Support.UNSUPPORTED, None),
    ],
)
def test_support(sentence: str, support: Support, best: int | None) -> None:
    found = assess(sentence, EVIDENCE)
    assert found.support is support
    assert (found.best.number if found.best else None) == best


def carried(sentence: str, text: str, heading: str = "CLIP") -> Support:
    return assess(sentence, [evidence(1, text, heading)]).support


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("The rank of LoRA is 1.", "The rank of LoRA is 16 by default."),
        ("学习率为 1", "学习率为 10，批大小为 256。"),
        ("The temperature starts at 0.0", "The temperature starts at 0.07 and is learned."),
        ("需要人工标注。", "CLIP 不需要人工标注。"),
        ("支持中文。", "该模型不支持中文。"),
        ("No.", "The model knows many languages."),
        ("3.5 billion images were used.", "5 billion images were used."),
        ("2、3 和 5 是质数。", "3 和 5 是质数。"),
        ("The ratio is 1", "The ratio is 1:16."),
        ("20 度", "气温 -20 度。"),
    ],
)
def test_a_piece_of_a_clause_is_not_a_quote(fragment: str, text: str) -> None:
    assert carried(fragment, text) in (Support.UNSUPPORTED, Support.PARTLY)


def test_a_whole_clause_is_a_quote() -> None:
    assert carried("批大小为 256。", "学习率为 10，批大小为 256。") is Support.QUOTED


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("CLIP trains with labels.", "CLIP doesn’t train with labels."),
        ("训练样本少于 100 个。", "训练样本不少于 100 个。"),
        ("模型会过滤噪声数据。", "模型不过滤噪声数据。"),
        ("用户同意该条款后注销。", "用户不同意该条款后注销。"),
        ("模型过拟合训练数据。", "模型不过拟合训练数据。"),
        ("两个编码器同时更新参数。", "两个编码器不同时更新参数。"),
        ("LoRA 需要额外推理开销。", "LoRA 无需额外推理开销。"),
        ("收敛速度与学习率有关。", "收敛速度与学习率无关。"),
        ("生产环境开启调试模式。", "生产环境禁止开启调试模式。"),
    ],
)
def test_the_contrary_is_not_supported(sentence: str, text: str) -> None:
    assert carried(sentence, text) is Support.PARTLY


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("See table No. 3 for the loss of CLIP.", "The loss of CLIP: see table 3."),
        ("未来计划支持更多语言。", "计划支持更多语言。"),
    ],
)
def test_what_only_looks_like_a_negation_negates_nothing(sentence: str, text: str) -> None:
    assert carried(sentence, text) is Support.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "text", "heading"),
    [
        (
            "The learning rate of the model is 3.2.",
            "The learning rate of the model is 0.1.",
            "3.2 Learning rate",
        ),
        ("模型共有 2 层注意力。", "模型共有 12 层注意力。", "2 模型结构"),
        ("模型有 70 亿参数。", "模型有 70 万参数。", "模型"),
        ("训练用了 30 分钟。", "训练用了 30 秒。", "训练"),
        ("速度提高 5%。", "速度提高 5 倍。", "速度"),
    ],
)
def test_another_number_is_not_supported(sentence: str, text: str, heading: str) -> None:
    assert carried(sentence, text, heading) is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("模型用了四种损失函数。", "模型用了三种损失函数。"),
        ("There are four loss functions.", "It has three loss functions."),
    ],
)
def test_another_count_in_words_is_not_supported(sentence: str, text: str) -> None:
    assert carried(sentence, text) is Support.PARTLY


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("The model has 1000 layers.", "This model has 1,000 layers."),
        ("训练在 8 张卡上进行，批大小为 256。", "批大小为256，8张卡上进行训练。"),
        ("The model uses 4, 8 and 16 heads.", "Heads that the model uses: 4，8，16"),
        ("模型用了 3 种损失函数。", "这个模型用了三种损失函数。"),
        ("The dropout is 0.10 in the model.", "Dropout in the model is 0.1."),
        ("0.07 is the initial temperature of CLIP.", "CLIP: the initial temperature is 0.07."),
        ("1. LoRA freezes the weights of the model.", "LoRA freezes all the weights of a model."),
    ],
)
def test_the_same_number_written_otherwise_is_supported(sentence: str, text: str) -> None:
    assert carried(sentence, text) is Support.SUPPORTED


def test_two_pieces_can_carry_a_sentence_between_them() -> None:
    pieces = [
        evidence(1, "Run A takes 5 minutes."),
        evidence(2, "Run B takes 12 minutes."),
        evidence(3, "Bananas are yellow."),
    ]
    _, (sentence,) = verify("Run A takes 5 minutes [1] and run B takes 12 minutes [2].", pieces)
    assert (sentence.support, sentence.markers) == (Support.SUPPORTED, (1, 2))
    _, (sentence,) = verify("Run B takes 12 minutes [3][2].", pieces)
    assert (sentence.support, sentence.markers) == (Support.QUOTED, (2,))


def test_of_alike_pieces_it_is_not_the_contrary_that_carries() -> None:
    pieces = [
        evidence(1, "The model does not use dropout in the attention layers of the encoder."),
        evidence(2, "The model uses dropout in attention layers."),
    ]
    found = assess("The model uses dropout in the attention layers of the encoder.", pieces)
    assert (found.support, found.best) == (Support.SUPPORTED, pieces[1])


def test_of_alike_pieces_the_one_with_the_number_carries() -> None:
    pieces = [evidence(1, "Run A uses a batch of 256."), evidence(2, "Run B uses a batch of 512.")]
    found = assess("乙组的批大小是 512。", pieces, lambda _, texts: [0.91, 0.9])
    assert (found.support, found.best) == (Support.SUPPORTED, pieces[1])


def test_a_wrong_citation_is_repaired_and_an_unsupported_one_removed() -> None:
    text = "CLIP trains with a symmetric contrastive loss [2]. Bananas are yellow [1]."
    repaired, sentences = verify(text, EVIDENCE)
    assert sentences[0].markers == (1,)
    assert sentences[1].markers == ()
    assert "[2]" not in repaired
    assert "Bananas are yellow." in repaired


def test_unsupported_sentences_can_be_removed_down_to_nothing() -> None:
    text = "Bananas are yellow [1]. CLIP trains with a symmetric contrastive loss."
    repaired, sentences = verify(text, EVIDENCE, remove_unsupported=True)
    assert repaired == "CLIP trains with a symmetric contrastive loss. [1]"
    assert [sentence.support for sentence in sentences] == [Support.QUOTED]
    assert verify("Bananas are yellow.", EVIDENCE, remove_unsupported=True) == ("", ())


def test_markers_after_the_full_stop_belong_to_the_sentence_before() -> None:
    parts = split_answer("温度可以学习。[3] CLIP 用对比损失。[1][2]")
    assert [(body, markers) for _, body, markers in parts] == [
        ("温度可以学习。", (3,)),
        ("CLIP 用对比损失。", (1, 2)),
    ]


def test_a_marker_without_a_space_before_it_ends_a_sentence_too() -> None:
    parts = split_answer("It is a loss over the batch.[1] The temperature starts at 0.07.[2]")
    assert [(body, markers) for _, body, markers in parts] == [
        ("It is a loss over the batch.", (1,)),
        ("The temperature starts at 0.07.", (2,)),
    ]
    parts = split_answer(" [3] First it is read [1], then written.")
    assert [(body, markers) for _, body, markers in parts] == [
        ("First it is read, then written.", (3, 1))
    ]


def test_a_name_that_the_evidence_does_not_have_is_not_supported() -> None:
    sentence = "ALBEF trains with a symmetric contrastive loss."
    assert assess(sentence, EVIDENCE).support is Support.PARTLY


def test_support_reaches_across_languages_by_likeness() -> None:
    def likeness(sentence: str, texts: Sequence[str]) -> list[float]:
        return [0.9 if "symmetric" in text else 0.1 for text in texts]

    sentence = "训练时采用两个方向的对比目标。"
    assert assess(sentence, EVIDENCE[:2]).support is Support.UNSUPPORTED
    found = assess(sentence, EVIDENCE[:2], likeness)
    assert (found.support, found.best) == (Support.SUPPORTED, EVIDENCE[0])
    wrong = assess("训练时采用 3 个方向的对比目标。", EVIDENCE[:2], likeness)
    assert wrong.support is Support.UNSUPPORTED


@given(
    st.lists(
        st.sampled_from(["CLIP trains.", "[1]", " [9]", "温度。", "0.07", " and ", "\n", "Why?"]),
        max_size=15,
    ).map("".join)
)
def test_verification_never_invents_markers_or_loses_words(text: str) -> None:
    repaired, sentences = verify(text, EVIDENCE)
    numbers = {number for sentence in sentences for number in sentence.markers}
    assert numbers <= {1, 2, 3}
    import re

    bare = re.sub(r"\s*\[\d+\]", "", text)
    assert "".join(re.sub(r"\s*\[\d+\]", "", repaired).split()) == "".join(bare.split())
