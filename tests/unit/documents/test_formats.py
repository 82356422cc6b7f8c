"""Files of every format, made with the formats' own libraries, and files that are broken."""

import os
import zipfile
from pathlib import Path

import pytest

from rag.documents import ReadLimits, is_supported, read_document, walk
from rag.errors import DocumentError, UnsupportedFormatError
from rag.types import BlockKind, Document, Language
from tests.pdfs import make_pdf


def read(path: Path, **limits: int) -> Document:
    return read_document(path, name=path.name, limits=ReadLimits(**limits))


def rows(document: Document) -> list[str]:
    return [
        document.text[block.span.start : block.span.end]
        for block in document.blocks
        if block.kind is BlockKind.TABLE_ROW
    ]


CHINESE = "多模态模型把图像和文字放进同一个空间里，这样就可以互相检索。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "utf-16-le"]
)
def test_chinese_text_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes((CHINESE + "\r\n\r\n第二段。").encode(encoding))
    document = read(path)
    assert document.text == CHINESE + "\n\n第二段。"
    assert document.language is Language.ZH


def test_big5_and_latin1(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "這是一個關於圖像與文字的說明，我們可以在這裡看到它的內容。"
    path.write_bytes(text.encode("big5"))
    assert read(path).text == text
    french = "Le modèle préféré est évalué à la fin de l'été, très tôt déjà. " * 5
    path.write_bytes(french.encode("latin-1"))
    assert read(path).text == french.strip()


def test_docx(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    made.core_properties.title = "报告"
    made.add_heading("第一章", level=1)
    made.add_paragraph("一段文字。")
    made.add_paragraph("条目", style="List Bullet")
    table = made.add_table(rows=2, cols=2)
    for index, text in enumerate(("名", "值", "a", "1")):
        table.cell(index // 2, index % 2).text = text
    made.add_heading("小节", level=2)
    made.add_paragraph("最后。")
    path = tmp_path / "a.docx"
    made.save(str(path))
    document = read(path)
    assert document.title == "报告"
    assert [section.heading_path for section in document.sections] == [
        ("第一章",),
        ("第一章", "小节"),
    ]
    assert "- 条目" in document.text
    assert rows(document) == ["名 | 值", "a | 1"]


def test_pptx(tmp_path: Path) -> None:
    import pptx

    made = pptx.Presentation()
    for title in ("概览", "细节"):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = f"{title}的要点"
        slide.notes_slide.notes_text_frame.text = f"{title}的备注"
    path = tmp_path / "a.pptx"
    made.save(str(path))
    document = read(path)
    assert [page.number for page in document.pages] == [1, 2]
    second = document.pages[1].span
    assert document.text[second.start : second.end].split() == ["细节", "细节的要点", "细节的备注"]


def test_xlsx_and_csv(tmp_path: Path) -> None:
    import openpyxl

    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "模型"
    for row in (("名称", "参数"), ("甲", 7.0), (None, None), ("乙", 1.5)):
        sheet.append(row)
    path = tmp_path / "a.xlsx"
    made.save(path)
    document = read(path)
    assert rows(document) == ["名称 | 参数", "甲 | 7", "乙 | 1.5"]
    assert document.sections[0].heading_path == ("模型",)
    table = tmp_path / "b.csv"
    table.write_text("name;size\nx;1\n\ny;2\n", encoding="utf-8")
    assert rows(read(table)) == ["name | size", "x | 1", "y | 2"]


def test_notebook(tmp_path: Path) -> None:
    import nbformat
    from nbformat import v4

    made = v4.new_notebook()
    code = v4.new_code_cell("print(1)")
    code.outputs = [v4.new_output("stream", text="1\n")]
    made.cells = [v4.new_markdown_cell("# 实验\n\n说明。"), code]
    path = tmp_path / "a.ipynb"
    nbformat.write(made, str(path))
    document = read(path)
    assert document.sections[0].heading_path == ("实验",)
    assert document.text == "实验\n\n说明。\n\nprint(1)\n\n1"


def test_epub(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>书</dc:title>'
            "</metadata><manifest>"
            '<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="c" href="three.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>',
        )
        archive.writestr(
            "OEBPS/three.xhtml",
            "<html><head><title>第三回</title></head><body><p class='t'>第三回</p></body></html>",
        )
        for name, heading in (("one", "第一回"), ("two", "第二回")):
            archive.writestr(
                f"OEBPS/{name}.xhtml",
                f"<html><body><h1>{heading}</h1><p>{heading}的正文。</p></body></html>",
            )
    document = read(path)
    assert document.title == "书"
    assert [section.heading_path for section in document.sections] == [
        ("第一回",),
        ("第二回",),
        ("第三回",),
    ]


def test_pdf_without_text_or_with_a_password(tmp_path: Path) -> None:
    scanned = tmp_path / "scan.pdf"
    make_pdf(scanned, [[]])
    with pytest.raises(DocumentError, match="OCR"):
        read(scanned)
    locked = tmp_path / "locked.pdf"
    make_pdf(locked, [["secret"]], password=True)
    with pytest.raises(DocumentError, match="encrypted"):
        read(locked)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", PNG, "PNG image"),
        ("a.docx", PNG, "PNG image"),
        ("a.docx", b"plain words", "something else"),
        ("a.docx", b"PK\x03\x04 cut off", "damaged"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "encrypted or in the old"),
        ("a.pdf", b"%PDF-1.7\ntruncated", "damaged"),
        ("a.md", b"", "empty"),
        ("a.md", b"  \n \n", "empty"),
        ("a.txt", bytes(range(256)) * 20, "binary|image|encoding"),
        ("a.txt", PNG, "PNG image"),
        ("a.ipynb", b"{}", "notebook"),
        ("a.ipynb", b"not json", "notebook"),
        ("a.epub", b"PK\x05\x06" + bytes(18), "damaged"),
        ("a.html", b"<script>only()</script>", "no text"),
    ],
)
def test_broken_files_are_refused_in_words(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=reason) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("word " * 1000)
    with pytest.raises(DocumentError, match=r"0 MiB|limit"):
        read(path, max_bytes=100)
    with pytest.raises(DocumentError, match="more than 100 characters"):
        read(path, max_characters=100)
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (64 << 20))
    with pytest.raises(DocumentError, match="unpack"):
        read(bomb)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no longer there"):
        read(tmp_path / "gone.md")
    folder = tmp_path / "folder.md"
    folder.mkdir()
    with pytest.raises(DocumentError, match="folder"):
        read(folder)
    with pytest.raises(UnsupportedFormatError, match=r"\.exe"):
        read(tmp_path / "a.exe")
    secret = tmp_path / "secret.md"
    secret.write_text("x")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(DocumentError, match="permission"):
        read(secret)


def test_deep_nesting_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 20_000 + "bottom" + "</div>" * 20_000)
    try:
        assert "bottom" in read(path).text
    except DocumentError as error:
        assert "nested" in str(error)


def test_walk_follows_ignore_files_and_order(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "sub/c.md", "sub/skip.md", "build/d.md", ".hidden/e.md", "x.exe"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "sub" / ".ragignore").write_text("skip.*\n")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert [file.name for file in walk([tmp_path])] == ["a.txt", "b.md", "sub/c.md"]
    assert [file.name for file in walk([tmp_path / "x.exe"])] == ["x.exe"]
    assert is_supported(Path("A.PDF"))
