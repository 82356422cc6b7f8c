from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import chunk_document, text_to_embed
from rag.types import Block, BlockKind, Document, Section, Span
from tests.strategies import documents


def count_characters(texts: Sequence[str]) -> list[int]:
    """A tokenizer that is easy to reason about: a token a character that is not white space."""
    return [len("".join(text.split())) for text in texts]


def count_pieces(texts: Sequence[str]) -> list[int]:
    """A tokenizer whose count of a whole differs from the sum over its parts, as real ones do."""
    return [len(text.split()) + len(text) // 3 for text in texts]


@settings(deadline=None, max_examples=150)
@given(documents(), st.integers(32, 200), st.sampled_from([count_characters, count_pieces]))
def test_a_chunk_is_its_document_at_its_span(document, max_tokens, count) -> None:
    chunks = chunk_document(document, max_tokens=max_tokens, count=count)
    for chunk in chunks:
        assert document.text[chunk.span.start : chunk.span.end] == chunk.text
    spans = [chunk.span for chunk in chunks]
    assert all(left.end <= right.start for left, right in pairwise(spans))


@settings(deadline=None, max_examples=150)
@given(documents(), st.integers(32, 200))
def test_every_visible_character_of_the_body_is_in_a_chunk(document, max_tokens) -> None:
    chunks = chunk_document(document, max_tokens=max_tokens, count=count_characters)
    covered = {position for chunk in chunks for position in range(chunk.span.start, chunk.span.end)}
    bodies = [block for block in document.blocks if block.kind is not BlockKind.HEADING]
    for block in bodies:
        missing = [
            position
            for position in range(block.span.start, block.span.end)
            if position not in covered and not document.text[position].isspace()
        ]
        assert not missing


@settings(deadline=None, max_examples=150)
@given(documents(), st.integers(32, 200))
def test_chunks_stay_in_their_section_and_within_the_limit(document, max_tokens) -> None:
    for chunk in chunk_document(document, max_tokens=max_tokens, count=count_characters):
        section = next(item for item in document.sections if item.span.contains(chunk.span))
        assert chunk.heading_path == section.heading_path
        assert chunk.anchor == section.anchor
        embedded = count_characters([text_to_embed(chunk, document.title)])[0]
        assert embedded <= max_tokens


def document_of(blocks: list[tuple[BlockKind, str]]) -> Document:
    text = ""
    made: list[Block] = []
    for kind, body in blocks:
        text += "\n\n" if text else ""
        made.append(Block(kind, Span(len(text), len(text) + len(body))))
        text += body
    from rag.types import Language

    return Document(
        path="/a.md",
        name="a.md",
        title="A",
        text=text,
        language=Language.ZH,
        media_type="text/markdown",
        content_hash="",
        blocks=tuple(made),
        sections=(Section((), Span(0, len(text)), 0, ""),),
    )


def test_long_chinese_prose_is_cut_at_sentence_ends() -> None:
    sentence = "多模态模型把图像和文字放进同一个空间里。"
    document = document_of([(BlockKind.PARAGRAPH, sentence * 30)])
    chunks = chunk_document(document, max_tokens=100, count=count_characters)
    assert len(chunks) > 1
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert all(chunk.text.startswith("多") for chunk in chunks)


def test_table_rows_are_not_cut() -> None:
    row = "模型 | 参数量 | 年份 | 说明说明说明"
    document = document_of([(BlockKind.TABLE_ROW, row)] * 20)
    chunks = chunk_document(document, max_tokens=60, count=count_characters)
    assert len(chunks) > 1
    assert all(part == row for chunk in chunks for part in chunk.text.split("\n\n"))


def test_code_is_cut_between_lines() -> None:
    code = "\n".join(f"value_{number} = compute({number})" for number in range(60))
    document = document_of([(BlockKind.CODE, code)])
    chunks = chunk_document(document, max_tokens=120, count=count_characters)
    assert len(chunks) > 1
    assert all(line in code.split("\n") for chunk in chunks for line in chunk.text.split("\n"))


def test_a_document_of_headings_alone_still_has_a_chunk() -> None:
    document = document_of([(BlockKind.HEADING, "只有标题")])
    assert [c.text for c in chunk_document(document, max_tokens=50, count=count_characters)] == [
        "只有标题"
    ]
