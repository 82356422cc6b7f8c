"""Stage 5 of the embedder: it learns what three embedders say together.

The embedder of stage 4, multilingual-e5-small and the large embedder grown from that (see
`training/pretrained.py`) were trained on different text and err on different questions: the mean of
their similarities ranks better than each. An ensemble as the teacher of one small model is that of
Hofstätter et al. 2020, "Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge
Distillation" (arXiv:2010.02666). Here its ranking is put into vectors first: to the own vector is
added a linear map of the others', fitted so that what is near by the sum is what the three call
near. These vectors, in the embedder's own space, are then learnt as in `training/distilling.py`.

    python -m training.blending EMBEDDER OUT --beside BASE LARGE [--data FOLDER] [--steps N]

A checkpoint is written every few minutes; the same command goes on from it.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training import sources
from training.contrasting import question_rows, reader_of
from training.encoder import (
    DIMENSIONS,
    Encoder,
    load_checkpoint,
    optimizer_of,
    renew,
    save_checkpoint,
    take_gradients,
)
from training.precision import reading_type

_logger = logging.getLogger(__name__)
_QUESTION_TOKENS, _PASSAGE_TOKENS = 64, 160
_WRITTEN, _HEADINGS, _PAIRS = 12_000, 5_000, 20_000
_SEED = 41
_TEMPERATURE = 0.05
# What each embedder's similarities count, over their deviation; the first is that of stage 4.
_SHARES = (1.0, 2.0, 1.0)
_SHARPER = 1.3
_FIT_RATE = 1.5e-3
_BATCH_TOKENS, _MOST_TEXTS, _BANK = 5200, 160, 3000
_RATE, _TABLE_RATE = 8e-5, 3e-4
_CHECKPOINT_SECONDS = 240


@dataclass(frozen=True)
class Texts:
    """`texts`, the first `questions` of them questions; `mates` (n, 2), rows that go together.

    The last `parallel` mates are the same text in Chinese and in English.
    """

    texts: list[str]
    questions: int
    mates: np.ndarray
    parallel: int


def read_texts(data: Path, *, seed: int = _SEED) -> Texts:
    """Return questions with a passage of each context, and parallel texts."""
    generator = random.Random(seed)
    groups = question_rows(data, seed)
    headings = [row for name, rows in groups.items() if "headings" in name for row in rows]
    rows = [*groups["qa-zh"], *groups["qa-en"]]
    rows += generator.sample(groups["written"], min(_WRITTEN, len(groups["written"])))
    rows += generator.sample(headings, min(_HEADINGS, len(headings)))
    pairs = [p for p in sources.read_pairs(data) if 12 < len(p.zh) < 400 and len(p.en) > 25]
    pairs = generator.sample(pairs, min(_PAIRS, len(pairs)))
    asked = {text: place for place, text in enumerate(dict.fromkeys(row.question for row in rows))}
    passages: dict[str, str] = {}
    for row in rows:
        passages.setdefault(row.context, row.passage)
    read: dict[str, int] = {}
    mates = [
        (asked[row.question], read.setdefault(passages[row.context], len(asked) + len(read)))
        for row in rows
    ]
    for pair in pairs:
        zh = read.setdefault(pair.zh, len(asked) + len(read))
        mates.append((zh, read.setdefault(pair.en, len(asked) + len(read))))
    return Texts([*asked, *read], len(asked), np.array(mates), len(pairs))


def vectors_of(encoder: Encoder, texts: Texts, prefixes: tuple[str, str]) -> np.ndarray:
    """Return unit vectors `(n, d) float32`; `prefixes` are put before questions and passages."""
    encoder.model.to(reading_type(encoder.device))
    parts = texts.texts[: texts.questions], texts.texts[texts.questions :]
    found = [
        encoder.embed([prefix + text for text in part], max_tokens=tokens + 2 * bool(prefix))
        for part, prefix, tokens in zip(
            parts, prefixes, (_QUESTION_TOKENS, _PASSAGE_TOKENS), strict=True
        )
    ]
    return np.concatenate(found)


def blend(
    own: np.ndarray,
    beside: Sequence[np.ndarray],
    mates: np.ndarray,
    *,
    steps: int = 500,
    at_once: int = 1024,
) -> np.ndarray:
    """Return unit vectors in the space of `own` that rank as all embedders do together.

    Args:
        own: `(n, d) float32`, unit vectors of the texts.
        beside: the same texts' by other embedders, each `(n, any)`.
        mates: `(m, 2)` rows of what belongs together. The map is fitted on ``at_once`` of them in
            each of its ``steps``.
    """
    import torch

    generator = np.random.default_rng(_SEED)
    centred = [torch.from_numpy(part - part.mean(0)) for part in beside]
    first, others = torch.from_numpy(own), torch.cat(centred, 1)
    start = others.T @ others + 10 * torch.eye(others.shape[1])
    weights = torch.linalg.solve(start, others.T @ first).requires_grad_(True)
    optimizer = torch.optim.Adam([weights], _FIT_RATE)
    for step in range(steps):
        rate = _FIT_RATE * min(1, (step + 1) / 50) * max(0.02, 1 - step / steps)
        optimizer.param_groups[0]["lr"] = rate
        left, right = torch.from_numpy(generator.choice(mates, at_once).T)
        wanted = _together([first, *centred], left, right)
        ends = [first[rows] + others[rows] @ weights for rows in (left, right)]
        loss: Any = 0.1 * _contrast(*ends, left, right)
        for dimensions, share in DIMENSIONS:
            given = _cosines(*(end[:, :dimensions] for end in ends)) / _TEMPERATURE
            loss = loss + share * (_apart(given, wanted) + _apart(given.T, wanted.T))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            _logger.info("map %d/%d: loss %.4f", step, steps, loss.item())
    blended = first + others @ weights.detach()
    return np.asarray(torch.nn.functional.normalize(blended, dim=-1).numpy())


def without_language(vectors: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return unit vectors without the direction in which a text lies from its translation.

    multilingual-e5-small has one: with it, a question finds whatever is in its own language before
    the one text in the other that answers it.

    Args:
        vectors: `(n, d)`; pairs: `(m, 2)` rows of the same text in two languages.
    """
    direction = (vectors[pairs[:, 0]] - vectors[pairs[:, 1]]).mean(0)
    direction /= np.linalg.norm(direction)
    rest = vectors - np.outer(vectors @ direction, direction)
    return np.asarray(rest / np.linalg.norm(rest, axis=1, keepdims=True))


