"""Conversations are kept without loss, found, changed and removed, by several at once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.conversation_store import DATABASE_NAME, ConversationStore
from rag.conversations import Conversation, Rating, Turn, new_id
from rag.dataclass_json import from_json, to_json
from rag.errors import ConversationError
from rag.types import Answer, Role
from tests.answers import TURNS, made_answer


@pytest.fixture
def store(tmp_path: Path):
    opened = ConversationStore(tmp_path)
    yield opened
    opened.close()


def turn(question: str, text: str = "A model.[1]") -> Turn:
    return Turn(new_id(), question, made_answer(question, text))


@settings(max_examples=40, deadline=None)
@given(st.lists(TURNS, min_size=1, max_size=3))
def test_what_is_kept_comes_back_equal(turns: list[Turn]) -> None:
    with TemporaryDirectory() as folder:
        store = ConversationStore(Path(folder))
        for item in turns:
            store.keep("c", item)
        store.close()
        assert ConversationStore(Path(folder)).read("c") == Conversation("c", tuple(turns))
        store.close()


def test_what_was_kept_before_answers_told_what_was_left_out_still_opens() -> None:
    answer = made_answer()
    kept = to_json(answer)
    del kept["passed_over"]
    assert from_json(Answer, kept) == answer


def test_nothing_is_made_before_something_is_kept(store: ConversationStore, tmp_path: Path) -> None:
    assert store.listing() == []
    assert store.read("c") is None
    store.delete("c")
    store.drop_turns("c", ["t"])
    assert not (tmp_path / DATABASE_NAME).exists()


def test_an_unfinished_turn_is_filled_in_its_place(store: ConversationStore) -> None:
    first, second = Turn(new_id(), "one", written="so far"), turn("two")
    store.keep("c", first)
    store.keep("c", second)
    assert store.read("c") == Conversation("c", (first, second))
    answered = replace(first, answer=made_answer("one"), written="")
    store.keep("c", answered)
    assert store.read("c") == Conversation("c", (answered, second))


def test_the_list_is_by_the_last_question_and_not_by_ratings(store: ConversationStore) -> None:
    old, new = turn("old"), turn("new")
    store.keep("a", old)
    store.keep("b", new)
    store.keep("a", replace(old, rating=Rating.UP))
    assert [(item.id, item.title) for item in store.listing()] == [("b", "new"), ("a", "old")]
    store.keep("a", turn("more"))
    assert [(item.title, item.turns) for item in store.listing()] == [("old", 2), ("new", 1)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("clip", ["b", "a"]),
        ("CLIP 对比", ["a"]),
        ("温度", ["a"]),
        ("100%", ["b"]),
        ("0%", ["b"]),
        ("_", []),
        ("nothing", []),
        ("", ["b", "a"]),
    ],
)
def test_every_word_must_stand_in_questions_or_answers(
    store: ConversationStore, words: str, found: list[str]
) -> None:
    store.keep("a", turn("CLIP 用什么损失？", "对比损失。"))
    store.keep("a", turn("再问", "温度参数是可学习的。"))
    store.keep("b", turn("How sure is CLIP?", "100% sure."))
    assert [item.id for item in store.listing(words)] == found


def test_turns_and_conversations_are_removed(store: ConversationStore) -> None:
    turns = [turn(str(number)) for number in range(3)]
    for item in turns:
        store.keep("c", item)
    store.drop_turns("c", [turns[0].id])
    assert store.listing()[0].title == "1"
    store.drop_turns("c", [item.id for item in turns])
    assert store.listing() == []
    store.keep("c", turns[0])
    store.delete("c")
    assert store.read("c") is None
    assert store.listing("0") == []


def test_half_a_character_is_no_failure(store: ConversationStore) -> None:
    store.keep("c", Turn(new_id(), "half \ud83d of one"))
    assert store.listing()[0].title == "half ? of one"


def test_several_threads_and_stores_lose_nothing(tmp_path: Path) -> None:
    stores = [ConversationStore(tmp_path) for _ in range(3)]

    def work(number: int) -> None:
        mine = stores[number % 3]
        for _ in range(5):
            mine.keep(f"c{number % 4}", turn(f"q{number}"))
            assert mine.listing(f"q{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(12)))
    assert sum(item.turns for item in stores[0].listing()) == 60
    for store in stores:
        store.close()


def test_another_layout_is_refused_and_left_alone(store: ConversationStore, tmp_path: Path) -> None:
    store.keep("c", turn("q"))
    store.close()
    with sqlite3.connect(tmp_path / DATABASE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConversationError, match="layout 99"):
        store.listing()


@pytest.mark.parametrize(
    "content", [b"no database at all" * 99, b"SQLite format 3\0" + b"\7" * 900]
)
def test_a_damaged_file_says_which_and_what_to_do(
    store: ConversationStore, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(content)
    with pytest.raises(ConversationError, match=f"{DATABASE_NAME}.*move the file away"):
        store.keep("c", turn("q"))


def test_a_conversation_is_cut_and_becomes_history() -> None:
    turns = (turn("one"), Turn(new_id(), "stopped"), turn("two"))
    whole = Conversation("c", turns)
    assert whole.before(turns[2].id).turns == turns[:2]
    assert whole.before("unknown") == whole
    spoken = [(item.role, item.content) for item in whole.messages()]
    assert spoken[::2] == [(Role.USER, "one"), (Role.USER, "two")]
    changed = replace(turns[0], rating=Rating.UP)
    assert whole.with_turn(changed).turns == (changed, *turns[1:])


def test_what_was_written_of_a_stopped_answer_replaces_nothing(store: ConversationStore) -> None:
    asked = Turn(new_id(), "What is CLIP?", written="A mo")
    store.keep("c", replace(asked, written=""))
    store.keep_written(asked)
    assert store.read("c") == Conversation("c", (asked,))
    answered = turn("What is CLIP?")
    store.keep("d", answered)
    store.keep_written(replace(answered, answer=None, written="A mo"))
    assert store.read("d") == Conversation("d", (answered,))
    store.delete("c")
    store.keep_written(asked)
    assert store.read("c") is None
