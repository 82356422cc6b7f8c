"""The interface behind which an answering model stands, and the choice of its implementation.

Knows nothing of prompts, evidence or citations.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from rag.errors import MachineError, ModelLoadError, ModelMissingError
from rag.models import ModelEntry, locate
from rag.types import Message

_logger = logging.getLogger(__name__)

# A GGUF needs about its own size in memory, and some for context and buffers.
_MEMORY_PER_BYTE = 1.2
_GIB = 1 << 30


class LanguageModel(Protocol):
    """A model that continues a prompt of tokens.

    One call runs at a time. A stream may be taken from any thread, and one that nobody takes any
    more keeps the others waiting for a moment only.
    """

    @property
    def name(self) -> str:
        """The catalogue name, or the file's."""
        ...

    @property
    def context_tokens(self) -> int:
        """Tokens that prompt and answer may have together."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of ``text``, in which nothing is special."""
        ...

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt for a conversation, up to where the assistant speaks.

        Control tokens come from the model's template alone, never from a message.
        """
        ...

    def generate(
        self,
        prompt: Sequence[int],
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        grammar: str | None = None,
    ) -> Iterator[str]:
        """Stream the continuation of ``prompt``, never cutting a character in two.

        Closing the iterator ends the generation. None of the ``stop`` strings is emitted.

        Args:
            grammar: GBNF that the text must follow.

        Raises:
            QuestionError: prompt and ``max_tokens`` exceed the context.
            ModelLoadError: the grammar cannot be parsed.
        """
        ...

    def option_logprobs(self, prompt: Sequence[int], options: Sequence[str]) -> list[float]:
        """Return each option's mean log-probability per token as the continuation of ``prompt``.

        Raises:
            QuestionError: prompt and longest option exceed the context.
        """
        ...

    def close(self) -> None:
        """Free the model's memory; it must not be used afterwards."""
        ...


def load_llm(
    entry: ModelEntry,
    models_folder: Path,
    *,
    context_tokens: int | None = None,
    threads: int | None = None,
    check_memory: bool = True,
) -> LanguageModel:
    """Load the LLM of a catalogue entry.

    Args:
        context_tokens: context to make room for; at most, and by default, what the entry states.
        threads: CPU threads; by default the physical cores.
        check_memory: whether to refuse a model that does not fit into free memory.

    Raises:
        ModelMissingError: it is not on this machine.
        ModelLoadError: its file is no GGUF or does not load.
        MachineError: there is too little memory.
    """
    from rag.llama import LlamaCppModel

    path = locate(entry, models_folder)
    if path is None:
        raise ModelMissingError(
            f"model {entry.name} is not on this machine. Run: python -m rag models pull "
            f"{entry.name}"
        )
    _check_file(path)
    if check_memory:
        _check_memory(entry, path)
    return LlamaCppModel(
        path,
        name=entry.name,
        context_tokens=min(context_tokens or entry.context_tokens, entry.context_tokens),
        threads=threads or psutil.cpu_count(logical=False) or 1,
    )


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise ModelLoadError(f"cannot read model {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise ModelLoadError(
            f"{path} is not a GGUF model (it begins with {magic!r}); give a .gguf file"
        )


def _check_memory(entry: ModelEntry, path: Path) -> None:
    needed = max(entry.ram_bytes, int(path.stat().st_size * _MEMORY_PER_BYTE))
    free = psutil.virtual_memory().available
    if needed > free:
        raise MachineError(
            f"model {entry.name} needs {needed / _GIB:.1f} GiB of memory, but "
            f"{free / _GIB:.1f} GiB are free: close other programs or choose a smaller model "
            "(python -m rag models)"
        )
