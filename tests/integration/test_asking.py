"""The way from a question to its answer on the page, over a small library with the real models."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import rag
from rag.conversation_store import ConversationStore
from rag.conversations import Conversation, Rating
from rag.engine import Engine
from rag.evaluation.feedback import FILE_NAME, FeedbackFile
from rag.settings import Settings
from rag.types import Answer, Language
from rag.ui.asking import Asker, Kept, Update
from rag.ui.followups import followups
from rag.ui.line import Line
from rag.ui.texts import TEXTS

pytestmark = pytest.mark.slow

EN = TEXTS[Language.EN]
QUESTION = "What loss does CLIP train with?"
NOBODY = Conversation("")


class Desk:
    """An asker with what it needs, and what it told of."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.line = Line()
        self.store = ConversationStore(folder)
        self.answers: list[Answer] = []
        kept = Kept(self.store, FeedbackFile(folder))
        self.asker = Asker(engine, EN, self.line, kept, self.answers.append)

    def ask(self, question: str, state: Conversation = NOBODY) -> list[Update]:
        return list(self.asker.ask(question, state))


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(engine, tmp_path)
    yield made
    made.store.close()


def test_evidence_comes_before_a_word_of_the_answer(desk: Desk) -> None:
    first, *between, last = desk.ask(QUESTION)
    assert "pending" in first.conversation
    found = next(update for update in between if update.sources)
    assert "CLIP trains with a symmetric contrastive loss" in found.sources
    assert "symmetric" not in found.conversation
    assert between.index(found) < len(between) - 1
    assert "symmetric" in last.conversation
    assert "pending" not in last.conversation
    assert [answer.question for answer in desk.answers] == [QUESTION]
    assert desk.store.read(last.state.id) == last.state


def test_a_question_is_in_the_list_while_it_is_answered(desk: Desk) -> None:
    running = desk.asker.ask(QUESTION, NOBODY)
    state = next(running).state
    running.close()
    kept = desk.store.read(state.id)
    assert [(turn.question, turn.answer) for turn in kept.turns] == [(QUESTION, None)]
    with desk.line.join() as place:
        assert place.wait(place.ahead, timeout_s=5) == 0


def test_asking_again_takes_what_came_after_away(desk: Desk) -> None:
    state = desk.ask(QUESTION)[-1].state
    state = desk.ask("How is the rank of LoRA chosen?", state)[-1].state
    *_, last = desk.asker.ask_again(state.turns[0].id, "LoRA", state)
    assert [turn.question for turn in last.state.turns] == ["LoRA"]
    assert desk.store.read(state.id) == last.state
    assert [item.title for item in desk.store.listing()] == ["LoRA"]


def test_one_who_waits_and_stops_leaves_the_line(desk: Desk) -> None:
    with desk.line.join():
        running = desk.asker.ask(QUESTION, NOBODY)
        next(running)
        waiting = next(running)
        assert EN.waiting.format(count=1) in waiting.conversation
        rest: list[Update] = []
        taker = threading.Thread(target=lambda: rest.extend(running))
        taker.start()
        shown = desk.asker.stopped(waiting.state)
        taker.join(5)
        assert not taker.is_alive()
        assert EN.stopped in shown.conversation
    assert desk.answers == []


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(engine: Engine, tmp_path) -> None:
    (tmp_path / "file").write_text("no folder")
    last = Desk(engine, tmp_path / "file").ask(QUESTION)[-1]
    assert "symmetric" in last.conversation
    assert "This conversation was not kept" in last.conversation


def test_a_failure_says_why_and_offers_another_try(desk: Desk) -> None:
    last = desk.ask("x" * 200_000)[-1]
    assert 'role="alert"' in last.conversation
    assert "shorten it" in last.conversation
    assert 'class="again"' in last.conversation


def test_nothing_is_asked_with_an_empty_question(desk: Desk) -> None:
    assert desk.ask("  \n") == []
    assert desk.store.listing() == []


def test_what_comes_next_is_near_and_in_the_question_s_language(engine: Engine) -> None:
    english = engine.ask(QUESTION)
    assert followups(engine, english, [QUESTION]) == ["How is the rank of LoRA chosen?"]
    chinese = engine.ask("CLIP 用什么损失训练？")
    assert followups(engine, chinese, [chinese.question]) == ["如何选择 LoRA 的秩？"]
    asked = [QUESTION, "How is the rank of LoRA chosen?"]
    assert followups(engine, english, asked) == []
    assert followups(engine, engine.ask("Who won the world cup of 1998?"), []) == []


def test_rag_eval_scores_what_was_rated(desk: Desk, indexed: Path, tmp_path: Path) -> None:
    state = desk.ask(QUESTION)[-1].state
    rated = desk.asker.rated(state.turns[0].id, Rating.UP, " well said ", state).state
    state = desk.ask("How is its temperature set?", rated)[-1].state
    desk.asker.rated(state.turns[1].id, Rating.DOWN, "", state)
    assert desk.store.read(state.id).turns[0].note == "well said"
    scores = tmp_path / "scores.json"
    result = CliRunner().invoke(
        rag, f"eval {tmp_path / FILE_NAME} --index {indexed} --json {scores}".split()
    )
    assert result.exit_code == 0, result.output
    assert json.loads(scores.read_text(encoding="utf-8"))["overall"]["count"] == 2
    good = CliRunner().invoke(
        rag, f"eval {tmp_path / FILE_NAME} --split up --index {indexed} --json {scores}".split()
    )
    assert good.exit_code == 0, good.output
    overall = json.loads(scores.read_text(encoding="utf-8"))["overall"]
    assert (overall["count"], overall["right"]) == (1, 1.0)


@pytest.mark.parametrize("question", ["CLIP 用什么损失训练？", "Who won the 1998 world cup?"])
def test_what_was_scored_and_left_out_is_told(indexed: Path, question: str) -> None:
    settings = Settings.load(environment={}, flags={"index": indexed, "evidence_tokens": 64})
    with Engine(settings) as engine:
        answer = engine.ask(question)
    hits = {hit.stored.id: hit for hit in answer.hits}
    assert answer.passed_over
    taken = {(item.hit.stored.document, item.span) for item in answer.evidence}
    for item in answer.passed_over:
        stored = hits[item.chunk].stored
        assert stored.chunk.span.overlaps(item.span)
        assert (stored.document, item.span) not in taken
        assert 0 <= item.score <= 1
    assert answer.abstained == (not answer.evidence)
