"""The one place where the parts are chosen and put together.

An ``Engine`` answers questions over one index. Models are loaded when first needed, or ahead of
time by ``warm_up``; loading is safe from several threads. The engine knows nothing of terminals
or pages.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from rag.answerer import Answerer, last_answer
from rag.answering import Mode
from rag.clock import Clock
from rag.conversation import readings
from rag.documents import ReadLimits
from rag.embedding import Embedder
from rag.errors import IndexCorruptError, QuestionError
from rag.evidence import NOTHING_PICKED, Picked, pick_evidence
from rag.evidence_scoring import EvidenceScorer, LexicalScorer, RerankerScorer
from rag.indexing import Progress, index_paths, remove_documents
from rag.llm import LanguageModel
from rag.model_set import ModelSet
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.small_talk import is_small_talk
from rag.store import IndexReader, SearchFilter
from rag.types import (
    Answer,
    AnswerDone,
    AnswerEvent,
    Document,
    EvidenceFound,
    Hit,
    IndexReport,
    Message,
)

_logger = logging.getLogger(__name__)

# Characters a token stands for at the very least, on average: a question longer than this many
# characters per token of context cannot fit, whatever the tokenizer.
_CHARACTERS_PER_TOKEN = 8
_DOCUMENTS_KEPT = 64


class Engine:
    """Answers questions over one index, with the models that the settings name."""

    def __init__(self, settings: Settings, models: ModelSet | None = None) -> None:
        """Choose the models; nothing is loaded yet.

        Args:
            models: shared with other engines, and then not closed with this one.

        Raises:
            UnknownModelError: the settings name a model that is not known.
        """
        self.settings = settings
        self.models = models or ModelSet(settings)
        self._owns_models = models is None
        self._lock = threading.RLock()
        self._reader: IndexReader | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the models and the index."""
        with self._lock:
            if self._owns_models:
                self.models.close()
            if self._reader is not None:
                self._reader.close()
            self._reader = None

    @property
    def embedder(self) -> Embedder:
        """The embedder; see ``ModelSet``."""
        return self.models.embedder

    @property
    def llm(self) -> LanguageModel:
        """The LLM; see ``ModelSet``."""
        return self.models.llm

    @property
    def reader(self) -> IndexReader:
        """The index, open for reading.

        Raises:
            IndexMissingError: there is none.
            IndexCorruptError: it is damaged.
        """
        with self._lock:
            if self._reader is None:
                self._reader = IndexReader.open(self.settings.index)
                self._check_embedder(self._reader)
            return self._reader

    def warm_up(self) -> None:
        """Load what the next question needs, so that it need not wait."""
        _ = self.reader.chunk_count()
        self.models.warm_up()

    def adopt(self, settings: Settings, models: ModelSet) -> None:
        """Answer by other settings and models from the next question on; the index stays.

        An answer that is under way ends with what it has in hand.
        """
        with self._lock:
            self.settings = settings
            self.models = models

    def index(
        self,
        paths: Sequence[Path],
        *,
        force: bool = False,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> IndexReport:
        """Bring the index up to date with the files under ``paths``; see ``index_paths``."""
        return index_paths(
            paths,
            self.settings.index,
            self.embedder,
            chunk_tokens=self.settings.chunk_tokens,
            limits=ReadLimits(max_bytes=self.settings.max_file_mb << 20),
            force=force,
            on_progress=on_progress,
        )

    def remove(self, names: Sequence[str]) -> None:
        """Take documents out of the index; their files stay.

        Raises:
            IndexUnusableError: there is no index, or somebody else is writing to it.
        """
        remove_documents(names, self.settings.index, self.reader.embedder)

    def search(
        self, question: str, *, k: int | None = None, where: SearchFilter | None = None
    ) -> list[Hit]:
        """Return the passages that bear on ``question``, best first.

        Raises:
            QuestionError: the question is empty or too long.
        """
        self.check(question)
        return self._retriever().search(question, k=k or self.settings.k, where=where)

    def evidence_scorer(self) -> EvidenceScorer:
        """Return what says how well sentences of the index answer a question.

        By the reranker where there is one on this machine, else by words.
        """
        words = LexicalScorer(self._retriever().weigh)
        if self.models.reranker is None:
            return words
        return RerankerScorer(
            self.models.reranker,
            words,
            most=self.settings.scored_sentences,
            embedder=self.embedder,
        )

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Message] = (),
        k: int | None = None,
        where: SearchFilter | None = None,
    ) -> Answer:
        """Answer ``question`` and return the whole answer; see ``stream``."""
        return last_answer(self.stream(question, history=history, k=k, where=where))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Message] = (),
        k: int | None = None,
        where: SearchFilter | None = None,
    ) -> Iterator[AnswerEvent]:
        """Answer ``question``: evidence first, then text as it is written, then the whole.

        When nothing relevant is found the answer says so and the LLM is not asked. To small talk
        it says what can be asked, and nothing is searched.

        Raises:
            QuestionError: the question is empty or too long.
            IndexMissingError, IndexCorruptError, ModelError, MachineError: see the properties.
        """
        clock = Clock()
        self.check(question)
        answerer = Answerer(question, self.models, self.settings, clock)
        if is_small_talk(question):
            yield EvidenceFound(hits=(), evidence=())
            yield AnswerDone(answerer.decline(NOTHING_PICKED))
            return
        retriever = self._retriever()
        with clock.loading():
            _ = self.llm
            if retriever.uses_embedder_for(question):
                self.embedder.warm_up()
            if self.models.reranker is not None:
                self.models.reranker.warm_up()
        standalone, picked = self.find(question, history, k=k, where=where)
        clock.retrieved()
        if not self.suffices(picked):
            yield EvidenceFound(hits=picked.hits, evidence=())
            yield AnswerDone(answerer.decline(picked))
            return
        yield EvidenceFound(hits=picked.hits, evidence=picked.evidence)
        if self.mode is Mode.QUOTE:
            yield from answerer.quote(picked, standalone)
        else:
            yield from answerer.write(picked, standalone, history)

    def find(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        k: int | None = None,
        where: SearchFilter | None = None,
    ) -> tuple[str, Picked]:
        """Return the question as it was understood, and the evidence for it.

        Of several readings it is the first whose evidence answers it, or else the first.
        """
        retriever = self._retriever()
        found: list[tuple[str, Picked]] = []
        for text in readings(question, history):
            hits = retriever.search(text, k=k or self.settings.k, where=where)
            found.append((text, self._pick_evidence(text, hits)))
            if self.suffices(found[-1][1]):
                return found[-1]
        return found[0]

    def suffices(self, picked: Picked) -> bool:
        """Whether the evidence answers the question, as far as its scores tell."""
        return bool(picked.evidence) and picked.confidence >= self.settings.min_confidence

    @property
    def mode(self) -> Mode:
        """How answers are made: as the settings say, or as the model's entry advises."""
        if self.settings.mode == "auto":
            return Mode(self.models.llm_entry.answer_mode)
        return Mode(self.settings.mode)

    def check(self, question: str) -> None:
        """Refuse what cannot be asked.

        Raises:
            QuestionError: the question is empty or too long.
        """
        if not question.strip():
            raise QuestionError("the question is empty; ask something, for example: What is CLIP?")
        limit = self.settings.context_tokens * _CHARACTERS_PER_TOKEN
        if len(question) > limit:
            raise QuestionError(
                f"the question has {len(question)} characters; the context of "
                f"{self.settings.context_tokens} tokens holds {limit} at the very most: shorten it"
            )

    def _retriever(self) -> Retriever:
        return Retriever(self.reader, self.embedder, candidates=self.settings.candidates)

    def _check_embedder(self, reader: IndexReader) -> None:
        made_with = reader.embedder
        if (made_with.name, made_with.dimension) != (self.embedder.name, self.embedder.dimension):
            raise IndexCorruptError(
                f"{self.settings.index} was made with embedder {made_with.name} "
                f"({made_with.dimension} dimensions); settings ask for {self.embedder.name} "
                f"({self.embedder.dimension}). Run: python -m rag index {self.settings.corpus}"
            )

    def _pick_evidence(self, question: str, hits: Sequence[Hit]) -> Picked:
        @lru_cache(maxsize=_DOCUMENTS_KEPT)
        def load(name: str) -> Document:
            return self.reader.document(name)

        return pick_evidence(
            question,
            hits,
            scorer=self.evidence_scorer(),
            load_document=load,
            count_tokens=self.llm.count_tokens,
            max_tokens=self.settings.evidence_tokens,
        )
