"""Ratings become a question set that `rag eval` reads."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.conversations import Rating, Turn, new_id
from rag.errors import ConversationError
from rag.evaluation.feedback import FILE_NAME, FeedbackFile, feedback_row
from rag.evaluation.questions import Kind, read_questions
from rag.types import Message, Role
from tests.answers import TURNS, made_answer

HISTORY = [Message(Role.USER, "Hello?"), Message(Role.ASSISTANT, "Yes.")]
DECLINED = {"abstained": True, "citations": (), "sentences": ()}


def rated(rating: Rating, note: str = "", **given) -> Turn:
    answer = made_answer()
    answer = replace(answer, **given)
    return Turn(new_id(), answer.question, answer, rating=rating, note=note)


def test_a_good_answer_names_its_sections(tmp_path: Path) -> None:
    FeedbackFile(tmp_path).put(rated(Rating.UP, "exactly"), [])
    (read,) = read_questions(tmp_path / FILE_NAME)
    assert (read.question, read.kind, read.language) == ("What is CLIP?", Kind.ANSWERABLE, "en")
    assert (read.sections, read.documents) == (("clip",), ("en/clip.md",))
    assert (read.split, read.note) == ("up", "exactly")


@pytest.mark.parametrize(
    ("rating", "given", "history", "kind"),
    [
        (Rating.UP, {}, HISTORY, Kind.FOLLOWUP),
        (Rating.UP, DECLINED, [], Kind.UNANSWERABLE),
        (Rating.UP, DECLINED, HISTORY, Kind.UNANSWERABLE),
        (Rating.DOWN, DECLINED, [], Kind.ANSWERABLE),
        (Rating.DOWN, {}, [], Kind.ANSWERABLE),
    ],
)
def test_a_rating_says_what_is_expected(tmp_path: Path, rating, given, history, kind) -> None:
    FeedbackFile(tmp_path).put(rated(rating, "note", **given), history)
    (read,) = read_questions(tmp_path / FILE_NAME)
    assert read.kind is kind
    assert read.history == tuple(history)
    assert read.note == "note"
    if rating is Rating.DOWN:
        assert read.sections == read.documents == ()


def test_rating_again_replaces_and_taking_back_removes(tmp_path: Path) -> None:
    file, turn, other = FeedbackFile(tmp_path), rated(Rating.UP), rated(Rating.DOWN)
    (tmp_path / FILE_NAME).write_text('{"q": "My own?"}\nnot JSON\n', encoding="utf-8")
    for item in (turn, other, replace(turn, rating=Rating.DOWN, note="wrong")):
        file.put(item, [])
    lines = (tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ['{"q": "My own?"}', "not JSON"]
    assert [json.loads(line)["id"] for line in lines[2:]] == [other.id, turn.id]
    file.put(replace(turn, rating=Rating.NONE), [])
    assert len((tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()) == 3


def test_threads_lose_no_rating(tmp_path: Path) -> None:
    file = FeedbackFile(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: file.put(rated(Rating.UP), []), range(40)))
    assert len(read_questions(tmp_path / FILE_NAME)) == 40


@given(TURNS.filter(lambda turn: turn.question.strip()), st.sampled_from([[], HISTORY]))
def test_every_row_is_read_again(tmp_path_factory, turn: Turn, history: list[Message]) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    row = json.dumps(feedback_row(turn, history), ensure_ascii=False)
    path.write_text(row + "\n", encoding="utf-8", newline="\n")
    (read,) = read_questions(path)
    assert (read.question, read.note) == (turn.question, turn.note)


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConversationError, match="check the folder's permissions"):
        FeedbackFile(tmp_path / "file").put(rated(Rating.UP), [])
