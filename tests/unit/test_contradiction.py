"""Sentences that share nearly all words with their source and say otherwise, or the same."""

import pytest

from rag.contradiction import contradicts

OTHERWISE = [
    ("BLIP 不需要大量数据。", "BLIP 不需要标注，但需要大量数据。"),
    ("It uses GELU.", "It uses ReLU instead of GELU."),
    ("Aspirin is not safe for adults.", "Aspirin is safe for adults but not for children."),
    ("该药物有明显副作用。", "该药物无明显副作用。"),
    ("会员有投票权。", "会员缺乏投票权。"),
    ("The model has a decoder.", "The model lacks a decoder."),
    ("The model converges on long inputs.", "The model fails to converge on long inputs."),
    ("模型采用 SGD。", "模型采用 Adam 而非 SGD。"),
    ("在训练之后对输入做归一化。", "在训练之前对输入做归一化。"),
    ("体温高于 38 度", "体温低于 38 度"),
    ("Accuracy increased by 5%.", "Accuracy decreased by 5%."),
    ("Take at most 5 mg.", "Take at least 5 mg."),
    ("You must disable the cache.", "You may disable the cache."),
    ("LoRA quantizes the base model.", "QLoRA quantizes the base model."),
    ("GPT is trained with human feedback.", "InstructGPT is trained with human feedback."),
    ("LoRA is faster than full fine-tuning.", "Is LoRA faster than full fine-tuning?"),
    ("CLIP 支持中文。", "CLIP 支持中文吗？"),
]
THE_SAME = [
    ("CLIP 不需要人工标注。", "CLIP 训练时不需要人工标注，数据来自网络。"),
    ("BLIP 需要大量数据。", "BLIP 不需要标注，但需要大量数据。"),
    ("在没有标签的数据上训练。", "模型在无标签的数据上训练。"),
    ("Aspirin is safe for adults.", "Aspirin is safe for adults but not for children."),
    ("LLMs can hallucinate facts.", "An LLM can hallucinate facts."),
    ("GPT4 reads images.", "GPT-4 reads images."),
    ("It uses ReLU.", "It uses ReLU instead of GELU."),
    ("模型采用 Adam，而不是 SGD。", "模型采用 Adam 而非 SGD。"),
    ("两种方法不同。", "两种方法的目标不同。"),
    ("无论输入多长，输出都一样。", "输入多长输出都一样。"),
    ("It rises before it falls.", "The rate rises before it falls again."),
    ("Is it fast?", "Is it fast?"),
    ("The model needs 16GB of memory.", "The model needs 16GB of memory and more."),
    ("GPT-4 reads images.", "GPT 4 reads images and text."),
    ("CLIP uses unsupervised learning.", "CLIP 采用无监督学习。"),
    ("You must not open it.", "You may not open it."),
    ("It is averaged over the batch.", "As given below, it is averaged over the batch."),
    ("所有模型都由编码器组成。", "所有模型都由两部分组成：编码器和解码器。"),
    ("LoRA is fast and small.", "LoRA is fast. It is small. Is LoRA good?"),
]


@pytest.mark.parametrize(("sentence", "said"), OTHERWISE)
def test_what_says_otherwise_is_seen(sentence: str, said: str) -> None:
    assert contradicts(sentence, said, said)


@pytest.mark.parametrize(("sentence", "said"), THE_SAME)
def test_what_says_the_same_is_left_alone(sentence: str, said: str) -> None:
    assert not contradicts(sentence, said, said)


@pytest.mark.parametrize("said", [said for pair in OTHERWISE for said in pair])
def test_a_sentence_agrees_with_itself(said: str) -> None:
    assert not contradicts(said, said, said)


def test_a_name_may_stand_in_the_headings() -> None:
    said = "它用对比损失训练。"
    assert contradicts("CLIP 用对比损失训练。", said, said)
    assert not contradicts("CLIP 用对比损失训练。", said, f"CLIP {said}")
