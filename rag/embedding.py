"""Text → vectors: the interface behind which embedders stand, and the one over folders of models.

Knows nothing of documents, chunks or indexes. Counting tokens needs no torch; embedding does, and
loads it when it is first called.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag.errors import ModelLoadError, ModelMissingError
from rag.models import ModelEntry, locate
from rag.types import Language

_logger = logging.getLogger(__name__)

# How long documents wait at most, after each batch, for questions to be embedded first.
_LONGEST_WAIT_S = 2.0
_POLL_S = 0.005
_BATCH_TEXTS = 32
_DEFAULT_MAX_TOKENS = 512


class Embedder(Protocol):
    """Turns texts into unit vectors. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """The catalogue name, or the folder's."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest text that is read in full, special tokens included."""
        ...

    @property
    def languages(self) -> frozenset[Language]:
        """Languages that the model was trained for."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens excluded."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return the questions' vectors, ``(n, dimension) float32``, unit length."""
        ...

    def embed_documents(
        self, texts: Sequence[str], *, on_batch: Callable[[int], None] = lambda _: None
    ) -> np.ndarray:
        """Return the texts' vectors, ``(n, dimension) float32``, unit length.

        Args:
            on_batch: called with the number of texts done after each batch.
        """
        ...

    def warm_up(self) -> None:
        """Load the weights now."""
        ...


def load_embedder(
    entry: ModelEntry, models_folder: Path, *, threads: int | None = None
) -> Embedder:
    """Return the embedder of a catalogue entry; its weights load when first used.

    Raises:
        ModelMissingError: it is not on this machine.
        ModelLoadError: its configuration cannot be read.
    """
    path = locate(entry, models_folder)
    if path is None:
        raise ModelMissingError(
            f"model {entry.name} is not on this machine. Run: python -m rag models pull "
            f"{entry.name}"
        )
    return SentenceTransformerEmbedder(entry, path, threads=threads)


class SentenceTransformerEmbedder:
    """An embedder over a folder in sentence-transformers' format."""

    def __init__(self, entry: ModelEntry, folder: Path, *, threads: int | None = None) -> None:
        """Read the model's configuration; the weights wait.

        Raises:
            ModelLoadError: the configuration is missing or broken.
        """
        self._entry = entry
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._questions_waiting = 0
        self._model: Any = None
        self._tokenizer: Any = None
        config = _read_json(folder / "config.json")
        self._dimension = entry.dimension or int(config.get("hidden_size", 0))
        self._max_tokens = self._read_max_tokens(config)
        if not self._dimension:
            raise ModelLoadError(
                f"{folder} does not state the length of its vectors (hidden_size in config.json); "
                "is it an embedding model?"
            )

    def _read_max_tokens(self, config: dict[str, Any]) -> int:
        own = self._folder / "sentence_bert_config.json"
        stated = _read_json(own).get("max_seq_length") if own.exists() else None
        fallback = config.get("max_position_embeddings", _DEFAULT_MAX_TOKENS)
        return int(stated or fallback or _DEFAULT_MAX_TOKENS)

    @property
    def name(self) -> str:
        """The catalogue name with its version, or the folder's; an index is known by it."""
        return self._entry.full_name

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """Longest text that is read in full, special tokens included."""
        return self._max_tokens

    @property
    def languages(self) -> frozenset[Language]:
        """Languages that the model was trained for."""
        return self._entry.languages

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens excluded."""
        if not texts:
            return []
        encodings = self._load_tokenizer().encode_batch(
            [_encodable(text) for text in texts], add_special_tokens=False
        )
        return [len(encoding.ids) for encoding in encodings]

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return the questions' vectors, ``(n, dimension) float32``, unit length."""
        with self._counting:
            self._questions_waiting += 1
        try:
            return self._embed([self._entry.query_prefix + text for text in texts], lambda _: None)
        finally:
            with self._counting:
                self._questions_waiting -= 1

    def embed_documents(
        self, texts: Sequence[str], *, on_batch: Callable[[int], None] = lambda _: None
    ) -> np.ndarray:
        """Return the texts' vectors, ``(n, dimension) float32``, unit length."""

        def let_questions_pass(done: int) -> None:
            on_batch(done)
            # A lock goes to whoever is quickest, which is the thread that just released it.
            give_up_at = time.monotonic() + _LONGEST_WAIT_S
            while self._questions_waiting and time.monotonic() < give_up_at:
                time.sleep(_POLL_S)

        return self._embed(
            [self._entry.document_prefix + text for text in texts], let_questions_pass
        )

    def warm_up(self) -> None:
        """Load the weights now."""
        self._load_model()

    def _embed(self, texts: list[str], on_batch: Callable[[int], None]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        model = self._load_model()
        # Alike lengths share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        for start in range(0, len(order), _BATCH_TEXTS):
            batch = order[start : start + _BATCH_TEXTS]
            # One batch at a time, so that a question need not wait for a whole run of documents.
            with self._lock:
                vectors[batch] = model.encode(
                    [_encodable(texts[index]) for index in batch],
                    batch_size=_BATCH_TEXTS,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            on_batch(start + len(batch))
        return vectors

    def _load_tokenizer(self) -> Any:
        with self._lock:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                path = self._folder / "tokenizer.json"
                try:
                    tokenizer = Tokenizer.from_file(str(path))
                except Exception as error:  # tokenizers raises bare Exception
                    raise ModelLoadError(f"cannot read tokenizer {path}: {error}") from error
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._tokenizer = tokenizer
            return self._tokenizer

    def _load_model(self) -> Any:
        with self._lock:
            if self._model is None:
                import torch
                from sentence_transformers import SentenceTransformer

                _quieten()
                if self._threads:
                    torch.set_num_threads(self._threads)
                try:
                    model = SentenceTransformer(
                        str(self._folder),
                        device="cpu",
                        local_files_only=True,
                        # Weights may ship in half precision, which a CPU only slows down.
                        model_kwargs={"dtype": torch.float32},
                    )
                except (OSError, ValueError, RuntimeError, KeyError) as error:
                    raise ModelLoadError(
                        f"cannot load embedder {self.name} from {self._folder}: {error}"
                    ) from error
                model.max_seq_length = self._max_tokens
                self._model = model
            return self._model


def _quieten() -> None:
    """Keep transformers' progress bars and advice off the terminal."""
    from transformers.utils import logging as transformers_logging

    settings: Any = transformers_logging
    settings.disable_progress_bar()
    settings.set_verbosity_error()


def _encodable(text: str) -> str:
    """Replace lone surrogates, which tokenizers cannot take."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"cannot read {path}: {error}") from error
    if not isinstance(value, dict):
        raise ModelLoadError(f"{path} should hold a JSON object")
    return value
