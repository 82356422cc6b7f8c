"""Pages as pictures and the places of cited words on them, from real PDFs made here."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rag.documents import read_document
from rag.documents.pdf_pages import PageView, has_pages, page_of, view_page
from rag.errors import DocumentError
from rag.types import Document, Span
from tests.pdfs import Ink, make_pdf

PAGES = [
    ["Handbook", "The kettle is descaled every ninety days.", "It is rinsed twice.", "Page 1 of 4"],
    [
        "Handbook",
        "The encoder maps every image to a sequence of vec-",
        "tors, and the sequence ends. It is rinsed twice.",
        "Page 2 of 4",
    ],
    ["Handbook", "Nothing of note stands here.", "Page 3 of 4"],
    ["Handbook", "It is rinsed twice. It is rinsed twice.", "Page 4 of 4"],
]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path = tmp_path_factory.mktemp("pdf") / "kettle.pdf"
    make_pdf(path, PAGES)
    return read_document(path, name="kettle.pdf")


def seen(document: Document, quote: str, *, nth: int = 0) -> PageView:
    start = -1
    for _ in range(nth + 1):
        start = document.text.index(quote, start + 1)
    return view_page(document, page_of(document, start), Span(start, start + len(quote)))


def test_words_behind_letters_of_formulas_are_marked(tmp_path: Path) -> None:
    """Such letters are one character in the text and two to PDFium."""
    path = tmp_path / "formula.pdf"
    lines = [Ink("xxx = xx", font="Times-Italic"), "The kettle is descaled.", "It is rinsed."]
    make_pdf(path, [lines])
    document = read_document(path, name=path.name)
    assert document.text.startswith("\U0001d465" * 3 + " = ")
    (formula,) = seen(document, "\U0001d465" * 3).boxes
    (below,) = seen(document, "It is rinsed.").boxes
    assert formula.left == pytest.approx(72 / 612, abs=0.01)
    assert below.top > formula.top


def ink_share(view: PageView, *, inside: bool) -> float:
    """Share of the dark pixels that lie in the boxes, or of the boxes' pixels that are dark."""
    picture = Image.open(io.BytesIO(view.png)).convert("L")
    mask = Image.new("L", picture.size, 0)
    for box in view.boxes:
        left, top = int(box.left * view.width), int(box.top * view.height)
        size = (max(1, int(box.width * view.width)), max(1, int(box.height * view.height)))
        mask.paste(255, (left, top, left + size[0], top + size[1]))
    pixels = zip(picture.tobytes(), mask.tobytes(), strict=True)
    dark_in_boxes = [dark < 128 for dark, covered in pixels if covered]
    return sum(dark_in_boxes) / max(1, len(dark_in_boxes)) if inside else 0.0


def test_a_quote_is_marked_on_its_line(document: Document) -> None:
    view = seen(document, "descaled every ninety days")
    assert (view.number, view.count, len(view.boxes)) == (1, 4, 1)
    box = view.boxes[0]
    # The second line, 14 points below the first at 720 of 792, right of "The kettle is ".
    assert 0.09 < box.top < 0.12
    assert box.left > 72 / 612 + 0.05
    assert 0.01 < box.height < 0.03
    assert ink_share(view, inside=True) > 0.05


def test_a_word_that_was_split_is_marked_on_both_lines(document: Document) -> None:
    view = seen(document, "sequence of vectors, and the")
    assert view.number == 2
    upper, lower = view.boxes
    assert upper.left > lower.left and upper.top < lower.top


def test_of_the_same_words_those_that_were_cited_are_marked(document: Document) -> None:
    first, second = (seen(document, "It is rinsed twice.", nth=n) for n in (2, 3))
    assert first.number == second.number == 4
    assert first.boxes[0].left < second.boxes[0].left


def test_a_span_over_two_pages_is_marked_on_each(document: Document) -> None:
    start = document.text.index("It is rinsed twice.")
    span = Span(start, document.text.index("vectors") + len("vectors"))
    assert view_page(document, 1, span).boxes
    assert len(view_page(document, 2, span).boxes) == 2
    assert view_page(document, 3, span).boxes == ()


def test_only_the_file_that_was_indexed_is_shown(document: Document, tmp_path: Path) -> None:
    assert has_pages(document)
    assert not has_pages(replace(document, content_hash="0" * 64))
    assert not has_pages(replace(document, path=str(tmp_path / "gone.pdf")))
    assert not has_pages(replace(document, media_type="text/markdown"))
    with pytest.raises(DocumentError, match="no page 9"):
        view_page(document, 9, None)


def test_the_picture_has_a_size_to_read_and_no_more(document: Document) -> None:
    view = view_page(document, 3, None)
    assert Image.open(io.BytesIO(view.png)).size == (view.width, view.height)
    assert 1200 <= view.width <= 1500
    assert len(view.png) < 400_000


@settings(max_examples=30, deadline=None)
@given(ends=st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_any_span_is_marked_within_the_page_or_not_at_all(document, ends) -> None:
    low, high = sorted(min(end, len(document.text)) for end in ends)
    view = view_page(document, page_of(document, low), Span(low, high))
    for box in view.boxes:
        assert box.left >= 0 and box.left + box.width <= 1.001
        assert box.top >= 0 and box.top + box.height <= 1.001
