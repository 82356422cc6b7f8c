from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.html import read_html
from rag.documents.markdown import looks_like_markdown, read_markdown
from rag.documents.plain import read_plain
from rag.documents.text_builder import BuiltText, TextBuilder
from rag.errors import DocumentError
from rag.types import BlockKind


def build(text: str, read=read_markdown) -> BuiltText:
    builder = TextBuilder(max_characters=1_000_000)
    read(text, builder)
    return builder.build()


def blocks(built: BuiltText, kind: BlockKind) -> list[str]:
    return [
        built.text[block.span.start : block.span.end]
        for block in built.blocks
        if block.kind is kind
    ]


SAMPLES = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [
                "# 标题\n",
                "## B {#b}\n\n",
                "<h2 id='x'>1.问</h2>\n",
                "text **bold** `code` [link](http://a)\n",
                "- item\n",
                "  - nested\n",
                "1. one\n",
                "| a | b |\n|---|---|\n| 1 | 2 |\n",
                "$$\nx^2\n$$\n",
                "```py\nx = 1\n```\n",
                "> quote\n",
                "\n",
                "![alt](a.svg)\n",
                "<div><p>html</p></div>\n",
                "---\ntitle: T\n---\n",
                "中文。\n续行\n",
            ]
        ),
        max_size=30,
    ).map("".join),
)


@settings(deadline=None)
@given(SAMPLES, st.sampled_from([read_markdown, read_plain, read_html]))
def test_whatever_is_read_the_structure_fits_the_text(text: str, read) -> None:
    try:
        built = build(text, read)
    except DocumentError:
        return
    spans = [block.span for block in built.blocks]
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert all(built.text[span.start : span.end].strip() for span in spans)
    between = "".join(built.text[left.end : right.start] for left, right in pairwise(spans))
    assert between.strip() == ""
    sections = built.sections
    assert sections[0].span.start == 0
    assert sections[-1].span.end == len(built.text)
    assert all(left.span.end == right.span.start for left, right in pairwise(sections))
    anchors = [section.anchor for section in sections if section.anchor]
    assert len(set(anchors)) == len(anchors)
    assert "\0" not in built.text and "\r" not in built.text


def test_headings_in_raw_html_begin_sections() -> None:
    built = build(
        "## 目录\n\n- [1.甲](#1.甲)\n- [2.乙 (B)](#2.乙 (B))\n\n"
        '<h2 id="a">1.甲</h2>\n甲是**第一**个。\n\n<h2 id="b">2.乙 (B)</h2>\n\n- **乙**：第二个\n'
    )
    paths = [section.heading_path for section in built.sections]
    assert paths == [("目录",), ("1.甲",), ("2.乙 (B)",)]
    assert [section.anchor for section in built.sections[1:]] == ["a", "b"]
    assert blocks(built, BlockKind.PARAGRAPH) == ["甲是第一个。"]
    assert blocks(built, BlockKind.LIST_ITEM) == ["- 乙：第二个"]


@pytest.mark.parametrize(
    "text", ['<a id="x-1"></a>\n\n## T', '<a id="x-1"></a>\n## T', "## T {#x-1}", "## T {#x-1 .c}"]
)
def test_explicit_anchors(text: str) -> None:
    section = build(text).sections[-1]
    assert section.anchor == "x-1"
    assert section.heading_path == ("T",)


def test_tables_formulas_code_lists_and_captions() -> None:
    built = build(
        "| 名 | **值** |\n|---|---|\n| a | `1` |\n\n$$\nL = \\frac{a}{b}\n$$\n\n"
        "行内 $x_i$ 公式。\n\n"
        "```py\nif x:\n    y\n```\n\n1. 一\n2. 二\n   - 深\n\n"
        "![图](a.svg)\n\n图：说明文字。\n\n![只有替代文字](b.svg)\n"
    )
    assert blocks(built, BlockKind.TABLE_ROW) == ["名 | 值", "a | 1"]
    assert [block.is_header for block in built.blocks if block.kind is BlockKind.TABLE_ROW] == [
        True,
        False,
    ]
    assert blocks(built, BlockKind.FORMULA) == ["$$L = \\frac{a}{b}$$"]
    assert blocks(built, BlockKind.PARAGRAPH) == ["行内 $x_i$ 公式。"]
    assert blocks(built, BlockKind.CODE) == ["if x:\n    y"]
    assert blocks(built, BlockKind.LIST_ITEM) == ["1. 一", "2. 二", "  - 深"]
    assert blocks(built, BlockKind.CAPTION) == ["图：说明文字。", "只有替代文字"]


