"""Question and texts → how likely each text answers it: the interface, and cross-encoders.

A cross-encoder reads question and text together, which a pair of vectors cannot. Knows nothing of
documents or retrieval. Weights and torch load when first needed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag.errors import ModelLoadError, ModelMissingError
from rag.first_token import read_first_token_only
from rag.models import ModelEntry, locate
from rag.quantization import multiplies_bfloat16, quantize

_logger = logging.getLogger(__name__)

_BATCH_PAIRS = 16
# Longer texts are cut: a sentence with its headings is far shorter.
_MAX_TOKENS = 192


class Reranker(Protocol):
    """Scores texts against a question. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """The catalogue name, or the folder's."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return ``(len(texts),) float32``, the probability in [0, 1] that each text answers."""
        ...

    def warm_up(self) -> None:
        """Load the weights now."""
        ...


def load_reranker(
    entry: ModelEntry, models_folder: Path, *, threads: int | None = None
) -> Reranker:
    """Return the reranker of a catalogue entry; its weights load when first used.

    Raises:
        ModelMissingError: it is not on this machine.
    """
    path = locate(entry, models_folder)
    if path is None:
        raise ModelMissingError(
            f"model {entry.name} is not on this machine. Run: python -m rag models pull "
            f"{entry.name}"
        )
    return CrossEncoderReranker(entry, path, threads=threads)


class CrossEncoderReranker:
    """A reranker over a folder in the format of sentence-transformers' ``CrossEncoder``."""

    def __init__(self, entry: ModelEntry, folder: Path, *, threads: int | None = None) -> None:
        """Remember where the model is; nothing is read yet."""
        self._entry = entry
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def name(self) -> str:
        """The catalogue name, or the folder's."""
        return self._entry.name

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return ``(len(texts),) float32``, the probability in [0, 1] that each text answers."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        model = self._load()
        # Alike lengths share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        pairs = [(_encodable(question), _encodable(texts[index])) for index in order]
        scores = np.empty(len(texts), dtype=np.float32)
        with self._lock:
            scores[order] = model.predict(
                pairs, batch_size=_BATCH_PAIRS, show_progress_bar=False, convert_to_numpy=True
            )
        return scores

    def warm_up(self) -> None:
        """Load the weights now."""
        self._load()

    def _load(self) -> Any:
        with self._lock:
            if self._model is None:
                import torch
                from sentence_transformers import CrossEncoder

                if self._threads:
                    torch.set_num_threads(self._threads)
                try:
                    in_bfloat16 = multiplies_bfloat16()
                    model = CrossEncoder(
                        str(self._folder),
                        device="cpu",
                        local_files_only=True,
                        max_length=_MAX_TOKENS,
                        model_kwargs={"dtype": torch.bfloat16 if in_bfloat16 else torch.float32},
                    )
                    read_first_token_only(model.model)
                    if not in_bfloat16:
                        quantize(model)
                    self._model = model
                except (OSError, ValueError, RuntimeError, KeyError) as error:
                    raise ModelLoadError(
                        f"cannot load reranker {self.name} from {self._folder}: {error}"
                    ) from error
            return self._model


def _encodable(text: str) -> str:
    """Replace lone surrogates, which tokenizers cannot take."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
