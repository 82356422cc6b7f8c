from hypothesis import given
from hypothesis import strategies as st

from rag.citations import CitationParser
from rag.types import Chunk, Evidence, Hit, Language, RetrievalScores, Span, StoredChunk


def evidence(number: int) -> Evidence:
    text = f"sentence {number}"
    chunk = Chunk(text, Span(0, len(text)), ("Heading",), "heading", None, Language.EN)
    hit = Hit(StoredChunk(number, "a.md", chunk), RetrievalScores(fused=1, relevance=1))
    return Evidence(number=number, hit=hit, span=chunk.span, text=text, score=0.5)


def parse(pieces: list[str], numbers: list[int]) -> tuple[str, CitationParser]:
    parser = CitationParser([evidence(number) for number in numbers])
    text = "".join(map(parser.feed, pieces)) + parser.finish()
    return text, parser


TEXTS = st.lists(
    st.sampled_from(
        ["[1]", "[2]", "[9]", "[1, 2]", "【3】", " [", "]", "答案", "x ", "[a]", "[^2]"]
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.lists(st.integers(1, 5), max_size=8))
def test_how_the_stream_is_cut_does_not_matter(text: str, cuts: list[int]) -> None:
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    whole, at_once = parse([text], [1, 2, 3])
    streamed, in_pieces = parse([*pieces, rest], [1, 2, 3])
    assert streamed == whole
    assert in_pieces.citations() == at_once.citations()
    assert in_pieces.dropped_markers == at_once.dropped_markers


@given(TEXTS)
def test_every_marker_left_has_a_citation(text: str) -> None:
    answer, parser = parse([text], [1, 2, 3])
    import re

    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", answer)}
    assert numbers == {citation.n for citation in parser.citations()}


def test_markers_are_renumbered_in_the_order_of_appearance() -> None:
    answer, parser = parse(["First [7]. Then [2, 7]. Nothing [4]."], [2, 7])
    assert answer == "First[1]. Then[2][1]. Nothing."
    assert [citation.quote for citation in parser.citations()] == ["sentence 7", "sentence 2"]
    assert parser.dropped_markers == 1


def test_text_is_passed_on_as_soon_as_it_is_no_marker() -> None:
    parser = CitationParser([evidence(1)])
    assert parser.feed("see [") == "see"
    assert parser.feed("note]") == " [note]"
