"""What counts as small talk, and what only begins like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.composition import compose_declined
from rag.language import detect_language
from rag.small_talk import is_small_talk
from rag.types import Language

SAID = [
    "hello",
    "Hi there!",
    "  Hey,   how are you?  ",
    "Thank you very much.",
    "What can you do?",
    "what’s your name",
    "Good morning! Who are you?",
    "你好",
    "您好！在吗？",
    "你好啊~",
    "谢谢你",
    "好的，明白了，谢谢",
    "你是谁？",
    "你能做什么",
    "你可以回答哪些问题？",
    "早上好☀️",
    "Thanks for your help!",
    "谢谢你的回答",
    "太好了，哈哈",
    "sorry",
]
ASKED = [
    "Hello, what is CLIP?",
    "hello world 程序怎么写",
    "What are you supposed to set the temperature to?",
    "How are images encoded?",
    "help with LoRA",
    "OK 在数据集里表示什么",
    "你好，请问 CLIP 是什么",
    "好的提示词有哪些特点",
    "谢谢参数",
    "在 VQA 里怎么评测",
    "它是谁提出的",
    "为什么？",
    "怎么用？",
    "嗯" * 5000 + "这是什么",
    "?",
    "",
]


@pytest.mark.parametrize("text", SAID)
def test_greetings_thanks_and_questions_about_the_program_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize("text", ASKED)
def test_what_asks_for_something_is_not(text: str) -> None:
    assert not is_small_talk(text)


@given(st.sampled_from(SAID), st.sampled_from([text for text in ASKED if text.strip("?")]))
def test_a_question_with_a_greeting_before_it_is_a_question(greeting: str, question: str) -> None:
    assert not is_small_talk(f"{greeting}, {question}")


@given(st.lists(st.sampled_from(SAID), min_size=2, max_size=4))
def test_several_at_once_are_small_talk_too(said: list[str]) -> None:
    assert is_small_talk(", ".join(said))


@pytest.mark.parametrize("text", SAID)
def test_what_is_said_to_it_is_in_its_language(text: str) -> None:
    reply = compose_declined(text, ())
    expected = Language.ZH if detect_language(text) is Language.ZH else Language.EN
    assert detect_language(reply) is expected
    assert reply != compose_declined("CLIP?", ())
