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
