"""llama.cpp in process: the ``LanguageModel`` for GGUF files.

Talks to the C functions of llama-cpp-python, which leave nothing in between to guess: parameters,
tokens and logits are what they are. The key-value cache keeps the last prompt, so that a prompt
with the same beginning is only read from where it differs.
"""

from __future__ import annotations

import codecs
import ctypes
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rag.chat_template import render_parts
from rag.errors import ModelLoadError, QuestionError
from rag.speculation import Speculation
from rag.turns import Turns
from rag.types import Message

_logger = logging.getLogger(__name__)

_BATCH_TOKENS = 512
_PIECE_BYTES = 256
# How long the others wait for somebody who began an answer and does not take the next word.
_PATIENCE_S = 2.0
_METADATA_BYTES = 1 << 16
# For models without a template in their metadata: ChatML, which most instruction models know.
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}<|im_start|>assistant\n"
)

_log_callback: Any = None


class LlamaCppModel:
    """A GGUF model; see ``rag.llm.LanguageModel`` for what its methods promise."""

    def __init__(self, path: Path, *, name: str, context_tokens: int, threads: int) -> None:
        """Load ``path``.

        Raises:
            ModelLoadError: llama.cpp cannot load it.
        """
        self._c = _library()
        self._turns = Turns(patience_s=_PATIENCE_S)
        self._name = name
        self._cached: list[int] = []
        self._model = self._load(path)
        self._vocabulary = self._c.llama_model_get_vocab(self._model)
        trained = self._c.llama_model_n_ctx_train(self._model)
        self._context_tokens = min(context_tokens, trained) if trained > 0 else context_tokens
        self._context = self._make_context(threads)
        self._template = self._metadata("tokenizer.chat_template") or _CHATML

    def _load(self, path: Path) -> Any:
        params = self._c.llama_model_default_params()
        params.n_gpu_layers = 0
        if has_amx():
            # Its AMX kernels crash at the first token; they live in the extra buffer types.
            params.use_extra_bufts = False
        model = self._c.llama_model_load_from_file(str(path).encode(), params)
        if not model:
            raise ModelLoadError(
                f"llama.cpp cannot load {path}: the file is damaged, or its model is newer than "
                "this build. Download it again, or: pip install -U -r requirements.txt"
            )
        return model

    def _make_context(self, threads: int) -> Any:
        params = self._c.llama_context_default_params()
        params.n_ctx = self._context_tokens
        params.n_batch = params.n_ubatch = min(_BATCH_TOKENS, self._context_tokens)
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        context = self._c.llama_init_from_model(self._model, params)
        if not context:
            self._c.llama_model_free(self._model)
            raise ModelLoadError(
                f"llama.cpp cannot make a context of {self._context_tokens} tokens for "
                f"{self._name}: lower context_tokens"
            )
        return context

    @property
    def name(self) -> str:
        """The catalogue name, or the file's."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """Tokens that prompt and answer may have together."""
        return self._context_tokens

    def close(self) -> None:
        """Free the model's memory."""
        with self._turn():
            if self._context:
                self._c.llama_free(self._context)
                self._c.llama_model_free(self._model)
                self._context = self._model = None

    def __del__(self) -> None:
        # One model takes another's place while an answer may still be under way with it: what
        # Python no longer holds, nobody uses.
        if getattr(self, "_context", None):
            self.close()

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of ``text``, in which nothing is special."""
        return len(self._tokenize(text, special=False))

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt for a conversation, up to where the assistant speaks."""
        parts = render_parts(
            self._template,
            messages,
            bos_token=self._token_text(self._c.llama_vocab_bos(self._vocabulary)),
            eos_token=self._token_text(self._c.llama_vocab_eos(self._vocabulary)),
        )
        tokens = [
            token for part in parts for token in self._tokenize(part.text, special=part.is_template)
        ]
        bos = self._c.llama_vocab_bos(self._vocabulary)
        if self._c.llama_vocab_get_add_bos(self._vocabulary) and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        return tokens

    def generate(
        self,
        prompt: Sequence[int],
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        grammar: str | None = None,
    ) -> Iterator[str]:
        """Stream the continuation of ``prompt``; see ``rag.llm.LanguageModel``."""
        self._check_room(len(prompt), max_tokens)
        sampler = self._sampler(temperature, grammar)
        # Only the likeliest token can be guessed and checked.
        speculation = Speculation() if temperature <= 0 and grammar is None else None
        try:
            pieces = self._pieces(prompt, sampler, max_tokens, speculation)
            yield from _until_stop(pieces, stop)
        finally:
            self._turns.end(sampler)
            self._c.llama_sampler_free(sampler)

    def option_logprobs(self, prompt: Sequence[int], options: Sequence[str]) -> list[float]:
        """Return each option's mean log-probability per token after ``prompt``."""
        encoded = [self._tokenize(option, special=False) for option in options]
        self._check_room(len(prompt), max(map(len, encoded), default=0))
        with self._turn():
            self._read(prompt)
            first = self._log_softmax()
            means: list[float] = []
            for tokens in encoded:
                total = float(first[tokens[0]])
                for position in range(1, len(tokens)):
                    self._read([*prompt, *tokens[:position]])
                    total += float(self._log_softmax()[tokens[position]])
                means.append(total / len(tokens))
            return means

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the model to oneself for a turn of one step."""
        user = object()
        with self._turns.step(user):
            try:
                yield
            finally:
                self._turns.end(user)

    def _check_room(self, prompt_tokens: int, new_tokens: int) -> None:
        if prompt_tokens + new_tokens > self._context_tokens:
            raise QuestionError(
                f"the prompt has {prompt_tokens} tokens and {new_tokens} are to be written, but "
                f"{self._name} was loaded with a context of {self._context_tokens}: shorten the "
                "question or raise context_tokens"
            )

    def _pieces(
        self, prompt: Sequence[int], sampler: Any, max_tokens: int, speculation: Speculation | None
    ) -> Iterator[str]:
        """Yield the continuation; the model is this one's only within a step.

        Between two steps another may have read something else, which is then read over.
        """
        tokens = list(prompt)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while len(tokens) < len(prompt) + max_tokens:
            room = len(prompt) + max_tokens - len(tokens)
            with self._turns.step(sampler):
                guess: list[int] = []
                if speculation is not None and self._cached == tokens[:-1]:
                    guess = speculation.guess(tokens, room - 1)
                new = self._checked(tokens, guess) if guess else [self._next(tokens, sampler)]
            if speculation is not None and guess:
                speculation.learn(guessed=len(guess), right=len(new) - 1)
            tokens += new
            for token in new:
                if self._c.llama_vocab_is_eog(self._vocabulary, token):
                    yield from _rest(decoder)
                    return
                if text := decoder.decode(self._token_bytes(token)):
                    yield text
        yield from _rest(decoder)

    def _next(self, tokens: Sequence[int], sampler: Any) -> int:
        """Return the token that follows."""
        self._read(tokens)
        token: int = self._c.llama_sampler_sample(sampler, self._context, -1)
        return token

    def _checked(self, tokens: Sequence[int], guess: Sequence[int]) -> list[int]:
        """Return as much of ``guess`` as is the likeliest, and the token that follows it.

        All but the last of ``tokens`` must be in the cache.
        """
        self._decode_all([tokens[-1], *guess])
        likeliest = [int(np.argmax(self._logits(place))) for place in range(len(guess) + 1)]
        right = 0
        while right < len(guess) and guess[right] == likeliest[right]:
            right += 1
        self._forget(len(tokens) + right)
        return likeliest[: right + 1]

    def _sampler(self, temperature: float, grammar: str | None) -> Any:
        chain = self._c.llama_sampler_chain_init(self._c.llama_sampler_chain_default_params())
        if grammar is not None:
            rules = self._c.llama_sampler_init_grammar(self._vocabulary, grammar.encode(), b"root")
            if not rules:
                self._c.llama_sampler_free(chain)
                raise ModelLoadError(f"llama.cpp cannot parse the grammar {grammar[:80]!r}")
            self._c.llama_sampler_chain_add(chain, rules)
        if temperature > 0:
            self._c.llama_sampler_chain_add(chain, self._c.llama_sampler_init_temp(temperature))
            seed = self._c.LLAMA_DEFAULT_SEED
            self._c.llama_sampler_chain_add(chain, self._c.llama_sampler_init_dist(seed))
        else:
            self._c.llama_sampler_chain_add(chain, self._c.llama_sampler_init_greedy())
        return chain

    def _read(self, prompt: Sequence[int]) -> None:
        """Put ``prompt`` into the cache, reading only what differs from what is there."""
        shared = 0
        # At least the last token is read again: its logits are wanted.
        for old, new in zip(self._cached, prompt[:-1], strict=False):
            if old != new:
                break
            shared += 1
        self._forget(shared)
        for start in range(len(self._cached), len(prompt), _BATCH_TOKENS):
            self._decode(prompt[start : start + _BATCH_TOKENS])

    def _forget(self, keep: int) -> None:
        """Drop from the cache what comes after ``keep`` tokens; all, where a part cannot be."""
        memory = self._c.llama_get_memory(self._context)
        if not self._c.llama_memory_seq_rm(memory, 0, keep, -1):
            # A recurrent model's state is one whole.
            self._c.llama_memory_seq_rm(memory, 0, -1, -1)
            keep = 0
        del self._cached[keep:]

    def _decode(self, tokens: Sequence[int]) -> None:
        array = (self._c.llama_token * len(tokens))(*tokens)
        self._run(self._c.llama_batch_get_one(array, len(tokens)))
        self._cached.extend(tokens)

    def _decode_all(self, tokens: Sequence[int]) -> None:
        """Decode ``tokens`` so that the logits after each of them are to be had."""
        batch = self._c.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for place, token in enumerate(tokens):
                batch.token[place] = token
                batch.pos[place] = len(self._cached) + place
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = 0
                batch.logits[place] = 1
            self._run(batch)
        finally:
            self._c.llama_batch_free(batch)
        self._cached.extend(tokens)

    def _run(self, batch: Any) -> None:
        status = self._c.llama_decode(self._context, batch)
        if status != 0:
            self._forget(0)
            raise ModelLoadError(f"llama.cpp failed to run {self._name} (status {status})")

    def _logits(self, place: int) -> np.ndarray:
        """Return the logits after a token of the last batch, (vocabulary,) float32, a view."""
        size = self._c.llama_vocab_n_tokens(self._vocabulary)
        pointer = self._c.llama_get_logits_ith(self._context, place)
        logits: np.ndarray = np.ctypeslib.as_array(pointer, shape=(size,))
        return logits

    def _log_softmax(self) -> np.ndarray:
        """Return the last token's log-probabilities, (vocabulary,) float64."""
        logits = self._logits(-1).astype(np.float64)
        logits -= logits.max()
        result: np.ndarray = logits - np.log(np.exp(logits).sum())
        return result

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        # Lone surrogates cannot be encoded; they come from broken file names at most.
        raw = text.encode("utf-8", errors="replace")
        room = len(raw) + 8
        tokens = (self._c.llama_token * room)()
        count = self._c.llama_tokenize(
            self._vocabulary, raw, len(raw), tokens, room, False, special
        )
        return list(tokens[: max(0, count)])

    def _token_bytes(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        length = self._c.llama_token_to_piece(
            self._vocabulary, token, buffer, _PIECE_BYTES, 0, False
        )
        return buffer.raw[: max(0, length)]

    def _token_text(self, token: int) -> str:
        if token < 0:
            return ""
        text = self._c.llama_vocab_get_text(self._vocabulary, token)
        return text.decode("utf-8", errors="replace") if text else ""

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(_METADATA_BYTES)
        length = self._c.llama_model_meta_val_str(
            self._model, key.encode(), buffer, _METADATA_BYTES
        )
        return buffer.value.decode("utf-8", errors="replace") if length > 0 else ""


def has_amx() -> bool:
    """Whether this build of llama.cpp uses AMX on this CPU."""
    return b"AMX_INT8 = 1" in _library().llama_print_system_info()


def _library() -> Any:
    """Import llama.cpp, once, with its messages going to ``logging``."""
    import llama_cpp

    global _log_callback  # noqa: PLW0603 - C keeps a pointer to it
    if _log_callback is None:

        def write(_level: int, text: bytes, _data: object) -> None:
            _logger.debug("%s", text.decode("utf-8", errors="replace").rstrip())

        _log_callback = llama_cpp.llama_log_callback(write)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp


def _rest(decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    """Yield what is left of the text; a character that was begun and not ended is dropped."""
    rest = decoder.decode(b"", final=True)
    if rest and rest != "\ufffd":
        yield rest


def _until_stop(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """Pass pieces on up to the first stop string, holding back what may be the start of one."""
    longest = max(map(len, stop), default=0)
    if not longest:
        yield from pieces
        return
    held = ""
    for piece in pieces:
        held += piece
        found = [position for mark in stop if (position := held.find(mark)) >= 0]
        if found:
            yield held[: min(found)]
            return
        settled = len(held) - longest + 1
        if settled > 0:
            yield held[:settled]
            held = held[settled:]
    yield held
