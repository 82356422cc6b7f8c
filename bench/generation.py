"""Time to first token and tokens per second, beside llama.cpp's own decode loop."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rag.engine import Engine
from rag.llm import LanguageModel
from rag.models import locate
from rag.settings import Settings
from rag.types import Message, Role

_NEW_TOKENS = 128
_ROUNDS = 3
_PROMPT = "Explain how contrastive learning aligns images and texts. " * 30


@dataclass(frozen=True, slots=True)
class GenerationFigures:
    """The best of three rounds each, same model, threads and prompt."""

    prompt_tokens: int
    ours_first_ms: float
    ours_per_s: float
    bare_first_ms: float
    bare_per_s: float


def measure_generation() -> GenerationFigures:
    """Generate greedily through our interface and through the C functions, in turn."""
    settings = Settings.load(environment={})
    with Engine(settings) as engine:
        llm = engine.llm
        prompts = [
            llm.encode_chat([Message(Role.USER, f"{number}. {_PROMPT}")])
            for number in range(_ROUNDS)
        ]
        path = locate(engine.models.llm_entry, settings.models)
        threads = settings.threads or _physical_cores()
        # One round each to warm up, then in turn; every prompt differs from the first token on.
        ours = [_ours(llm, prompt) for prompt in prompts]
        bare = [_bare(str(path), prompt, threads) for prompt in prompts]
    return GenerationFigures(
        prompt_tokens=len(prompts[0]),
        ours_first_ms=min(first for first, _ in ours),
        ours_per_s=max(rate for _, rate in ours),
        bare_first_ms=min(first for first, _ in bare),
        bare_per_s=max(rate for _, rate in bare),
    )


def _physical_cores() -> int:
    import psutil

    return psutil.cpu_count(logical=False) or 1


def _ours(llm: LanguageModel, prompt: list[int]) -> tuple[float, float]:
    begun = time.perf_counter()
    first = 0.0
    text = ""
    for piece in llm.generate(prompt, max_tokens=_NEW_TOKENS):
        first = first or time.perf_counter()
        text += piece
    ended = time.perf_counter()
    return 1000 * (first - begun), (llm.count_tokens(text) - 1) / (ended - first)


def _bare(path: str, prompt: list[int], threads: int) -> tuple[float, float]:
    import llama_cpp

    model_params = llama_cpp.llama_model_default_params()
    model = llama_cpp.llama_model_load_from_file(path.encode(), model_params)
    context_params = llama_cpp.llama_context_default_params()
    context_params.n_ctx = 4096
    context_params.n_threads = context_params.n_threads_batch = threads
    context = llama_cpp.llama_init_from_model(model, context_params)
    sampler = llama_cpp.llama_sampler_init_greedy()
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    try:
        tokens = (llama_cpp.llama_token * len(prompt))(*prompt)
        begun = time.perf_counter()
        llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, len(prompt)))
        token = llama_cpp.llama_sampler_sample(sampler, context, -1)
        first = time.perf_counter()
        made = 0
        one = (llama_cpp.llama_token * 1)()
        while made < _NEW_TOKENS - 1 and not llama_cpp.llama_vocab_is_eog(vocabulary, token):
            one[0] = token
            llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(one, 1))
            token = llama_cpp.llama_sampler_sample(sampler, context, -1)
            made += 1
        ended = time.perf_counter()
    finally:
        llama_cpp.llama_sampler_free(sampler)
        llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(model)
    return 1000 * (first - begun), made / (ended - first)
