"""PDFs: what is a paragraph, a heading, an item, a listing, and what only frames the page."""

from pathlib import Path

import pytest

from rag.documents import read_document
from rag.documents.pdf_headings import bare_title, with_headings
from rag.documents.pdf_lines import Line
from rag.documents.pdf_paragraphs import Paragraphs
from rag.documents.text_builder import TextBuilder
from rag.types import BlockKind, Document
from tests.pdfs import Ink, make_pdf

WIDE = "A wide line of text that is here to show how wide the text of it is."


def read(path: Path) -> Document:
    return read_document(path, name=path.name)


def blocks(document: Document) -> list[tuple[BlockKind, str]]:
    return [
        (block.kind, document.text[block.span.start : block.span.end]) for block in document.blocks
    ]


def test_pdf_pages_paragraphs_and_running_heads(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    wrapped = ["The encoder maps every image to a sequence of vec-", "tors, and stops."]
    topics = [[f"Topic {word} begins.", f"It ends with {word}."] for word in ("a", "b", "c")]
    pages = [["Handbook", *lines, f"Page {n} of 4"] for n, lines in enumerate([*topics, wrapped])]
    make_pdf(path, pages)
    document = read(path)
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert "Handbook" not in document.text
    assert "Page" not in document.text
    assert "sequence of vectors, and stops." in document.text
    third = document.pages[2].span
    assert "Topic c begins." in document.text[third.start : third.end]


def test_a_pdf_sentence_over_a_page_end_is_one_and_each_page_begins_within_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.pdf"
    first = [
        "A wide line of text that is here to set the width of it.",
        "We train it for long and we keep then the very last of",
    ]
    second = ["the weights of the best step.", "- one item of a list", "- another item"]
    make_pdf(path, [first, second])
    document = read(path)
    sentence = (
        "We train it for long and we keep then the very last of the weights of the best step."
    )
    assert sentence in document.text
    start = document.pages[1].span.start
    assert document.text[start:].lstrip().startswith("the weights of the best step.")
    assert document.pages[0].span.end == start
    assert "- one item of a list\n- another item" in document.text


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Introduction", "1 Introduction"),
        ("1.2 Loss", "1.2. Loss"),
        ("第二章 方法", "方法"),
        ("Data", "Data"),
    ],
)
def test_a_heading_of_a_pdf_is_known_with_its_number_and_without(title: str, line: str) -> None:
    builder = TextBuilder(max_characters=1000)
    outline = {0: {bare_title(title): 1, bare_title("Another page's"): 1}}
    pages = with_headings([[Line(line), Line("The encoder maps it.")]], outline)
    reading = Paragraphs(builder, pages)
    reading.add_page(1, pages[0])
    reading.flush()
    built = builder.build()
    assert built.sections[0].heading_path == (line,)
    assert built.text == f"{line}\n\nThe encoder maps it."


def test_a_title_of_the_outline_may_stand_on_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    make_pdf(
        path,
        [["How the encoder maps", "an image", "It maps it."], ["Data", "There is some."]],
        outline=[("How the encoder maps an image", 0), ("Data", 1)],
    )
    assert [section.heading_path for section in read(path).sections] == [
        ("How the encoder maps an image",),
        ("Data",),
    ]


def test_heads_and_feet_that_count_the_pages_are_left_out(tmp_path: Path) -> None:
    """Left and right pages have heads of their own, and the number stands beside a title."""
    path = tmp_path / "a.pdf"
    topics = ["amber", "basalt", "chalk", "dolomite", "emerald", "flint"]
    pages = [
        [
            f"{n} Stones of the north" if n % 2 else f"Part one {n}",
            f"Here {topic} is told of.",
            f"Of {topic} that is all.",
            f"{n} / 6",
        ]
        for n, topic in enumerate(topics, start=1)
    ]
    make_pdf(path, pages)
    text = read(path).text
    assert "Stones" not in text and "Part one" not in text and "/ 6" not in text
    for topic in topics:
        assert f"Here {topic} is told of." in text and f"Of {topic} that is all." in text