def test_soft_line_breaks_join_as_the_script_wants() -> None:
    assert blocks(build("中文换\n行。\n\nan English\nline"), BlockKind.PARAGRAPH) == [
        "中文换行。",
        "an English line",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**注意：**请先备份数据。这是**“重点”**内容。", "注意：请先备份数据。这是“重点”内容。"),
        ("用**CLIP**做检索，**很快**。", "用CLIP做检索，很快。"),
        ("a * b，注册商标*，版权*。", "a * b，注册商标*，版权*。"),
        ("in 10<sup>6 </sup>steps<sup>[1]</sup>", "in 10⁶ steps[1]"),
        ("姓名：张三\n职位：经理", "姓名：张三\n职位：经理"),
        ("（1）打开电源\n（2）按下按钮", "（1）打开电源\n（2）按下按钮"),
        ("模型分为多模\n态和单模态", "模型分为多模态和单模态"),
    ],
)
def test_inline_marks_are_read_as_they_are_meant(text: str, words: str) -> None:
    assert build(text).text == words


def test_line_ends_of_windows_make_no_difference() -> None:
    text = "---\ntitle: 笔记\ndate: 2024-01-01\n---\n\n# A\n\n正文。\n\n<h2>B</h2>\n**粗**\n"
    builders = [TextBuilder(max_characters=1000) for _ in range(2)]
    titles = [
        read_markdown(version, builder)
        for version, builder in zip((text, text.replace("\n", "\r\n")), builders, strict=True)
    ]
    assert titles == ["笔记", "笔记"]
    assert builders[0].build() == builders[1].build()
    assert looks_like_markdown("# A\r\n\r\ntext\r\n\r\n# B\r\n\r\n")


def test_a_list_that_begins_at_nought_does_so() -> None:
    assert blocks(build("0. zero\n1. one\n"), BlockKind.LIST_ITEM) == ["0. zero", "1. one"]


def test_links_keep_their_words_and_scripts_are_gone() -> None:
    built = build("See [the guide](javascript:alert(1)) now.<script>alert(2)</script>\n")
    assert built.text.startswith("See the guide now.")
    assert "javascript" not in built.text
    assert "<script" not in built.text


def test_headings_nest() -> None:
    built = build("# A\n\n## B\n\n### C\n\n## D\n")
    assert [section.heading_path for section in built.sections] == [
        ("A",),
        ("A", "B"),
        ("A", "B", "C"),
        ("A", "D"),
    ]


def test_html_pages_lose_their_frame() -> None:
    built = build(
        "<html><head><title>T</title><style>p{}</style></head><body><nav>menu</nav>"
        "<h1 id='top'>头</h1><p>一<br>二 &amp; 三</p><ul><li>a<ul><li>b</li></ul></li></ul>"
        "<table><tr><th>x</th></tr><tr><td>1</td></tr></table><pre>code\n  more</pre>"
        "<p hidden>secret</p><footer>foot</footer><!-- note --></body></html>",
        read_html,
    )
    assert built.sections[0].anchor == "top"
    assert blocks(built, BlockKind.PARAGRAPH) == ["一\n二 & 三"]
    assert blocks(built, BlockKind.LIST_ITEM) == ["- a", "  - b"]
    assert blocks(built, BlockKind.TABLE_ROW) == ["x", "1"]
    assert blocks(built, BlockKind.CODE) == ["code\n  more"]
    for gone in ("menu", "secret", "foot", "note", "p{}"):
        assert gone not in built.text