def _together(vectors: Sequence[Any], left: Any, right: Any) -> Any:
    """Return the logits `(n, n)` of what is near by the embedders' weighted mean."""
    each = [part[left] @ part[right].T for part in vectors]
    shares = _SHARES[: len(each)]
    total = sum(share * scores / scores.std() for share, scores in zip(shares, each, strict=True))
    return total / sum(shares) * each[0].std() / _TEMPERATURE * _SHARPER


def _contrast(left: Any, right: Any, left_rows: Any, right_rows: Any) -> Any:
    import torch
    from torch.nn import functional

    scores = _cosines(left, right) / _TEMPERATURE
    same = (left_rows[:, None] == left_rows) | (right_rows[:, None] == right_rows)
    scores = scores.masked_fill(same.fill_diagonal_(False), -1e4)
    labels = torch.arange(len(scores))
    return functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)


def _cosines(left: Any, right: Any) -> Any:
    from torch.nn import functional

    return functional.normalize(left, dim=-1) @ functional.normalize(right, dim=-1).T


def _apart(given: Any, wanted: Any) -> Any:
    """Return the divergence of one ranking's probabilities from another's, both logits."""
    from torch.nn import functional

    return functional.kl_div(
        functional.log_softmax(given, 1),
        functional.log_softmax(wanted, 1),
        log_target=True,
        reduction="batchmean",
    )


