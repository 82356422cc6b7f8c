"""An LLM learns to answer from evidence (supervised fine-tuning on `grounding.py`'s examples).

Starts from a GGUF, whose weights are unpacked; the loss counts the reply's tokens alone. On a CPU
only the last layers are trained (``--layers``), which leaves out two thirds of the backward pass.

    python -m training.finetuning OUT [--start MODEL] [--steps N] [--layers N] [--batch-tokens N]

A checkpoint is written every few minutes and gone on from.
"""

from __future__ import annotations

import argparse
import collections
import logging
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.llama import LlamaCppModel
from rag.models import ModelRole, find_model, locate
from training import sources
from training.grounding import Row, make_examples, tokenize
from training.precision import autocast

_logger = logging.getLogger(__name__)
# The model that ours starts from, by its catalogue name.
STOCK = "smollm2-135m"
_CHECKPOINT = "checkpoint.pt"
_CHECKPOINT_SECONDS = 240
_MOST_TOKENS = 900


def starting_point(name: str) -> Path:
    """Return the GGUF of a catalogue name or path.

    Raises:
        FileNotFoundError: it is not on this machine.
    """
    found = locate(find_model(name, ModelRole.LLM), Path("models"))
    if found is None:
        raise FileNotFoundError(f"{name} is not here; run: python -m rag models pull {name}")
    return found


def read_rows(start: Path, data: Path) -> list[Row]:
    """Return the tokenized examples.

    Raises:
        ValueError: none is short enough.
    """
    from llama_cpp import Llama

    examples = make_examples(data)
    words = Llama(str(start), vocab_only=True, verbose=False)
    llm = LlamaCppModel(start, name=start.name, context_tokens=512, threads=1)

    def encode(text: str) -> list[int]:
        return words.tokenize(text.encode(), add_bos=False, special=False)

    end = words.token_eos()
    try:
        rows = [
            tokenize(together, llm.encode_chat, encode, end, _MOST_TOKENS) for together in examples
        ]
    finally:
        llm.close()
    fitting = [row for row in rows if row is not None]
    if not fitting:
        raise ValueError(f"no example of {data} fits into {_MOST_TOKENS} tokens")
    kinds = collections.Counter(example.kind for together in examples for example in together)
    kept = sum(len(row.branches) for row in fitting)
    _logger.info("%s; %d of them fit, in %d rows", dict(kinds), kept, len(fitting))
    return fitting


def batches(rows: Sequence[Row], batch_tokens: int, seed: int) -> Iterator[list[Row]]:
    """Yield batches without end, each of about ``batch_tokens``."""
    generator = random.Random(seed)
    order = list(range(len(rows)))
    while True:
        generator.shuffle(order)
        batch: list[Row] = []
        for index in order:
            if batch and sum(row.tokens for row in batch) + rows[index].tokens > batch_tokens:
                yield batch
                batch = []
            batch.append(rows[index])
        yield batch


def reply_loss(model: Any, row: Row, device: str) -> Any:
    """Return the summed cross-entropy of a row's replies.

    What the prompts share is computed once: each branch sees it and itself, and its tokens stand
    where they would if the branch were alone.
    """
    import torch

    shared = len(row.shared)
    ids, positions, branch, places = [*row.shared], [*range(shared)], [0] * shared, []
    for number, (own, reply) in enumerate(row.branches, start=1):
        places += range(len(ids) + len(own), len(ids) + len(own) + len(reply))
        ids += [*own, *reply]
        positions += range(shared, shared + len(own) + len(reply))
        branch += [number] * (len(own) + len(reply))
    of = torch.tensor(branch, device=device)
    seen = ((of[None, :] == 0) | (of[None, :] == of[:, None])).tril()
    inputs = torch.tensor([ids], device=device)
    at = torch.tensor(places, device=device)
    with autocast(device, model.dtype):
        hidden = model.model(
            input_ids=inputs,
            attention_mask=seen[None, None],
            position_ids=torch.tensor([positions], device=device),
        ).last_hidden_state
        # Only what predicts a reply's token is put to the vocabulary: it is a fifth of the work.
        logits = model.lm_head(hidden[0, at - 1])
    return torch.nn.functional.cross_entropy(logits.float(), inputs[0, at], reduction="sum")


def freeze(model: Any, layers: int) -> None:
    """Leave only the last ``layers`` and the final norm to be trained; words keep their vectors."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for layer in model.model.layers[-layers:]:
        for parameter in layer.parameters():
            parameter.requires_grad_(True)
    for parameter in model.model.norm.parameters():
        parameter.requires_grad_(True)


def train(
    start: Path, out: Path, data: Path, *, steps: int, batch_tokens: int, rate: float, layers: int
) -> None:
    """Fine-tune and write the model to `out` in the format of transformers."""
    import torch
    from transformers import AutoModelForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    rows = read_rows(start, data)
    model = AutoModelForCausalLM.from_pretrained(
        start.parent,
        gguf_file=start.name,
        dtype=torch.float32,
        # It takes the mask as it is; the others want one in another form.
        attn_implementation="sdpa",
    ).to(device)
    freeze(model, layers)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    step = _load(out, model, optimizer, device)
    stream = batches(rows, batch_tokens, seed=3)
    for _ in range(step):
        next(stream)
    started = saved = time.monotonic()
    first, mean, seen = step, 0.0, 0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 40) * max(0.05, 1 - step / steps)
        batch = next(stream)
        replies = sum(len(reply) for row in batch for _, reply in row.branches)
        optimizer.zero_grad(set_to_none=True)
        loss = 0.0
        for row in batch:
            part = reply_loss(model, row, device) / replies
            part.backward()
            loss += part.item()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        step += 1
        seen += sum(row.tokens for row in batch)
        mean = 0.97 * mean + 0.03 * loss if step > first + 1 else loss
        if step % 20 == 0:
            pace = seen / (time.monotonic() - started)
            _logger.info("step %d/%d loss %.4f, %.0f tokens/s", step, steps, mean, pace)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step == steps:
            _save(out, model, optimizer, step)
            saved = time.monotonic()


def _save(out: Path, model: Any, optimizer: Any, step: int) -> None:
    import torch

    state = {"step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    part = out / (_CHECKPOINT + ".part")
    torch.save(state, part)
    part.replace(out / _CHECKPOINT)
    _logger.info("checkpoint at step %d", step)


def _load(out: Path, model: Any, optimizer: Any, device: str) -> int:
    import torch

    if not (out / _CHECKPOINT).exists():
        return 0
    state = torch.load(out / _CHECKPOINT, map_location=device)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def main() -> None:
    """Run the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", default=STOCK, help="a catalogue name or a GGUF")
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch-tokens", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--layers", type=int, default=30, help="how many of the last are trained")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(
        starting_point(options.start),
        options.out,
        options.data,
        steps=options.steps,
        batch_tokens=options.batch_tokens,
        rate=options.rate,
        layers=options.layers,
    )


if __name__ == "__main__":
    main()
