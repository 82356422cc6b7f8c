import json
from pathlib import Path

import pytest

from rag.conversation import fitting_history, read_history, readings
from rag.errors import QuestionError
from rag.followup import AFTER
from rag.types import Message, Role

HISTORY = [
    Message(Role.USER, "CLIP 的损失函数是什么？"),
    Message(Role.ASSISTANT, "CLIP 用对称的对比损失训练。"),
]


@pytest.mark.parametrize("question", ["它有什么缺点？", "为什么？", "And why is it symmetric?"])
def test_a_question_that_points_back_is_read_after_the_last_one(question: str) -> None:
    assert readings(question, HISTORY) == (f"{HISTORY[0].content}{AFTER}{question}",)


@pytest.mark.parametrize(
    "question",
    [
        "该方法的训练数据规模与学习率设置是多少？",
        "那训练数据规模与学习率设置是多少",
        "两者的训练目标和数据规模有何区别",
        "Does the handbook show that SigLIP beats softmax training on small batches?",
    ],
)
def test_one_that_seems_to_point_back_may_stand_alone_all_the_same(question: str) -> None:
    assert readings(question, HISTORY) == (f"{HISTORY[0].content}{AFTER}{question}", question)


@pytest.mark.parametrize("question", ["什么是 LoRA？", "What is LoRA?", "LoRA 是什么"])
def test_one_that_names_what_it_asks_for_may_stand_alone_however_short(question: str) -> None:
    assert readings(question, HISTORY) == (f"{HISTORY[0].content}{AFTER}{question}", question)


@pytest.mark.parametrize(
    "question",
    [
        "When was he born and where did he study physics?",
        "她获得过哪些诺贝尔物理学奖项",
        "这和对比学习的训练目标有何区别",
    ],
)
def test_people_are_pointed_at_too(question: str) -> None:
    assert readings(question, HISTORY)[0] == f"{HISTORY[0].content}{AFTER}{question}"


@pytest.mark.parametrize(
    "question",
    [
        "Why does dropout reduce overfitting in deep networks?",
        "那不勒斯的人口与面积各是多少",
        "排他锁与共享锁的兼容规则",
    ],
)
def test_how_a_question_begins_does_not_make_it_lean(question: str) -> None:
    assert readings(question, HISTORY)[0] == question


def test_another_one_is_not_it() -> None:
    question = "其它多模态模型的训练数据规模是多少？"
    assert readings(question, HISTORY)[0] == question


def test_a_new_topic_is_taken_at_its_word_first() -> None:
    question = "Q-Former 的查询向量如何训练得到？"
    assert readings(question, HISTORY) == (question, f"{HISTORY[0].content}{AFTER}{question}")
    assert readings("它呢？", []) == ("它呢？",)


def test_a_chain_of_questions_is_read_from_the_one_that_names_the_subject() -> None:
    asked = ("Swin Transformer 的窗口注意力怎么算？", "CLIP 的损失函数是什么？", "它有什么缺点？")
    history = [Message(Role.USER, text) for text in asked]
    assert readings("为什么？", history) == (AFTER.join([*asked[1:], "为什么？"]),)


def test_small_talk_is_nothing_to_lean_on() -> None:
    thanked = [*HISTORY, Message(Role.USER, "好的，谢谢！"), Message(Role.ASSISTANT, "不客气。")]
    assert readings("为什么？", thanked) == readings("为什么？", HISTORY)
    assert readings("What loss does CLIP have?", [Message(Role.USER, "hello")]) == (
        "What loss does CLIP have?",
    )


def test_history_is_cut_to_whole_turns_from_the_end() -> None:
    turns = [Message(role, "x" * 10) for role in (Role.USER, Role.ASSISTANT) * 3]
    kept = fitting_history(turns, max_tokens=35, count_tokens=len)
    assert [turn.role for turn in kept] == [Role.USER, Role.ASSISTANT]
    assert fitting_history(turns, max_tokens=0, count_tokens=len) == []


@pytest.mark.parametrize(
    "content",
    ["", "{}", '["hello"]', '[{"role": "robot", "content": "x"}]', '[{"role": "user"}]'],
)
def test_a_bad_history_is_refused_in_words(tmp_path: Path, content: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"history\.json"):
        read_history(file)


def test_a_good_history_is_read(tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    rows = [{"role": turn.role.value, "content": turn.content} for turn in HISTORY]
    file.write_text(json.dumps(rows), encoding="utf-8")
    assert read_history(file) == HISTORY
