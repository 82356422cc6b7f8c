"""Sentences and what they bring along, from real documents."""

from pathlib import Path

import pytest

from rag.documents import ReadLimits, read_document
from rag.evidence_candidates import Candidate, list_candidates
from rag.types import Chunk, Document, Hit, Language, RetrievalScores, Span, StoredChunk

TEXT = """# Sampling

POPE draws negatives in three ways:

- random: any object that is absent;
- popular: the most frequent absent objects.

The loss is the mean over both directions. It reads:

$$L = (a + b) / 2$$

| benchmark | tasks |
| --- | --- |
| OSWorld | 369 |

See the code:
"""


@pytest.fixture
def document(tmp_path: Path) -> Document:
    file = tmp_path / "sampling.md"
    file.write_text(TEXT, encoding="utf-8")
    return read_document(file, name=file.name, limits=ReadLimits())


@pytest.fixture
def candidates(document: Document) -> dict[str, Candidate]:
    (section,) = [item for item in document.sections if item.heading_path]
    text = document.text[section.span.start : section.span.end]
    chunk = Chunk(text, section.span, section.heading_path, section.anchor, None, Language.EN)
    hit = Hit(StoredChunk(1, document.name, chunk), RetrievalScores(0.5, 0.5))
    return {item.text: item for item in list_candidates([hit], lambda _: document)}


def brought(document: Document, candidate: Candidate) -> list[str]:
    return [document.text[span.start : span.end] for span in candidate.context]


def test_a_list_item_brings_its_lead_in(
    document: Document, candidates: dict[str, Candidate]
) -> None:
    item = candidates["popular: the most frequent absent objects."]
    assert brought(document, item) == ["POPE draws negatives in three ways:"]
    assert item.in_context == f"POPE draws negatives in three ways: {item.text}"


def test_a_lead_in_brings_the_list_that_it_promises(
    document: Document, candidates: dict[str, Candidate]
) -> None:
    lead = candidates["POPE draws negatives in three ways:"]
    items = ["random: any object that is absent;", "popular: the most frequent absent objects."]
    assert brought(document, lead) == items
    assert lead.in_context == " ".join([lead.text, *items])


def test_a_lead_in_brings_the_formula_that_it_promises(
    document: Document, candidates: dict[str, Candidate]
) -> None:
    before = "The loss is the mean over both directions."
    assert brought(document, candidates["It reads:"]) == [before, "$$L = (a + b) / 2$$"]
    assert brought(document, candidates[before]) == []
    assert brought(document, candidates["See the code:"]) == []


def test_a_table_row_is_read_with_the_names_of_its_columns(
    document: Document, candidates: dict[str, Candidate]
) -> None:
    row = candidates["OSWorld | 369"]
    assert brought(document, row) == ["benchmark | tasks"]
    assert row.in_context == "benchmark: OSWorld; tasks: 369"


def candidates_of(document: Document, chunk: Chunk) -> list[Candidate]:
    hit = Hit(StoredChunk(1, document.name, chunk), RetrievalScores(0.5, 0.5))
    return list_candidates([hit], lambda _: document)


def candidates_by_text(document: Document) -> dict[str, Candidate]:
    (section,) = [item for item in document.sections if item.heading_path]
    chunk = Chunk(
        document.text, section.span, section.heading_path, section.anchor, None, Language.EN
    )
    return {item.text: item for item in candidates_of(document, chunk)}


def read(tmp_path: Path, name: str, text: str) -> Document:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return read_document(file, name=name, limits=ReadLimits())


def test_a_nested_item_brings_what_it_is_nested_in(tmp_path: Path) -> None:
    text = "设置如下：\n\n- 训练：\n  - 批大小 32\n- 推理：\n  - 批大小 1\n"
    document = read(tmp_path, "nested.md", text)
    whole = Span(0, len(document.text))
    chunk = Chunk(document.text, whole, (), "", None, Language.ZH)
    contexts = {item.text: item.in_context for item in candidates_of(document, chunk)}
    assert contexts["批大小 32"] == "设置如下： 训练： 批大小 32"
    assert contexts["批大小 1"] == "设置如下： 推理： 批大小 1"
    assert contexts["推理："] == "设置如下： 推理："


def test_later_sentences_are_read_after_the_catchword_of_their_paragraph(tmp_path: Path) -> None:
    text = (
        "**温度。** 采样时除以它。默认取 0.7。\n\n"
        "**Beam search.** It keeps the best paths. More are slower.\n\n"
        "There is nothing that opens this paragraph. It is short.\n\n"
        "$$a = b$$\n\nin tokens. It goes on. Then it ends.\n\n"
        "选项有：\n\n- 种子。 定下随机数。不设就用时间。\n"
    )
    document = read(tmp_path, "sampling.md", text)
    chunk = Chunk(document.text, Span(0, len(document.text)), (), "", None, Language.ZH)
    contexts = {item.text: item.in_context for item in candidates_of(document, chunk)}
    assert contexts["温度。 采样时除以它。"] == "温度。 采样时除以它。"
    assert contexts["默认取 0.7。"] == "温度。 默认取 0.7。"
    assert contexts["More are slower."] == "Beam search. More are slower."
    assert contexts["It is short."] == "It is short."
    assert contexts["Then it ends."] == "Then it ends."
    assert contexts["不设就用时间。"] == "选项有： 种子。 不设就用时间。"