def learn(encoder: Encoder, texts: Texts, targets: np.ndarray, out: Path, *, steps: int) -> None:
    """Train all of `encoder` towards the targets, `(n, d) float32`, and write it to `out`."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    rates = (_RATE, _TABLE_RATE)
    optimizer, body = optimizer_of(encoder, *rates)
    done = load_checkpoint(out, encoder, optimizer)
    reader = reader_of(encoder)
    ids = encoder.tokenize(texts.texts, _PASSAGE_TOKENS)
    mate_of = np.arange(len(ids))
    mate_of[texts.mates[:, 0]], mate_of[texts.mates[:, 1]] = texts.mates[:, 1], texts.mates[:, 0]
    wanted = torch.from_numpy(targets).to(encoder.device)
    generator = np.random.default_rng(3)
    chinese = np.array([bool(re.search("[\u4e00-\u9fff]", text)) for text in texts.texts])
    batches = batches_of(np.array([len(row) for row in ids]), chinese, generator)
    saved, mean = time.monotonic(), 0.0
    for step in range(steps):
        rows = next(batches)
        bank = np.concatenate([mate_of[rows], generator.integers(0, len(ids), _BANK)])
        if step < done:
            continue
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1, (step + 1) / 100) * max(0.02, 1 - step / steps)
        renew(encoder.model, reader.model)
        loss = _distance(reader.forward([ids[row] for row in rows]), wanted, rows, bank)
        loss.backward()
        take_gradients(encoder.model, reader.model)
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        mean = loss.item() if step == done else 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            _logger.info("step %d/%d: loss %.4f", step, steps, mean)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step + 1 == steps:
            save_checkpoint(out, encoder, optimizer, step + 1)
            saved = time.monotonic()


def _distance(vectors: Any, wanted: Any, rows: np.ndarray, bank: np.ndarray) -> Any:
    """Return how far vectors are from those of `rows`, and from their ranking of the `bank`."""
    import torch

    own = torch.from_numpy(bank[None, :] == rows[:, None]).to(wanted.device)
    targets, others = wanted[torch.from_numpy(rows)], wanted[torch.from_numpy(bank)]
    loss = 4 * (1 - (vectors * targets).sum(-1)).mean()
    for dimensions, share in DIMENSIONS:
        given, right = (
            (_cosines(ends[:, :dimensions], others[:, :dimensions]) / _TEMPERATURE).masked_fill(
                own, -1e4
            )
            for ends in (vectors, targets)
        )
        loss = loss + 0.5 * share * _apart(given, right)
    return loss


def batches_of(
    lengths: np.ndarray, chinese: np.ndarray, generator: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield rows of like length, as many as fit in `_BATCH_TOKENS`, over and over.

    Each time one text in ten is left out, an English one rather than a Chinese one.
    """
    while True:
        drawn = generator.random(len(lengths)) / np.where(chinese, 1.3, 1.0)
        kept = np.argsort(drawn)[: int(0.9 * len(lengths))]
        order = kept[np.argsort(lengths[kept] + generator.random(len(kept)) * 6)]
        made, start = [], 0
        while start < len(order):
            next_ones = lengths[order[start : start + _MOST_TEXTS]]
            fit = np.arange(1, len(next_ones) + 1) * next_ones <= _BATCH_TOKENS
            size = max(1, int(fit.sum()))
            made.append(order[start : start + size])
            start += size
        for place in generator.permutation(len(made)):
            yield made[place]


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embedder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--beside", type=Path, nargs=2, required=True, metavar=("BASE", "LARGE"))
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--steps", type=int, default=5500)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    texts = read_texts(options.data)
    cache = options.out / "targets.npy"
    if not cache.exists():
        own = vectors_of(Encoder.load(options.embedder), texts, ("", ""))
        prefixes = ("query: ", "passage: ")
        beside = [vectors_of(Encoder.load(path), texts, prefixes) for path in options.beside]
        blended = blend(own, beside, texts.mates)
        np.save(cache, without_language(blended, texts.mates[-texts.parallel :]))
    encoder = Encoder.load(options.embedder)
    learn(encoder, texts, np.load(cache), options.out, steps=options.steps)


if __name__ == "__main__":
    main()
