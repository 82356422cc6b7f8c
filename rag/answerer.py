"""Evidence → the events of an answer, in one of three ways: quoted, written or declined.

Puts together what asks the LLM, what reads its citations and what verifies them. Knows nothing of
how the evidence was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache

import numpy as np

from rag.answering import Mode, Prompt, build_prompt, quote_pieces, select_quotes, write_answer
from rag.citations import CitationParser
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
    Language,
    Message,
    TextPiece,
    TokenCounts,
)
from rag.verification import Likeness

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

        A model that is not trusted to write must not spoil good evidence. Nothing of its text is
        passed on before it cites; where what it cites first, or what carries its words, contradicts
        the ranking of the evidence strongly, the ranking decides, and the best is quoted. The
        answer is declined where the LLM declines, or where nothing of it is supported and what is
        not is left out.

        Raises:
            QuestionError: question and evidence do not fit into the LLM's context.
        """
        prompt = self._prompt(picked, history)
        trusted = self._models.llm_entry.answer_mode == Mode.WRITE
        parser = CitationParser(picked.evidence)
        raw: list[str] = []
        held: list[str] = []
        spoiled = False
        likeness = self._likeness()
        pieces = write_answer(
            prompt,
            self._models.llm,
            max_answer_tokens=self._settings.max_answer_tokens,
            temperature=self._settings.temperature,
        )
        with closing(pieces):
            for piece in pieces:
                raw.append(piece)
                held.append(parser.feed(piece))
                if not trusted and parser.numbers:
                    spoiled = _strays("".join(raw), parser.numbers, picked, likeness)
                    if spoiled:
                        break
                    trusted = True
                if trusted:
                    yield from self._say(held)
        text = "".join(raw)
        declined = not spoiled and declines(text)
        if spoiled or (declined and not trusted and picked.confidence >= _SURE):
            yield from self.quote(picked, standalone, ask_llm=False)
            return
        if declined:
            yield AnswerDone(self.decline(picked))
            return
        composed = compose_written(
            text,
            picked.evidence,
            remove_unsupported=self._settings.unsupported == "remove",
            likeness=likeness,
        )
        if not trusted and _contradicts([item.number for item in composed.cited], picked):
            yield from self.quote(picked, standalone, ask_llm=False)
            return
        if not composed.text:
            yield AnswerDone(self.decline(picked))
            return
        held.append(parser.finish())
        yield from self._say(held)
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

    def _say(self, held: list[str]) -> Iterator[AnswerEvent]:
        """Pass on what is held, and hold it no longer."""
        if text := "".join(held):
            self._clock.wrote()
            yield TextPiece(text)
        held.clear()

    def _likeness(self) -> Likeness | None:
        """Return what compares across languages, for one answer; None if the embedder cannot."""
        embedder = self._models.embedder
        if Language.ZH not in embedder.languages:
            return None

        # An answer's sentences are all held against the same evidence.
        @cache
        def embed(text: str) -> np.ndarray:
            vector: np.ndarray = embedder.embed_documents([text])[0]
            return vector

        def likeness(sentence: str, texts: Sequence[str]) -> list[float]:
            return [float(embed(text) @ embed(sentence)) for text in texts]

        return likeness

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


def _strays(text: str, numbers: Iterable[int], picked: Picked, likeness: Likeness | None) -> bool:
    """Whether what is written so far cites, or says, what is far from the best evidence."""
    if _contradicts(numbers, picked):
        return True
    said = compose_written(text, picked.evidence, remove_unsupported=False, likeness=likeness)
    return _contradicts([item.number for item in said.cited], picked)


def _contradicts(cited: Iterable[int], picked: Picked) -> bool:
    """Whether the evidence of these numbers is far from the best there was, or is none at all."""
    scores = {item.number: item.score for item in picked.evidence}
    best = max((scores[number] for number in cited), default=0.0)
    return best < _CONTRADICTION * max(scores.values())


def last_answer(events: Iterable[AnswerEvent]) -> Answer:
    """Take an answer's events to the end and return the whole answer."""
    for event in events:
        if isinstance(event, AnswerDone):
            return event.answer
    raise AssertionError("an answer's stream ends with AnswerDone")
