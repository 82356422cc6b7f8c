from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import sentence_spans
from tests.strategies import prose


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@given(st.one_of(st.text(), prose()))
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    covered = "".join(text[span.start : span.end] for span in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "模型会产生幻觉。为什么？因为数据；还有解码！",
            ["模型会产生幻觉。", "为什么？", "因为数据；", "还有解码！"],
        ),
        ("他说“不行。”然后走了。", ["他说“不行。”", "然后走了。"]),
        ("See Fig. 3 for details. It works.", ["See Fig. 3 for details.", "It works."]),
        ("Rank 3.5 is odd. E.g. LoRA uses 8.", ["Rank 3.5 is odd.", "E.g. LoRA uses 8."]),
        ("“Really?” he asked. Yes!", ["“Really?” he asked.", "Yes!"]),
        ("损失为 $a。b. C$ 的形式。好", ["损失为 $a。b. C$ 的形式。", "好"]),
        ("1. First things first.", ["1. First things first."]),
        ("1. Open it.\n2. Close it.", ["1. Open it.", "2. Close it."]),
        (
            "It costs $5 a month. That is $60 a year.",
            ["It costs $5 a month.", "That is $60 a year."],
        ),
        ('先做预训练。"注意力"是核心。', ["先做预训练。", '"注意力"是核心。']),
        ("Wuhan is large.[1] It is old.[2]", ["Wuhan is large.[1]", "It is old.[2]"]),
        ("武汉很大。[1]它很古老。", ["武汉很大。[1]", "它很古老。"]),
        ("It doesn't print 'done.' Then it stops.", ["It doesn't print 'done.'", "Then it stops."]),
        ("We use layers 1, 2, … 12 of it.", ["We use layers 1, 2, … 12 of it."]),
        ("It loads slowly… Then it runs.", ["It loads slowly…", "Then it runs."]),
        ("他想了想……然后走了。", ["他想了想……然后走了。"]),
        ("The answer is no. It failed, see No. 3.", ["The answer is no.", "It failed, see No. 3."]),
        ("The answer is no. A score follows.", ["The answer is no.", "A score follows."]),
        ("It is by J.K. Rowling. Read it.", ["It is by J.K. Rowling.", "Read it."]),
        (
            "Ch. 3 and Thm. B say so. See the def. Done.",
            ["Ch. 3 and Thm. B say so.", "See the def.", "Done."],
        ),
        ("《谁动了我的奶酪？》是一本书。很短。", ["《谁动了我的奶酪？》是一本书。", "很短。"]),
        ("《好！没有写完。下一句。", ["《好！", "没有写完。", "下一句。"]),
        ("精度为３．５％． 方法如下．", ["精度为３．５％．", "方法如下．"]),
        ("答案：A．因为光速不变。", ["答案：A．因为光速不变。"]),
        ("It closes at 9 p.m. Returns end then.", ["It closes at 9 p.m.", "Returns end then."]),
        ("", []),
    ],
)
def test_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


WIDE = "CLIP trains an image encoder and a text encoder with a contrastive loss"


@pytest.mark.parametrize(
    "following",
    [
        "- Bananas are yellow",
        "2. Close it",
        "（2）关闭电源",
        "二、方法",
        "2024-03-05 12:00 done",
        "[INFO] done",
    ],
)
def test_a_line_that_begins_an_item_does_not_go_on(following: str) -> None:
    assert sentences(f"{WIDE}\n{following}") == [WIDE, following]
    assert sentences(f"{WIDE}\nFollowing {WIDE}") == [f"{WIDE}\nFollowing {WIDE}"]


def test_a_display_formula_is_never_cut() -> None:
    text = "定义如下 $$L = \\frac{1}{n}. \\sum 。x$$ 其中 n 是样本数。"
    assert any("$$L = \\frac{1}{n}. \\sum 。x$$" in sentence for sentence in sentences(text))
