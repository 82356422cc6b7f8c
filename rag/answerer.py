"""Evidence → the events of an answer, in one of three ways: quoted, written or declined.

Puts together what asks the LLM, what reads its citations and what verifies them. Knows nothing of
how the evidence was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial

from rag.answering import Mode, Prompt, build_prompt, quote_pieces, select_quotes, write_answer
from rag.citations import in_one_form
from rag.clock import Clock
from rag.composition import Composed, compose_declined, compose_quotes, compose_written
from rag.conversation import fitting_history
from rag.evidence import Picked
from rag.model_set import ModelSet
from rag.prompts import declines
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerDone,
    AnswerEvent,
    Evidence,
    Message,
    TextPiece,
    TokenCounts,
)
from rag.verification import likeness_by, whole_sentences

# What cites evidence that scores less than this share of the best contradicts the ranking strongly.
_CONTRADICTION = 0.7
# From this confidence on, evidence answers whatever a small LLM says: they decline too readily.
_SURE = 0.7


class Answerer:
    """Answers one question from evidence, with the models and settings of that moment."""

    def __init__(self, question: str, models: ModelSet, settings: Settings, clock: Clock) -> None:
        """Nothing is done yet; ``clock`` is told when text arrives and when the answer is done."""
        self._question = question
        self._models = models
        self._settings = settings
        self._clock = clock

    def decline(self, picked: Picked) -> Answer:
        """Return what is said where the evidence does not answer."""
        return Answer(
            question=self._question,
            text=compose_declined(self._question, picked.hits),
            abstained=True,
            model=self._models.llm_entry.name,
            hits=picked.hits,
            timings=self._clock.finish(),
            confidence=picked.confidence,
            passed_over=picked.all_passed_over(),
        )

    def quote(
        self, picked: Picked, standalone: str, *, ask_llm: bool = True
    ) -> Iterator[AnswerEvent]:
        """Answer with sentences of the evidence, word for word.

        Args:
            standalone: the question as it was understood, which the sentences answer.
            ask_llm: give the LLM a say in their choice.
        """
        selection = select_quotes(
            standalone,
            picked.evidence,
            self._models.llm if ask_llm else None,
            max_sentences=self._settings.answer_sentences,
        )
        pieces: list[str] = []
        for piece in quote_pieces(selection):
            self._clock.wrote()
            pieces.append(piece)
            yield TextPiece(piece)
        composed = compose_quotes("".join(pieces), selection.evidence)
        yield AnswerDone(
            self._answer(
                picked,
                composed,
                mode=Mode.QUOTE,
                chosen_by=selection.chosen_by,
                prompt_tokens=selection.prompt_tokens,
                raw=composed.text,
            )
        )

    def write(
        self, picked: Picked, standalone: str, history: Sequence[Message]
    ) -> Iterator[AnswerEvent]:
        """Have the LLM write the answer, and verify it.

        A sentence is passed on once it is whole and verified, so that what is read while it is
        written is what the answer says in the end. A model that is not trusted to write must not
        spoil good evidence: where what it cites first, or what carries its words, contradicts the
        ranking of the evidence strongly, the ranking decides, and the best is quoted. The answer is
        declined where the LLM declines, or where nothing of it is supported and what is not is
        left out.

        Raises:
            QuestionError: question and evidence do not fit into the LLM's context.
        """
        prompt = self._prompt(picked, history)
        needs_trust = self._models.llm_entry.answer_mode != Mode.WRITE
        said = _Said()
        text = settled = ""
        pieces = write_answer(
            prompt,
            self._models.llm,
            max_answer_tokens=self._settings.max_answer_tokens,
            temperature=self._settings.temperature,
        )
        compose = partial(
            compose_written,
            evidence=picked.evidence,
            remove_unsupported=self._settings.unsupported == "remove",
            likeness=likeness_by(self._models.embedder),
        )
        spoiled = False
        with closing(pieces):
            for piece in pieces:
                text += piece
                whole = whole_sentences(in_one_form(text, picked.evidence)[0])
                if len(whole) == len(settled) or declines(whole):
                    continue
                settled = whole
                composed = compose(settled)
                if needs_trust and composed.cited:
                    if spoiled := _contradicts(composed.cited, picked):
                        break
                    needs_trust = False
                if not needs_trust:
                    yield from self._say(said.more(composed.text))
        composed = compose(text)
        declined = declines(text) and not _is_carried(composed)
        if declined:
            spoiled = spoiled or (needs_trust and picked.confidence >= _SURE)
        elif needs_trust:
            spoiled = spoiled or _contradicts(composed.cited, picked)
        if spoiled:
            yield from self.quote(picked, standalone, ask_llm=False)
            return
        if declined or not composed.text:
            yield AnswerDone(self.decline(picked))
            return
        yield from self._say(said.more(composed.text))
        yield AnswerDone(
            self._answer(
                picked,
                composed,
                mode=Mode.WRITE,
                chosen_by="llm",
                prompt_tokens=len(prompt.tokens),
                raw=text,
            )
        )

    def _prompt(self, picked: Picked, history: Sequence[Message]) -> Prompt:
        llm, settings = self._models.llm, self._settings
        kept = fitting_history(
            history, max_tokens=settings.history_tokens, count_tokens=llm.count_tokens
        )
        return build_prompt(
            self._question,
            picked.evidence,
            kept,
            llm,
            max_sentences=settings.answer_sentences,
            max_answer_tokens=settings.max_answer_tokens,
        )

    def _say(self, text: str) -> Iterator[AnswerEvent]:
        if text:
            self._clock.wrote()
            yield TextPiece(text)

    def _answer(
        self,
        picked: Picked,
        composed: Composed,
        *,
        mode: Mode,
        chosen_by: str,
        prompt_tokens: int,
        raw: str,
    ) -> Answer:
        return Answer(
            question=self._question,
            text=composed.text,
            abstained=False,
            model=self._models.llm_entry.name,
            citations=composed.citations,
            sentences=composed.sentences,
            hits=picked.hits,
            evidence=picked.evidence,
            timings=self._clock.finish(),
            tokens=TokenCounts(prompt=prompt_tokens, completion=self._models.llm.count_tokens(raw)),
            dropped_markers=composed.dropped_markers,
            mode=mode.value,
            chosen_by=chosen_by,
            confidence=picked.confidence,
            passed_over=picked.passed_over,
        )


class _Said:
    """What of an answer was passed on."""

    def __init__(self) -> None:
        self._text = ""

    def more(self, text: str) -> str:
        """Return what ``text``, the answer so far, has beyond what was passed on."""
        if not text.startswith(self._text):
            return ""
        new = text[len(self._text) :]
        self._text = text
        return new


def _is_carried(composed: Composed) -> bool:
    """Whether the evidence says some of it: "the text encoder does not need …" declines nothing."""
    return any(item.support.carries for item in composed.sentences)


def _contradicts(cited: Iterable[Evidence], picked: Picked) -> bool:
    """Whether this evidence is far from the best there was, or there is none."""
    best = max((item.score for item in cited), default=0.0)
    return best < _CONTRADICTION * max(item.score for item in picked.evidence)


def last_answer(events: Iterable[AnswerEvent]) -> Answer:
    """Take an answer's events to the end and return the whole answer."""
    for event in events:
        if isinstance(event, AnswerDone):
            return event.answer
    raise AssertionError("an answer's stream ends with AnswerDone")