def test_a_line_with_a_number_of_its_own_is_no_running_head(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    counts = [7, 31, 4, 88, 15, 62]
    pages = [["Minutes", f"We counted {count}", "and that was all there was."] for count in counts]
    make_pdf(path, pages)
    text = read(path).text
    assert all(f"We counted {count}" in text for count in counts)
    assert "Minutes" not in text


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    leaders = " . . . . . . . . . ."
    contents = [f"{n}.1 Part {n}{leaders} {n + 3}" for n in range(1, 6)]
    more = ["6 The last part 9", "Index 12"]
    make_pdf(path, [["Contents", *contents], more, ["Part one begins in the year 1870."]])
    text = read(path).text
    assert "Part 2" not in text and "Index" not in text
    assert "Part one begins in the year 1870." in text


def test_larger_letters_are_headings_where_there_is_no_outline(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    title, part = {"size": 20, "below": 30}, {"size": 15, "below": 26}
    make_pdf(
        path,
        [
            [
                Ink("Kettles and their", **title),
                Ink("care", size=20, below=24),
                Ink("1 Descaling", **part),
                *[WIDE] * 8,
                "It is done with vinegar.",
                Ink("1.1 How often", font="Helvetica-Bold", below=20),
                "Every ninety days.",
                Ink("2 Rinsing", **part),
                "Twice.",
                # A drop of water, drawn as a sign: no word.
                Ink("***", size=30),
                Ink("Large letters that end a sentence are text.", size=20),
            ]
        ],
    )
    document = read(path)
    assert [section.heading_path for section in document.sections] == [
        ("Kettles and their care",),
        ("Kettles and their care", "1 Descaling"),
        ("Kettles and their care", "1 Descaling", "1.1 How often"),
        ("Kettles and their care", "2 Rinsing"),
    ]
    assert "Large letters that end" in document.text


def test_items_have_their_depth_and_end_where_text_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    make_pdf(
        path,
        [
            [
                "Before it is filled:",
                Ink("\u2022 The lid is taken off and laid on the table beside it, where", left=82),
                Ink("it can dry.", left=94),
                Ink("\u2013 Never on a cloth.", left=100),
                Ink("\u2022 The spout is wiped", left=82),
                WIDE,
            ]
        ],
    )
    assert blocks(read(path)) == [
        (BlockKind.PARAGRAPH, "Before it is filled:"),
        (
            BlockKind.LIST_ITEM,
            "- The lid is taken off and laid on the table beside it, where it can dry.",
        ),
        (BlockKind.LIST_ITEM, "  - Never on a cloth."),
        (BlockKind.LIST_ITEM, "- The spout is wiped"),
        (BlockKind.PARAGRAPH, WIDE),
    ]


def test_letters_of_one_width_are_code_with_its_indents(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    code = {"font": "Courier", "size": 10}
    make_pdf(
        path,
        [
            [
                WIDE,
                "This is how it is started:",
                Ink("if kettle.full:", **code),
                Ink("kettle.boil()", left=72 + 4 * 6, **code),
                "It takes four minutes, as long as the path of its program is not",
                Ink("/usr/local/bin/kettle", **code),
                "on this machine.",
            ]
        ],
    )
    assert blocks(read(path)) == [
        (BlockKind.PARAGRAPH, f"{WIDE} This is how it is started:"),
        (BlockKind.CODE, "if kettle.full:\n    kettle.boil()"),
        (
            BlockKind.PARAGRAPH,
            "It takes four minutes, as long as the path of its program is not "
            "/usr/local/bin/kettle on this machine.",
        ),
    ]


def test_a_document_typed_in_letters_of_one_width_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    make_pdf(path, [[Ink("The kettle is descaled", font="Courier"), Ink("twice.", font="Courier")]])
    assert blocks(read(path)) == [(BlockKind.PARAGRAPH, "The kettle is descaled twice.")]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_paragraphs_stand_apart_however_the_page_is_turned(tmp_path: Path, turned: int) -> None:
    path = tmp_path / "a.pdf"
    lines = [
        WIDE,
        WIDE.replace("A wide", "One more wide"),
        Ink("Another paragraph", below=30),
        WIDE,
    ]
    lines = [line if isinstance(line, Ink) else Ink(line.rstrip(".")) for line in lines]
    make_pdf(path, [lines], turned=turned)
    texts = [text for _, text in blocks(read(path))]
    assert len(texts) == 3
    assert texts[0].startswith("A wide") and "One more wide" in texts[0]
    assert texts[1] == "Another paragraph"


def test_a_term_and_what_is_set_in_below_it_are_one_item(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    code = {"font": "Courier", "size": 10}
    make_pdf(
        path,
        [
            [
                Ink(WIDE, below=30),
                Ink("-t SECONDS", below=30, **code),
                Ink("--time=SECONDS", **code),
                Ink("How long it boils. The default is ten, or as long as it takes if", left=94),
                Ink("the lid is off.", left=94),
                Ink("lid (boolean)", font="Helvetica-Bold"),
                Ink("Whether there is one", left=94),
                Ink("kettle --time=4", below=30, **code),
                Ink(
                    "The first line of a paragraph is set in, and this is one, which goes", left=90
                ),
                "on at the margin.",
            ]
        ],
    )
    assert blocks(read(path))[1:] == [
        (
            BlockKind.LIST_ITEM,
            "- -t SECONDS / --time=SECONDS: How long it boils. "
            "The default is ten, or as long as it takes if the lid is off.",
        ),
        (BlockKind.LIST_ITEM, "- lid (boolean): Whether there is one"),
        (BlockKind.CODE, "kettle --time=4"),
        (
            BlockKind.PARAGRAPH,
            "The first line of a paragraph is set in, and this is one, which goes "
            "on at the margin.",
        ),
    ]
