"""Files as they come: damaged inside, in other encodings, laid out by other programs."""

import datetime
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rag.documents import read_document, walk
from rag.errors import DocumentError
from rag.types import BlockKind


def text_of(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(raw)
    return read_document(path, name=name).text


def test_a_workbook_cut_off_inside_is_refused_in_words(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.xlsx", tmp_path / "cut.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Name", "Size"])
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(cut, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            target.writestr(item, data[: len(data) // 2] if "sheet1" in item else data)
    with pytest.raises(DocumentError, match="damaged"):
        read_document(cut, name="cut.xlsx")


def test_a_sheet_is_read_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    whole, wrong = tmp_path / "whole.xlsx", tmp_path / "wrong.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Name", "Size"])
    book.active.append(["CLIP", "400M"])
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(wrong, "w") as target:
        for item in source.namelist():
            target.writestr(item, source.read(item).replace(b'ref="A1:B2"', b'ref="A1"'))
    assert "CLIP | 400M" in read_document(wrong, name="wrong.xlsx").text


def test_a_cell_is_read_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["占比", "精确", "和", "整", "日", "是", "下限", "大"])
    sheet.append([0.125, 0.125, 0.1 + 0.2, 3.0, datetime.date(2024, 5, 1), True, 0.9999, 1e300])
    for cell, shown in (("A2", "0%"), ("B2", "0.0%"), ("G2", "[>=0.999]0.00%;0%"), ("H2", "0%")):
        sheet[cell].number_format = shown
    book.save(tmp_path / "a.xlsx")
    text = read_document(tmp_path / "a.xlsx", name="a.xlsx").text
    shown = text.splitlines()[-1].split(" | ")
    assert shown[:-1] == ["13%", "12.5%", "0.3", "3", "2024-05-01", "True", "99.99%"]
    assert shown[-1] == f"1{'0' * 302}%"


def test_a_title_above_a_table_is_no_header(tmp_path: Path) -> None:
    import openpyxl

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (["2024 年各区销售报表"], [], ["区", "季度", "额"], ["华东", "Q1", 100], ["合计"]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    workbook.save(tmp_path / "a.xlsx")
    document = read_document(tmp_path / "a.xlsx", name="a.xlsx")
    lines = [(block.kind, block.is_header) for block in document.blocks[1:]]
    row = BlockKind.TABLE_ROW
    assert lines == [(BlockKind.CAPTION, False), (row, True), (row, False), (row, False)]
    assert text_of(tmp_path, "b.csv", "name\nCLIP\nBLIP\n") == "name\nCLIP\nBLIP"
    (tmp_path / "c.csv").write_text(",value\nnorth,100\n", encoding="utf-8")
    document = read_document(tmp_path / "c.csv", name="c.csv")
    assert [block.is_header for block in document.blocks] == [True, False]


def test_a_folder_with_odd_things_in_it_is_walked(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nText.\n", encoding="utf-8")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / ".gitignore").write_bytes("# 注释\nb.md\n".encode("gbk"))
    os.mkfifo(tmp_path / "x.log")
    assert [file.name for file in walk([tmp_path])] == ["a.md"]


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "It’s a model that doesn’t need labels. Gödel and Schrödinger didn’t either."
    assert text_of(tmp_path, "a.txt", text.encode("cp1252")) == text


def test_a_broken_byte_does_not_cost_the_document(tmp_path: Path) -> None:
    text = "注意力机制让每个词都能看到其他词，因此长程依赖不再衰减。" * 3
    raw = text.encode()
    damaged = raw[:30] + b"\xff" + raw[33:]
    found = text_of(tmp_path, "a.txt", damaged)
    assert found == text[:10] + "\ufffd" + text[11:]


def test_a_page_says_what_it_is_encoded_in(tmp_path: Path) -> None:
    page = '<html><head><meta charset="gbk"></head><body><p>架构</p></body></html>'
    assert text_of(tmp_path, "a.html", page.encode("gbk")) == "架构"


@pytest.mark.parametrize(
    ("markdown", "kept"),
    [
        ("---\n\n# Introduction\n\nThe answer is 42.\n\n---\n\n# Next\n\nPart.\n", "answer is 42"),
        ("扩散模型需要很多步[^1]。\n\n[^1]: 原始论文用一千步采样。\n", "原始论文用一千步采样"),
        ("# T\n\n- [A](#a) beats [B](#b)\n\nText.\n", "A beats B"),
        ("<aside>\n💡 Always freeze the encoder first.\n\n</aside>\n\nText.\n", "Always freeze"),
    ],
)
def test_markdown_that_says_something_is_kept(tmp_path: Path, markdown: str, kept: str) -> None:
    assert kept in text_of(tmp_path, "a.md", markdown)


def test_a_list_in_plain_text_has_items_and_a_lead_in(tmp_path: Path) -> None:
    text = "步骤如下：\n1. 打开电源，\n   等待一分钟\n2. 按下按钮\n  - 长按\n\n"
    text += "- 单独一行\n\n3.5 度\n2.5 度\n"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    document = read_document(tmp_path / "a.txt", name="a.txt")
    found = [
        (block.kind, block.level, document.text[block.span.start : block.span.end])
        for block in document.blocks
    ]
    assert found == [
        (BlockKind.PARAGRAPH, 0, "步骤如下："),
        (BlockKind.LIST_ITEM, 0, "1. 打开电源， 等待一分钟"),
        (BlockKind.LIST_ITEM, 0, "2. 按下按钮"),
        (BlockKind.LIST_ITEM, 1, "  - 长按"),
        (BlockKind.PARAGRAPH, 0, "- 单独一行"),
        (BlockKind.PARAGRAPH, 0, "3.5 度\n2.5 度"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "--- restart ---\nload A\n--- restart ---\nload B",
        "-v verbose mode\n--help show help",
        "**重要** 说明\n**注意** 事项",
        "2.x 版本\n3.x 版本",
        "------\nTitle\n------",
    ],
)
def test_what_only_looks_like_a_list_stays_as_it_is(tmp_path: Path, text: str) -> None:
    assert text_of(tmp_path, "a.log", text) == text


def test_what_follows_a_list_is_no_part_of_it(tmp_path: Path) -> None:
    text = text_of(tmp_path, "a.txt", "- 苹果\n- 香蕉\n以上是水果清单。")
    assert text == "- 苹果\n- 香蕉\n\n以上是水果清单。"


def test_a_log_with_comments_is_no_markdown(tmp_path: Path) -> None:
    log = "# start of run\nPATH=/usr:<home>/bin\n# step two\n__init__ of <unknown> host\n"
    assert "<home>/bin" in text_of(tmp_path, "a.log", log)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<article><header><h1>Title</h1></header><p>Body.</p></article>", "Title"),
        ("<article><p>Body.</p><aside>Note: rank 8.</aside></article>", "Note: rank 8."),
        ("<ul><li><p>First para.</p><p>Second.</p></li></ul>", "First para. Second."),
        ("<ul><li>one</li><ul><li>nested</li></ul></ul>", "nested"),
        ("<pre>line one<br>line two</pre>", "line one\nline two"),
        ("<p>模型分为多模\n态和单模态。</p>", "模型分为多模态和单模态。"),
        ("<p>in 10<sup>6</sup> steps</p>", "in 10⁶ steps"),
        ("<h2>Quickstart<a class=headerlink href=#q>¶</a></h2><p>Run.</p>", "Quickstart\n"),
        ("<h2><a class='anchor-link' href='#i'>Install</a></h2><p>Run.</p>", "Install"),
        ("<p>So <span class=katex><span class=katex-html>E=m</span></span>.</p>", "So E=m."),
        ("<ul><li>Run:<pre>make</pre>then wait</li></ul>", "Run: then wait"),
        ("<dl><dt>rank<dd>Width of the update.<dt>alpha<dd>Its scale.</dl>", "- alpha: Its scale."),
        ("<dl><dt>秩</dt><dd>更新的宽度。</dd></dl>", "- 秩：更新的宽度。"),
        (
            "<dl><dt>-v</dt><dt>--verbose</dt><dd><p>Says more.</p></dd></dl>",
            "- -v / --verbose: Says",
        ),
        (
            "<dl><dt>f(x)</dt><dd><p>Runs.</p><ul><li>fast</li></ul></dd></dl>",
            "f(x): Runs.\n  - fast",
        ),
        ("<dl><dt>a</dt><dd>One.</dd><dd>Two.</dd></dl>", "- a: One.\n- a: Two."),
        ("<dl><dt>x</dt><dd><dl><dt>y</dt><dd>In.</dd></dl></dd></dl>", "- x\n  - y: In."),
        ("<dl><dt>b</dt><dd>One.</dd><dt>left</dt></dl>", "- b: One.\n- left"),
        (
            "<table><tr><td class=gutter><pre>1<br>2</pre><td class=code><pre>a = 1<br>b = 2</pre>"
            "</table>",
            "a = 1\nb = 2",
        ),
        (
            "<p>So <span class=katex><span class=katex-mathml><math><semantics><mi>E</mi>"
            "<annotation encoding='application/x-tex'>E=m</annotation></semantics></math></span>"
            "<span class=katex-html>E=m</span></span>.</p>",
            "So $E=m$.",
        ),
    ],
)
def test_what_a_page_says_is_kept_and_parted(tmp_path: Path, html: str, expected: str) -> None:
    assert expected in text_of(tmp_path, "a.html", f"<html><body>{html}</body></html>")


def test_a_cell_that_reaches_down_stands_in_every_row(tmp_path: Path) -> None:
    table = (
        "<table><tr><th>Model</th><th>Year</th><th>Size</th></tr>"
        "<tr><td rowspan=2>A</td><td>2020</td><td>7B</td></tr><tr><td>2021</td><td>13B</td></tr>"
        "<tr><td colspan=2>B</td><td>9B</td></tr></table>"
    )
    rows = text_of(tmp_path, "a.html", table).splitlines()
    assert rows == ["Model | Year | Size", "A | 2020 | 7B", "A | 2021 | 13B", "B |  | 9B"]


@pytest.mark.parametrize(
    ("table", "header"),
    [
        ("<tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>", True),
        ("<thead><tr><td>A</td><td>B</td></tr></thead><tr><td>1</td><td>2</td></tr>", True),
        ("<tr><td></td><th>B</th></tr><tr><th>1</th><td>2</td></tr>", True),
        ("<tr><th>Name</th><td>Kettle</td></tr><tr><th>Voltage</th><td>230 V</td></tr>", False),
    ],
)
def test_a_first_row_is_a_header_where_it_names_columns(
    tmp_path: Path, table: str, header: bool
) -> None:
    file = tmp_path / "a.html"
    file.write_text(f"<html><body><table>{table}</table></body></html>", encoding="utf-8")
    document = read_document(file, name=file.name)
    assert [block.is_header for block in document.blocks] == [header, False]


def test_merged_cells_leave_the_others_in_their_columns(tmp_path: Path) -> None:
    import docx
    import pptx

    made = docx.Document()
    table = made.add_table(rows=2, cols=3)
    for cell, words in zip(table.rows[0].cells, ("Model", "Year", "Size"), strict=True):
        cell.text = words
    table.cell(1, 0).merge(table.cell(1, 1)).text = "B"
    table.cell(1, 2).text = "9B"
    made.add_paragraph("10").add_run("6").font.superscript = True
    made.save(str(tmp_path / "a.docx"))
    text = read_document(tmp_path / "a.docx", name="a.docx").text
    assert "Model | Year | Size\nB |  | 9B" in text
    assert text.endswith("10⁶")

    shown = pptx.Presentation()
    slide = shown.slides.add_slide(shown.slide_layouts[6])
    grid = slide.shapes.add_table(3, 2, 0, 0, 9999, 9999).table
    for place, words in {(0, 0): "Model", (0, 1): "Year", (1, 0): "A", (1, 1): "2020"}.items():
        grid.cell(*place).text = words
    grid.cell(1, 0).merge(grid.cell(2, 0))
    grid.cell(2, 1).text = "2021"
    shown.save(str(tmp_path / "a.pptx"))
    text = read_document(tmp_path / "a.pptx", name="a.pptx").text
    assert text.endswith("Model | Year\nA | 2020\nA | 2021")


def test_a_workbooks_merged_cell_stands_in_every_row_that_it_reaches(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Model", "Year", "Size"],
        ["A", 2020, "7B"],
        [None, 2021, None],
        ["B", 2022, "9B"],
    ):
        sheet.append(row)
    sheet.append([])
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("A4:A9")
    # What covers more places than a machine has memory for.
    sheet.merged_cells.add("E1:XFD1048576")
    book.save(tmp_path / "a.xlsx")
    rows = read_document(tmp_path / "a.xlsx", name="a.xlsx").text.splitlines()
    assert rows[-4:] == ["Model | Year | Size", "A | 2020 | 7B", "A | 2021 | 7B", "B | 2022 | 9B"]


def test_a_slides_shape_of_several_versions_is_read_once(tmp_path: Path) -> None:
    import pptx
    from lxml import etree

    shown = pptx.Presentation()
    slide = shown.slides.add_slide(shown.slide_layouts[6])
    words = ("Before.", "With a formula.", "As a picture.", "After.")
    before, newer, older, _ = (slide.shapes.add_textbox(0, 0, 9, 9)._element for _ in words)
    for shape, text in zip(slide.shapes, words, strict=True):
        shape.text_frame.text = text
    space = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = etree.Element(f"{{{space}}}AlternateContent")
    before.addnext(both)
    etree.SubElement(both, f"{{{space}}}Choice", Requires="a14").append(newer)
    etree.SubElement(both, f"{{{space}}}Fallback").append(older)
    shown.save(str(tmp_path / "a.pptx"))
    text = read_document(tmp_path / "a.pptx", name="a.pptx").text
    assert text.split("\n\n")[1:] == ["Before.", "With a formula.", "After."]


MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def test_a_documents_formulas_boxes_notes_and_own_styles_are_read(tmp_path: Path) -> None:
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    made = docx.Document()
    own = made.styles.add_style("章标题", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = made.styles["Heading 1"]
    made.add_paragraph("费用", style=own)
    paragraph = made.add_paragraph("The loss is ")
    paragraph._p.append(
        parse_xml(
            f"<m:oMath xmlns:m='{MATH}'><m:r><m:t>L=</m:t></m:r><m:sSup><m:e><m:r>"
            "<m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup><m:f><m:num><m:r><m:t>a</m:t></m:r>"
            "</m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>"
        )
    )
    paragraph.add_run(", mostly.")
    boxed = made.add_paragraph("See the box.")
    boxed._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>Keep dry.</w:t></w:r></w:p>"
            "</w:txbxContent></w:pict></w:r>"
        )
    )
    boxed._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:footnoteReference w:id='2'/></w:r>"))
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'><w:p><w:r><w:t>Waived for students."
        "</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    made.part.relate_to(
        Part(PackURI("/word/footnotes.xml"), "application/xml", notes.encode(), made.part.package),
        FOOTNOTES,
    )
    made.save(str(tmp_path / "a.docx"))
    document = read_document(tmp_path / "a.docx", name="a.docx")
    assert document.sections[0].heading_path == ("费用",)
    assert document.text.split("\n\n")[1:] == [
        r"The loss is $L=x^{2}\frac{a}{b}$, mostly.",
        "See the box.",
        "Keep dry.",
        "Waived for students.",
    ]


