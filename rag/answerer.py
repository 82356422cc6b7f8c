"""Evidence → the events of an answer, in one of three ways: quoted, written or declined.

Puts together what asks the LLM, what reads its citations and what verifies them. Knows nothing of
how the evidence was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from rag.answering import Mode, build_prompt, quote_pieces, select_quotes, write_answer
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

    def quote(self, picked: Picked, standalone: str) -> Iterator[AnswerEvent]:
        """Answer with sentences of the evidence, word for word.

        Args:
            standalone: the question as it was understood, which the sentences answer.
        """
        selection = select_quotes(
            standalone,
            picked.evidence,
            self._models.llm,
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

    def write(self, picked: Picked, history: Sequence[Message]) -> Iterator[AnswerEvent]:
        """Have the LLM write the answer, and verify it.

        It is declined where the LLM declines, or where nothing of it is supported and what is not
        is left out.

        Raises:
            QuestionError: question and evidence do not fit into the LLM's context.
        """
        settings, llm = self._settings, self._models.llm
        prompt = build_prompt(
            self._question,
            picked.evidence,
            fitting_history(
                history,
                max_tokens=settings.history_tokens,
                count_tokens=llm.count_tokens,
            ),
            llm,
            max_answer_tokens=settings.max_answer_tokens,
        )
        pieces = write_answer(
            prompt,
            llm,
            max_answer_tokens=settings.max_answer_tokens,
            temperature=settings.temperature,
        )
        parser = CitationParser(picked.evidence)
        raw: list[str] = []
        for piece in pieces:
            self._clock.wrote()
            raw.append(piece)
            if settled := parser.feed(piece):
                yield TextPiece(settled)
        if rest := parser.finish():
            yield TextPiece(rest)
        text = "".join(raw)
        if declines(text):
            yield AnswerDone(self.decline(picked))
            return
        composed = compose_written(
            text,
            picked.evidence,
            remove_unsupported=settings.unsupported == "remove",
            likeness=self._likeness(),
        )
        if not composed.text:
            yield AnswerDone(self.decline(picked))
            return
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
