import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import in_one_form, renumber
from rag.composition import compose_written
from rag.types import Chunk, Evidence, Hit, Language, RetrievalScores, Span, StoredChunk
from rag.verification import whole_sentences


def evidence(number: int, text: str = "") -> Evidence:
    text = text or f"sentence {number}"
    chunk = Chunk(text, Span(0, len(text)), ("Heading",), "heading", None, Language.EN)
    hit = Hit(StoredChunk(number, "a.md", chunk), RetrievalScores(fused=1, relevance=1))
    return Evidence(number=number, hit=hit, span=chunk.span, text=text, score=0.5)


def parse(text: str, numbers: list[int]) -> tuple[str, dict[int, int], int]:
    in_form, dropped = in_one_form(text, [evidence(number) for number in numbers])
    return *renumber(in_form), dropped


TEXTS = st.lists(
    st.sampled_from(
        ["[1]", "[2]", "[9]", "[1, 2]", "【3】", "[1-3]", " [", "]", "答案", "x ", "[a]", "[^2]"]
    ),
    max_size=12,
).map("".join)


@given(TEXTS)
def test_every_marker_left_points_at_evidence(text: str) -> None:
    answer, new, _ = parse(text, [1, 2, 3])
    assert {int(number) for number in re.findall(r"\[(\d+)\]", answer)} == set(new.values())
    assert new.keys() <= {1, 2, 3}
    assert sorted(new.values()) == list(range(1, len(new) + 1))


def test_markers_are_renumbered_in_the_order_of_appearance() -> None:
    answer, new, dropped = parse("First [7]. Then [2, 7]. Nothing [4].", [2, 7])
    assert answer == "First[1]. Then[2][1]. Nothing."
    assert new == {7: 1, 2: 2}
    assert dropped == 1


def test_a_range_stands_for_what_lies_in_it() -> None:
    assert parse("All of it [1-3].", [1, 2, 3])[1] == {1: 1, 2: 2, 3: 3}


def test_a_documents_own_references_do_not_hide_a_marker() -> None:
    items = [
        evidence(1, "CLIP is trained on 400 million pairs [1, 2]."),
        evidence(2, "The loss of CLIP is contrastive."),
    ]
    said = "CLIP is trained on 400 million pairs and its loss is contrastive [1, 2]."
    composed = compose_written(said, items, remove_unsupported=False)
    assert [citation.quote for citation in composed.citations] == [item.text for item in items]


@pytest.mark.parametrize("marker", ["[证据2]", "[Evidence 2]", "［2］", "【2】", "[^2]"])
def test_a_marker_is_known_however_it_is_written(marker: str) -> None:
    items = [evidence(1, "The rank of LoRA is 8."), evidence(2, "CLIP needs no labels.")]
    composed = compose_written(f"CLIP needs no labels {marker}.", items, remove_unsupported=False)
    assert composed.text == "CLIP needs no labels.[1]"
    assert composed.citations[0].quote == items[1].text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("The score lies in [0, 1]", "The score lies in [0, 1]."),
        ("输入形状为 [3, 224, 224]", "输入形状为 [3, 224, 224]。"),
        ("LoRA 冻结权重。输入形状为[3, 256, 128]", "输入形状为 [3, 256, 128]。"),
        ("The next one is arr[1]", "First comes arr[0]. The next one is arr[1]."),
        ("Its scale is [1, 2]", "Three judges rate it on a scale of [1, 2]. Its scale is fixed."),
    ],
)
def test_brackets_of_the_text_itself_are_no_markers(said: str, text: str) -> None:
    items = [evidence(1, "The rank of LoRA is 8."), evidence(2, text)]
    composed = compose_written(f"{said} [2].", items, remove_unsupported=False)
    assert composed.text.startswith(said)
    assert text in [citation.quote for citation in composed.citations]
    assert said.endswith(composed.sentences[-1].text.rstrip("."))


@given(
    st.lists(
        st.sampled_from(
            [
                *("CLIP trains. ", "[1]", "【2】", " [9]", "温度可以学习。", "0.07", " [1, 2]. "),
                *("\n", "$$\nx = a. B\n+ c\n$$", "$5 ", "$"),
            ]
        ),
        max_size=12,
    ).map("".join),
    st.booleans(),
)
def test_what_is_said_while_it_is_written_is_how_the_answer_begins(
    text: str, remove_unsupported: bool
) -> None:
    items = [evidence(1, "CLIP trains."), evidence(2, "温度可以学习。"), evidence(3)]
    final = compose_written(text, items, remove_unsupported=remove_unsupported).text
    for end in range(len(text)):
        whole = whole_sentences(in_one_form(text[:end], items)[0])
        said = compose_written(whole, items, remove_unsupported=remove_unsupported).text
        assert final.startswith(said)