def test_a_documents_tracked_words_and_nested_tables_are_kept(tmp_path: Path) -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    made = docx.Document()
    paragraph = made.add_paragraph("The deadline is ")
    paragraph._p.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>15 March</w:t></w:r></w:ins>"))
    paragraph._p.append(
        parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>1 May</w:delText></w:r></w:del>")
    )
    cell = made.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "Outer"
    cell.add_table(rows=1, cols=1).cell(0, 0).text = "nested"
    made.save(str(tmp_path / "a.docx"))
    text = read_document(tmp_path / "a.docx", name="a.docx").text
    assert "The deadline is 15 March" in text and "1 May" not in text
    assert "Outer nested" in text


def test_an_apostrophe_quotes_no_value(tmp_path: Path) -> None:
    text = text_of(tmp_path, "a.csv", "n,t,q\n1,'x',\"p, q\"\n2,'y',\"r, s\"\n")
    assert "1 | 'x' | p, q" in text


def test_invisible_characters_do_not_part_words(tmp_path: Path) -> None:
    assert text_of(tmp_path, "a.txt", "infor\u00admation and zero\u200bwidth") == (
        "information and zerowidth"
    )


def test_headings_that_recur_have_anchors_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# User\n\nHi.\n\n" * 4 + "# User 2\n\nHo.\n", encoding="utf-8")
    anchors = [section.anchor for section in read_document(path, name="a.md").sections]
    assert len(set(anchors)) == len(anchors) == 5
