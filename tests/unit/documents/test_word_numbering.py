"""Numbers that Word prints before paragraphs are part of what a reader sees, and asks for."""

from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.documents import read_document
from rag.documents.word_numbering import written


def _define(made: Any, number: int, levels: list[tuple[str, str]], more: str = "") -> None:
    """Add a list whose levels are (form, text), each with `more` in it."""
    root = made.part.numbering_part.element
    inner = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'{more}<w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{inner}</w:abstractNum>'
        ),
    )
    _use(made, number, number)


def _use(made: Any, number: int, definition: int, overrides: str = "") -> None:
    made.part.numbering_part.element.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{definition}"/>'
            f"{overrides}</w:num>"
        )
    )


def _numbered(paragraph: Any, number: int, level: int = 0) -> None:
    place = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
    properties = paragraph._p.get_or_add_pPr()
    properties.append(parse_xml(f"<w:numPr {nsdecls('w')}>{place}</w:numPr>"))


def _text(made: Any, folder: Path) -> str:
    made.save(str(folder / "a.docx"))
    return read_document(folder / "a.docx", name="a.docx").text


def test_steps_are_counted_level_by_level(tmp_path: Path) -> None:
    made = docx.Document()
    _define(made, 901, [("decimal", "%1."), ("lowerLetter", "%2)")])
    for words, level in (("装", 0), ("查", 1), ("改", 1), ("跑", 0), ("看", 1)):
        _numbered(made.add_paragraph(words), 901, level)
    assert _text(made, tmp_path).splitlines() == ["1. 装", "  a) 查", "  b) 改", "2. 跑", "  a) 看"]


def test_a_style_numbers_its_paragraphs(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Download the file.", style="List Number")
    made.add_paragraph("Unpack it.", style="List Number")
    made.add_paragraph("A remark.", style="List Bullet")
    assert _text(made, tmp_path).splitlines() == [
        "1. Download the file.",
        "2. Unpack it.",
        "- A remark.",
    ]


@pytest.mark.parametrize(("in_digits", "one", "two"), [(False, "一", "二"), (True, "1", "2")])
def test_headings_and_articles_keep_their_numbers(
    tmp_path: Path, in_digits: bool, one: str, two: str
) -> None:
    made = docx.Document()
    chapters = [("chineseCountingThousand", "第%1章"), ("decimal", "%1.%2")]
    _define(made, 902, chapters, more="<w:isLgl/>" if in_digits else "")
    _define(made, 903, [("chineseCounting", "第%1条")])
    for words, level in (("总则", 0), ("范围", 1), ("附则", 0), ("施行", 1)):
        _numbered(made.add_heading(words, level + 1), 902, level)
        _numbered(made.add_paragraph("内容。"), 903)
    made.save(str(tmp_path / "a.docx"))
    document = read_document(tmp_path / "a.docx", name="a.docx")
    assert [section.heading_path[-1] for section in document.sections] == [
        f"第{one}章 总则",
        f"{one}.1 范围",
        f"第{two}章 附则",
        f"{two}.1 施行",
    ]
    assert [line for line in document.text.splitlines() if "条" in line] == [
        f"第{n}条 内容。" for n in "一二三四"
    ]


def test_a_list_goes_on_unless_it_is_told_where_to_begin(tmp_path: Path) -> None:
    made = docx.Document()
    _define(made, 904, [("decimal", "%1.")])
    _use(made, 905, 904)
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    _use(made, 906, 904, override)
    for words, number in (("a", 904), ("b", 905), ("c", 906), ("d", 906)):
        _numbered(made.add_paragraph(words), number)
    _numbered(made.add_paragraph("none"), 0)
    assert _text(made, tmp_path).split() == ["1.", "a", "2.", "b", "1.", "c", "2.", "d", "none"]


@pytest.mark.parametrize(
    ("number", "form", "as_printed"),
    [
        (4, "decimal", "4"),
        (4, "lowerRoman", "iv"),
        (1994, "upperRoman", "MCMXCIV"),
        (27, "lowerLetter", "aa"),
        (3, "upperLetter", "C"),
        (10, "chineseCounting", "十"),
        (21, "chineseCountingThousand", "二十一"),
        (105, "japaneseCounting", "一百零五"),
        (2, "decimalEnclosedCircle", "②"),
        (7, "decimalZero", "07"),
        (5, "hebrew1", "5"),
    ],
)
def test_numbers_are_written_as_word_does(number: int, form: str, as_printed: str) -> None:
    assert written(number, form) == as_printed
