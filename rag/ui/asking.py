"""From a question to its answer, as one update of the page after another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.conversation_store import ConversationStore
from rag.conversations import Conversation, Rating, Turn, new_id
from rag.engine import Engine
from rag.errors import ConversationError, VerbatimError
from rag.evaluation.feedback import FeedbackFile
from rag.types import Answer, AnswerEvent, Evidence, EvidenceFound, TextPiece
from rag.ui import turn_view as view
from rag.ui.followups import followups
from rag.ui.inspection import inspection
from rag.ui.line import Line
from rag.ui.markup import escape
from rag.ui.reasons import reason
from rag.ui.reopening import relocated
from rag.ui.source_view import evidence_found, sources
from rag.ui.texts import Texts

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives a visit: the conversations and the ratings, both in the index folder."""

    conversations: ConversationStore
    feedback: FeedbackFile


@dataclass(frozen=True, slots=True)
class Update:
    """What changes on the page; None leaves a part as it is."""

    conversation: str | None = None
    sources: str | None = None
    state: Conversation | None = None
    inspected: str | None = None


class Asker:
    """Answers the questions of one language's page, for any number of visitors."""

    def __init__(
        self,
        engine: Engine,
        texts: Texts,
        line: Line,
        kept: Kept,
        on_answer: Callable[[Answer], None],
    ) -> None:
        """Answer with ``engine``, each in turn in ``line``; ``on_answer`` is told of every one."""
        self._engine = engine
        self._texts = texts
        self._line = line
        self._kept = kept
        self._on_answer = on_answer

    def ask(self, question: str, conversation: Conversation) -> Iterator[Update]:
        """Answer ``question`` at the end of ``conversation``."""
        turn = Turn(new_id(), question.strip(), is_here=True)
        if not turn.question:
            return
        before = conversation if conversation.id else Conversation(new_id())
        # Kept before it is answered: whoever leaves meanwhile finds the question in the list.
        trouble = self._keep(before.id, turn)
        empty = sources(self._texts, None)
        yield self._at_work(before, turn, view.pending(self._texts, (), ""), found=empty)
        yield from self._answer(before, turn, trouble)

    def ask_again(self, turn_id: str, question: str, shown: Conversation) -> Iterator[Update]:
        """Answer ``question`` in the place of a turn; that one and what came after it goes."""
        before = shown.before(turn_id)
        gone = [turn.id for turn in shown.turns[len(before.turns) :]]
        try:
            self._kept.conversations.drop_turns(shown.id, gone)
        except ConversationError as error:
            _logger.warning("%s", error)
        yield from self.ask(question, before)

    def stop(self, conversation: Conversation) -> None:
        """Stop the last answer, if it is under way here; keep what there is of it."""
        last = conversation.turns[-1] if conversation.turns else None
        if last is None or last.answer is not None or not last.is_here:
            return
        self._line.stop(last.id)
        try:
            self._kept.conversations.keep_written(last)
        except ConversationError as error:
            _logger.warning("%s", error)

    def discard(self, conversation: Conversation) -> None:
        """Stop the last answer, if it is under way, of a conversation that was deleted."""
        if conversation.turns:
            self._line.stop(conversation.turns[-1].id)

    def stopped(self, conversation: Conversation) -> Update:
        """Show a conversation whose last answer is stopped."""
        self.stop(conversation)
        return self._whole(conversation)

    def opened(self, conversation_id: str) -> Update:
        """Show a kept conversation.

        Raises:
            ConversationError: it cannot be read.
        """
        found = self._kept.conversations.read(conversation_id)
        if found is None:
            raise ConversationError("this conversation was deleted")
        return self._whole(relocated(found, self._engine.reader.document))

    def rated(self, turn_id: str, rating: Rating, note: str, shown: Conversation) -> Update:
        """Write a reader's opinion of an answer down.

        Raises:
            ConversationError: it cannot be written.
        """
        turn = shown.turn(turn_id)
        if turn is None or turn.answer is None:
            return Update()
        turn = replace(turn, rating=rating, note=note.strip())
        self._kept.feedback.put(turn, shown.before(turn_id).messages())
        self._kept.conversations.rate(turn)
        return Update(state=shown.with_turn(turn))

    def _answer(self, before: Conversation, turn: Turn, trouble: str) -> Iterator[Update]:
        """Show first who is ahead, then what is read, then the words as they come, then all."""
        texts = self._texts
        evidence: Sequence[Evidence] = ()

        def events() -> Iterator[AnswerEvent]:
            return self._engine.stream(turn.question, history=before.messages())

        try:
            for event in self._line.run(turn.id, events):
                if isinstance(event, int):
                    yield self._at_work(before, turn, view.waiting(texts, event))
                elif isinstance(event, EvidenceFound):
                    evidence = event.evidence
                    pending = view.pending(texts, evidence, "")
                    found = evidence_found(texts, evidence)
                    yield self._at_work(before, turn, pending, found=found)
                elif isinstance(event, TextPiece):
                    turn = replace(turn, written=turn.written + event.text)
                    pending = view.pending(texts, evidence, turn.written)
                    yield self._at_work(before, turn, pending)
                else:
                    yield self._finished(before, turn, event.answer, trouble)
        except VerbatimError as error:
            yield self._at_work(before, turn, view.failed(texts, turn, reason(texts.code, error)))

    def _at_work(
        self, before: Conversation, turn: Turn, last: str, *, found: str | None = None
    ) -> Update:
        shown = before.with_turn(turn)
        return Update(
            conversation=view.conversation(self._texts, shown, last=last),
            sources=found,
            state=shown,
        )

    def _finished(self, before: Conversation, turn: Turn, done: Answer, trouble: str) -> Update:
        self._on_answer(done)
        turn = replace(turn, answer=done, written="")
        trouble = self._keep(before.id, turn) or trouble
        update = self._whole(before.with_turn(turn))
        if not trouble:
            return update
        note = f'<p class="note" role="status">{escape(trouble)}</p>'
        return replace(update, conversation=f"{update.conversation}{note}")

    def _whole(self, shown: Conversation) -> Update:
        last = shown.turns[-1].answer if shown.turns else None
        asked = [turn.question for turn in shown.turns]
        offered = followups(self._engine, last, asked) if last else []
        return Update(
            conversation=view.conversation(self._texts, shown, followups=offered),
            sources=sources(self._texts, last),
            state=shown,
            inspected=inspection(self._texts, last),
        )

    def _keep(self, conversation_id: str, turn: Turn) -> str:
        """Keep a turn; return why not, if it cannot be: an answer is worth showing all the same."""
        try:
            self._kept.conversations.keep(conversation_id, turn)
        except ConversationError as error:
            _logger.warning("%s", error)
            return self._texts.not_kept.format(reason=reason(self._texts.code, error))
        return ""
