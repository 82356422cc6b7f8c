"""Manual pages and RFCs as they are printed, and what only looks like them."""

from pathlib import Path

from rag.documents import read_document
from rag.types import BlockKind, Document

PAGE = """KETTLE(1)                 General Commands Manual                 KETTLE(1)

NAME
       kettle - boils water

DESCRIPTION
       The program    boils   water until it is told to stop, or until the wa‐
       ter is gone.

   Options
       They are read from left to right.

       -t, --time SECONDS
              How long it boils.  The default is 10.

       --quiet
       --silent
              Nothing is said.

       -v     The water is looked at before and after, and what was seen is
              written to the standard output.

EXIT STATUS
       0 where it boiled.

选项
       --lid
              水烧开之前不许打
              开盖子。

KETTLE(1)                 General Commands Manual                 KETTLE(1)
"""
FILL = "       It is filled once more, and then it is boiled once more.\n\n"


def read(folder: Path, text: str) -> Document:
    path = folder / "page.txt"
    path.write_text(text, encoding="utf-8")
    return read_document(path, name=path.name)


def test_a_manual_page_has_headings_and_explained_options(tmp_path: Path) -> None:
    document = read(tmp_path, PAGE.replace("EXIT STATUS", FILL * 12 + "EXIT STATUS"))
    assert [section.heading_path for section in document.sections] == [
        ("NAME",),
        ("DESCRIPTION",),
        ("DESCRIPTION", "Options"),
        ("EXIT STATUS",),
        ("选项",),
    ]
    items = [
        document.text[block.span.start : block.span.end]
        for block in document.blocks
        if block.kind is BlockKind.LIST_ITEM
    ]
    assert items == [
        "- -t, --time SECONDS: How long it boils. The default is 10.",
        "- --quiet / --silent: Nothing is said.",
        "- -v The water is looked at before and after, and what was seen is "
        "written to the standard output.",
        "- --lid: 水烧开之前不许打开盖子。",
    ]
    assert "The program boils water until it is told to stop, or until the water is gone." in (
        document.text
    )
    assert "General Commands" not in document.text


def test_numbered_headings_have_their_levels(tmp_path: Path) -> None:
    text = "1.  Kettles\n\n" + FILL * 15 + "1.1.  Lids\n\n" + FILL * 15 + "2.  Cups\n\n" + FILL * 5
    document = read(tmp_path, text)
    assert [section.heading_path for section in document.sections] == [
        ("1. Kettles",),
        ("1. Kettles", "1.1. Lids"),
        ("2. Cups",),
    ]


def test_ordinary_text_with_indented_lines_is_read_as_before(tmp_path: Path) -> None:
    text = "Kettles\n\nThey are filled.\n\n    kettle --boil\n\n" * 20
    document = read(tmp_path, text)
    assert not any(block.kind is BlockKind.HEADING for block in document.blocks)
