"""What documents and models say becomes harmless HTML that says the same."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.registry import read_document
from rag.library import safe_name
from rag.types import Span
from rag.ui.markup import document, escape, prose, with_end
from rag.ui.texts import missing

HARMLESS = {"br", "mark", "p", "ul", "li", "table", "tr", "th", "td", "pre", "code", "figcaption"}
HARMLESS |= {f"h{level}" for level in range(1, 7)}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.marked = ""
        self._in_mark = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._in_mark |= tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._in_mark = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked += data


def read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(st.text(max_size=200))
def test_escaped_text_reads_the_same_and_holds_no_tag_or_template(text: str) -> None:
    made = escape(text)
    assert not set("<>{}$\"'") & set(re.sub(r"&#?\w+;", "", made))
    if "\r" not in text and "\0" not in text:
        assert read(made).text == text


@given(st.text(alphabet=st.sampled_from("a<>$\\{}[]frac^_&\"' \nscript/=1"), max_size=120))
def test_prose_lets_nothing_pass_but_line_ends_and_formulas(text: str) -> None:
    reader = read(prose(text))
    assert all(tag == "br" or re.fullmatch(r"m[a-z]+", tag) for tag in reader.tags)
    assert not any(name.startswith("on") or name in ("href", "src") for name in reader.attributes)


def test_a_formula_becomes_mathml_and_a_price_does_not() -> None:
    assert "<math" in prose("the scale $1/\\tau$ is capped")
    assert "<math" not in prose("it costs $5 today and $6 tomorrow")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "$\\text{<img src=x onerror=alert(1)>}$",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\style{position:fixed;background:url(http://a.example/x.png)}{x}$",
        "$\\class{send}{x}$",
        "${alert(1)} {{constructor}}",
    ],
)
def test_hostile_text_is_shown_not_run(hostile: str) -> None:
    reader = read(prose(hostile))
    assert not reader.tags & {"script", "img", "a"}
    assert not set(reader.attributes) & {"href", "style", "src", "onerror"}
    assert "send" not in prose(hostile) or "class" not in reader.attributes
    assert "${" not in prose(hostile)
    assert "{{" not in prose(hostile)


MARKDOWN = """# Title

A first sentence. A second sentence with `code`.

| a | b |
| --- | --- |
| one | two |

- item one
- item two

```
print(1)
```
"""


@given(st.data())
def test_what_is_cited_is_what_is_highlighted(data) -> None:
    found = _document()
    start = data.draw(st.integers(0, len(found.text)))
    end = data.draw(st.integers(start, len(found.text)))
    reader = read(document(found, Span(start, end)))
    assert reader.tags <= HARMLESS
    wanted = "".join(
        found.text[max(start, b.span.start) : min(end, b.span.end)]
        for b in found.blocks
        if Span(start, end).overlaps(b.span)
    )
    # Markers of list items and the bars between cells are drawn, not written.
    assert _bare(reader.marked) == _bare(wanted)


def _document():
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.md"
        path.write_text(MARKDOWN, encoding="utf-8")
        return read_document(path, name="a.md")


def _bare(text: str) -> str:
    return re.sub(r"[-|\s]", "", text)


@given(st.text(min_size=1, max_size=300))
def test_an_uploaded_name_is_never_a_path(name: str) -> None:
    made = safe_name(name)
    assert made
    assert "/" not in made and "\\" not in made and made not in (".", "..")
    assert not made.startswith(".")
    assert "\0" not in made


def test_names_keep_their_suffix_and_chinese() -> None:
    assert safe_name("../../etc/报告 2024.pdf") == "报告 2024.pdf"


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    assert missing() == []


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("All three keep the base model frozen.", "frozen."),
        ("再取平均。", "均。"),
        ("word", "word"),
        ("", ""),
        ("x" * 40, "x" * 24),
        ("It is <b>", "&lt;b&gt;"),
    ],
)
def test_the_last_word_goes_with_what_comes_after_it(text: str, last: str) -> None:
    html = with_end(text, "<button>1</button>")
    assert html.endswith(f'<span class="said">{last}</span><button>1</button></span>')


def test_a_formula_at_the_end_stays_whole() -> None:
    html = with_end("The loss is $-\\log p$", "<button>1</button>")
    assert html.index("</span>") < html.index('<span class="tail">') < html.index("<math")


@given(st.text(max_size=60))
def test_nothing_is_lost_before_what_comes_after_it(text: str) -> None:
    whole, parts = _Reader(), _Reader()
    whole.feed(prose(text))
    parts.feed(with_end(text, ""))
    assert parts.text == whole.text
    assert parts.tags <= whole.tags | {"span"}
