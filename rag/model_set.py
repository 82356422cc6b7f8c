"""The models that the settings name, each loaded when it is first needed.

Safe to use from several threads. Knows nothing of indexes or answers.
"""

from __future__ import annotations

import threading

from rag.embedding import Embedder, load_embedder
from rag.llm import LanguageModel, load_llm
from rag.models import (
    BY_WORDS,
    DEFAULT_EMBEDDER,
    DEFAULT_LLM,
    DEFAULT_SCORER,
    ModelEntry,
    ModelRole,
    find_model,
)
from rag.reranking import Reranker, load_reranker
from rag.second_reading import SecondReading
from rag.settings import Settings


class ModelSet:
    """Embedder, evidence scorer and LLM."""

    def __init__(self, settings: Settings) -> None:
        """Choose the models; nothing is loaded yet.

        Raises:
            UnknownModelError: the settings name a model that is not known.
        """
        self._settings = settings
        self.embedder_entry = find_model(settings.embedder or DEFAULT_EMBEDDER, ModelRole.EMBEDDER)
        scorer = settings.scorer or DEFAULT_SCORER
        self.scorer_entry = None if scorer == BY_WORDS else find_model(scorer, ModelRole.RERANKER)
        # What reads again what the scorer likes best, if it has such a second.
        second = self.scorer_entry.second if self.scorer_entry else ""
        self.second_entry = find_model(second, ModelRole.RERANKER) if second else None
        self.llm_entry = find_model(settings.llm or DEFAULT_LLM, ModelRole.LLM)
        self._lock = threading.RLock()
        self._embedder: Embedder | None = None
        self._reranker: Reranker | None = None
        self._llm: LanguageModel | None = None

    def names(self) -> list[str]:
        """Return the names of embedder, evidence scorer, its second if it has one, and LLM."""
        scorer = self.scorer_entry.name if self.scorer_entry else BY_WORDS
        second = [self.second_entry.name] if self.second_entry else []
        return [self.embedder_entry.name, scorer, *second, self.llm_entry.name]

    @property
    def embedder(self) -> Embedder:
        """The embedder; its weights load when it first embeds.

        Raises:
            ModelMissingError: it is not on this machine.
        """
        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(
                    self.embedder_entry, self._settings.models, threads=self._threads
                )
            return self._embedder

    @property
    def reranker(self) -> Reranker | None:
        """The evidence scorer's model, whose weights load when it first scores; None: words only.

        Raises:
            ModelMissingError: it is not on this machine.
        """
        with self._lock:
            if self._reranker is None and self.scorer_entry is not None:
                self._reranker = self._load_reranker(self.scorer_entry)
            return self._reranker

    @property
    def llm(self) -> LanguageModel:
        """The LLM, loaded.

        Raises:
            ModelMissingError: it is not on this machine.
            ModelLoadError: its file does not load.
            MachineError: there is too little memory for it.
        """
        with self._lock:
            if self._llm is None:
                self._llm = load_llm(
                    self.llm_entry,
                    self._settings.models,
                    context_tokens=self._settings.context_tokens,
                    threads=self._threads,
                )
            return self._llm

    def adapted(self, settings: Settings) -> ModelSet:
        """Return the set of models for ``settings``, taking over what is loaded and still fits.

        What fits no longer is freed once the last answer that uses it has ended.

        Raises:
            UnknownModelError: the settings name a model that is not known.
        """
        adapted = ModelSet(settings)
        before = self._settings
        with self._lock:
            if (settings.models, settings.threads) == (before.models, before.threads):
                if adapted.embedder_entry == self.embedder_entry:
                    adapted._embedder = self._embedder
                if adapted.scorer_entry == self.scorer_entry:
                    adapted._reranker = self._reranker
                same_llm = adapted.llm_entry == self.llm_entry
                if same_llm and settings.context_tokens == before.context_tokens:
                    adapted._llm = self._llm
        return adapted

    def warm_up(self) -> None:
        """Load all of them now."""
        _ = self.llm
        self.embedder.warm_up()
        if self.reranker is not None:
            self.reranker.warm_up()

    def close(self) -> None:
        """Release them; what is needed again is loaded again."""
        with self._lock:
            if self._llm is not None:
                self._llm.close()
            self._llm = self._embedder = self._reranker = None

    def _load_reranker(self, entry: ModelEntry) -> Reranker:
        first = load_reranker(entry, self._settings.models, threads=self._threads)
        if self.second_entry is None:
            return first
        second = load_reranker(self.second_entry, self._settings.models, threads=self._threads)
        return SecondReading(first, second)

    @property
    def _threads(self) -> int | None:
        return self._settings.threads or None