def test_a_sentence_that_opens_with_a_pronoun_brings_what_that_stands_for(tmp_path: Path) -> None:
    text = (
        "Ostrel reads images in tiles. Its tiles overlap. However, it ignores their order.\n\n"
        "This costs little. It is clear that more tiles cost more.\n\n"
        "- 沉砂在第二个阶段只训练适配器。它用 3 万对数据。\n- 浮砂全部训练。\n\n"
        "**缓存。** 键和值都存下来。它们占 2 GB。\n"
    )
    document = read(tmp_path, "ostrel.md", text)
    chunk = Chunk(document.text, Span(0, len(document.text)), (), "", None, Language.EN)
    found = {item.text: item for item in candidates_of(document, chunk)}
    first, second = "Ostrel reads images in tiles.", "Its tiles overlap."
    third = "However, it ignores their order."
    assert brought(document, found[first]) == []
    assert brought(document, found[second]) == [first]
    # It is followed two sentences back at most, and across the end of a paragraph.
    assert brought(document, found[third]) == [first, second]
    assert found[third].in_context == third
    assert brought(document, found["This costs little."]) == [second, third]
    assert brought(document, found["It is clear that more tiles cost more."]) == []
    assert brought(document, found["它用 3 万对数据。"]) == ["沉砂在第二个阶段只训练适配器。"]
    assert brought(document, found["浮砂全部训练。"]) == []
    assert brought(document, found["它们占 2 GB。"]) == ["缓存。 键和值都存下来。"]


def test_code_within_a_list_does_not_part_an_item_from_the_lead_in(tmp_path: Path) -> None:
    text = "Install it so:\n\n1. Build.\n\n   ```\n   make\n   ```\n\n2. Restart the service.\n"
    document = read(tmp_path, "steps.md", text)
    chunk = Chunk(document.text, Span(0, len(document.text)), (), "", None, Language.EN)
    contexts = {item.text: item.in_context for item in candidates_of(document, chunk)}
    assert contexts["Restart the service."] == "Install it so: Restart the service."


def test_of_a_listing_longer_than_a_chunk_the_chunk_is_the_evidence(tmp_path: Path) -> None:
    lines = "\n".join(f"step {number} loss {1 / number:.3f}" for number in range(1, 2000))
    document = read(tmp_path, "log.md", f"```\n{lines}\n```\n")
    start = document.text.index("step 700 ")
    span = Span(start, document.text.index("step 720 "))
    chunk = Chunk(document.text[span.start : span.end], span, (), "", None, Language.EN)
    (candidate,) = candidates_of(document, chunk)
    assert candidate.span == span
    assert candidate.text == chunk.text


def test_a_sentence_that_points_at_code_brings_it_but_is_read_alone(tmp_path: Path) -> None:
    long = "echo " + "x" * 600
    text = (
        "# Start\n\nThe kettle stands where it always stood. Run the following command.\n\n"
        "```\nkettle --boil\n```\n\n"
        "用下面的命令停止：\n\n```\nkettle --stop\n```\n\nIt says:\n\n```\n" + long + "\n```\n\n"
        "Nothing more is needed.\n\n```\nexit\n```\n"
    )
    document = read(tmp_path, "start.md", text)
    found = candidates_by_text(document)
    pointing = {
        "Run the following command.": ["kettle --boil"],
        "用下面的命令停止：": ["kettle --stop"],
        "The kettle stands where it always stood.": [],
        "It says:": [],
        "Nothing more is needed.": [],
    }
    assert {text: brought(document, found[text]) for text in pointing} == pointing
    assert all(found[text].in_context == text for text in pointing)


def test_a_later_sentence_of_an_item_is_read_with_its_term(tmp_path: Path) -> None:
    text = (
        "# Options\n\n- k1: how soon the gain of a word saturates. Usual values are near 1.2.\n"
        "- The index is kept on disk. Nothing else is needed.\n"
    )
    document = read(tmp_path, "options.md", text)
    found = candidates_by_text(document)
    explained = found["Usual values are near 1.2."]
    assert explained.in_context == "k1: Usual values are near 1.2."
    assert brought(document, explained) == ["k1: how soon the gain of a word saturates."]
    alone = found["Nothing else is needed."]
    assert alone.in_context == alone.text and not alone.context
