"""A conversation as Markdown: footnotes in order, and nothing in a text is taken for markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.conversations import Conversation, Turn, new_id
from rag.types import AnswerSentence, Citation, Language, Support
from rag.ui.export import file_name, markdown, plain
from rag.ui.texts import TEXTS
from tests.answers import TURNS, made_answer

EN = TEXTS[Language.EN]
MARKUP = st.text(alphabet="ab1 .\n#*_-+=[]()<>!`~|\\&;:\"'$@/{}", max_size=60)


def conversation(*turns: Turn) -> Conversation:
    return Conversation("c", turns)


def test_every_citation_is_a_footnote_numbered_through() -> None:
    citations = (
        Citation(1, "en/a.pdf", ("A", "B"), "b", 3, 10, 20, "one [two]", 0.9),
        Citation(2, "zh/c.md", (), "", None, 0, 4, "对比损失", 0.8),
    )
    sentences = (
        AnswerSentence("First.", Support.QUOTED, (1, 2)),
        AnswerSentence("Second.", Support.PARTLY, (2, 7)),
    )
    cited = made_answer("How?", citations=citations, sentences=sentences)
    text = markdown(EN, conversation(Turn("1", "How?", cited), Turn("2", "Why?", cited)))
    assert text == (
        "# How?\n\n## How?\n\nFirst.[^1][^2]\n\nSecond.[^2]\n\n"
        "## Why?\n\nFirst.[^3][^4]\n\nSecond.[^4]\n\n"
        "[^1]: en/a.pdf › A › B, page 3, characters 10–20: “one \\[two\\]”\n\n"
        "[^2]: zh/c.md, characters 0–4: “对比损失”\n\n"
        "[^3]: en/a.pdf › A › B, page 3, characters 10–20: “one \\[two\\]”\n\n"
        "[^4]: zh/c.md, characters 0–4: “对比损失”\n"
    )


def test_what_was_stopped_or_declined_says_so() -> None:
    declined = made_answer(
        "Who?", "The documents do not say.", abstained=True, citations=(), sentences=()
    )
    text = markdown(EN, conversation(Turn("1", "Who?", declined), Turn("2", "More?", written="So")))
    assert "The documents do not say." in text
    assert text.endswith("So\n\n*Stopped before it was finished.*\n")


@given(MARKUP)
def test_text_stays_text(text: str) -> None:
    inline = []
    for token in MarkdownIt("commonmark").enable("table").parse(plain(text)):
        assert token.type in {"paragraph_open", "paragraph_close", "inline"}, token
        inline += token.children or []
    assert {token.type for token in inline} <= {"text", "text_special", "softbreak"} or "$" in text
    if "$" not in text:
        read = " ".join(
            "\n" if item.type == "softbreak" else item.content.replace(" ", "") for item in inline
        )
        assert "".join(read.split()) == "".join(text.split())


def test_formulas_stay_formulas() -> None:
    assert plain(r"The loss $L_{a}^* = -\log p$ of a_b") == r"The loss $L_{a}^* = -\log p$ of a\_b"


@given(st.lists(TURNS, max_size=3))
def test_any_conversation_can_be_written(turns: list[Turn]) -> None:
    text = markdown(TEXTS[Language.ZH], Conversation("c", tuple(turns)))
    used = [int(number) for number in re.findall(r"(?<!\\)\[\^(\d+)\]", text)]
    assert len(set(used)) * 2 <= len(used) or not used
    assert text.encode("utf-8")


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is CLIP?", "What-is-CLIP.md"),
        ("CLIP 用什么损失？", "CLIP-用什么损失.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("???", "conversation.md"),
    ],
)
def test_the_file_is_named_after_the_first_question(question: str, name: str) -> None:
    assert file_name(conversation(Turn(new_id(), question))) == name
