"""Stage 2 of the embedder: the Chinese side of a pair learns the English side's vector.

Multilingual distillation (Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings
Multilingual using Knowledge Distillation"). The body is frozen and only the Chinese entries of the
embedding learn (as in Artetxe et al. 2020, "On the Cross-lingual Transferability of Monolingual
Representations"), so English stays what it was. To the distance between the vectors is added a
contrastive term over the batch, since what counts in the end is which of many is nearest.

    python -m training.distilling GRAFTED OUT [--data FOLDER] [--epochs N]

A checkpoint is written every few minutes; the same command goes on from it.
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from training import sources
from training.encoder import Encoder, load_checkpoint, save_checkpoint
from training.grafting import base_model

_logger = logging.getLogger(__name__)
_MAX_TOKENS = 96
_CHECKPOINT_SECONDS = 240


def teacher_vectors(texts: list[str], cache: Path) -> np.ndarray:
    """Return the English teacher's unit vectors, `(n, 384) float16`, from the cache if there."""
    if cache.exists():
        return np.load(cache)
    vectors = Encoder.load(base_model()).embed(texts, max_tokens=_MAX_TOKENS).astype(np.float16)
    np.save(cache, vectors)
    return vectors


def distil(grafted: Path, out: Path, data: Path, *, epochs: int, batch: int, rate: float) -> None:
    """Train the Chinese entries of `grafted` and write the model to `out`."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    pairs = _training_pairs(data)
    targets = teacher_vectors([pair.en for pair in pairs], out / "teacher.npy")
    encoder = Encoder.load(grafted)
    first = encoder.first_chinese_row()
    table = encoder.model.embeddings.word_embeddings.weight
    for parameter in encoder.model.parameters():
        parameter.requires_grad_(False)
    table.requires_grad_(True)
    mask = torch.zeros(table.shape[0], 1, device=encoder.device)
    mask[first:] = 1
    table.register_hook(lambda gradient: gradient * mask)
    optimizer = torch.optim.Adam([table], lr=rate, betas=(0.9, 0.98))
    ids = encoder.tokenize([pair.zh for pair in pairs], _MAX_TOKENS)
    plan = _batches([len(row) for row in ids], batch, epochs, seed=7)
    step = load_checkpoint(out, encoder, optimizer)
    started, saved, done = time.monotonic(), time.monotonic(), 0
    mean: dict[str, float] = {}
    while step < len(plan):
        rows = plan[step]
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * max(0.02, 1 - step / len(plan))
        vectors = encoder.forward([ids[i] for i in rows])
        target = torch.from_numpy(targets[rows].astype(np.float32)).to(encoder.device)
        losses = _losses(vectors, target)
        total: Any = sum(losses.values())
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        optimizer.step()
        step, done = step + 1, done + len(rows)
        for name, value in losses.items():
            mean[name] = 0.98 * mean.get(name, float(value)) + 0.02 * float(value)
        if step % 50 == 0:
            pace = done / (time.monotonic() - started)
            shown = " ".join(f"{name} {value:.4f}" for name, value in mean.items())
            _logger.info("step %d/%d %s, %.0f texts/s", step, len(plan), shown, pace)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step == len(plan):
            save_checkpoint(out, encoder, optimizer, step)
            saved = time.monotonic()


def _training_pairs(data: Path) -> list[sources.Pair]:
    words = [p for p in sources.read_dictionary() if len(p.zh) >= 2 and len(p.en) < 60]
    return sources.read_pairs(data) + words


def _losses(vectors: Any, targets: Any) -> dict[str, Any]:
    import torch
    from torch.nn import functional

    cosine = (vectors * targets).sum(-1)
    scores = vectors @ targets.T / 0.05
    # The same English text twice in a batch is not a negative of itself.
    same = (targets @ targets.T) > 0.98
    same.fill_diagonal_(False)
    labels = torch.arange(len(scores), device=scores.device)
    contrast = functional.cross_entropy(scores.masked_fill(same, -1e4), labels)
    return {"distance": 4 * (1 - cosine).mean(), "contrast": 0.5 * contrast}


def _batches(lengths: list[int], size: int, epochs: int, seed: int) -> list[np.ndarray]:
    """Return shuffled batches of texts of like length (padding is wasted work)."""
    plan: list[np.ndarray] = []
    for epoch in range(epochs):
        generator = random.Random(seed + epoch)
        order = list(range(len(lengths)))
        order.sort(key=lambda i: lengths[i] + generator.random() * 4)
        batches = [np.array(order[i : i + size]) for i in range(0, len(order), size)]
        generator.shuffle(batches)
        plan += batches
    return plan


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grafted", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=1e-3)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    distil(
        options.grafted,
        options.out,
        options.data,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
    )


if __name__ == "__main__":
    main()
