"""Stage 3 of the large models: a cross-encoder of 12 layers, grown from the large embedder.

Like the small scorer (`training/scoring.py`) it learns from groups of texts whether one answers a
question, by the same three losses; each step draws some of a group's wrong texts anew.

    python -m training.large_scorer EMBEDDER EXAMPLES OUT [--seconds 160 | --steps N]

With `--again` the first is a scorer, which goes on learning.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from training.learner import Learner, in_parts, spend
from training.ragged import Ragged, TextsOnDevice
from training.scoring import headed

_logger = logging.getLogger(__name__)
_MOST_TOKENS = 160
# The logit of a text that is not there.
_NONE = -1e4


@dataclass(frozen=True)
class Batch:
    """Groups of a question and texts.

    `asked` and `texts` (n,) are rows; `places` (n,) say where each text belongs in the groups'
    `shape`, (g, texts), flattened; `answered` (g,) whether a group's first text answers.
    """

    asked: np.ndarray
    texts: np.ndarray
    places: np.ndarray
    answered: np.ndarray
    shape: tuple[int, int]


class Examples:
    """The arrays of `training.examples`, and batches of them."""

    def __init__(self, path: Path, device: str) -> None:
        held = np.load(path)
        self._held = {name: held[name] for name in held.files}
        self._texts = TextsOnDevice(Ragged(self._held["tokens"], self._held["starts"]), device)
        self._device = device
        self._starts = np.concatenate([[0], np.cumsum(self._held["sizes"].astype(np.int64))])

    def batches(self, groups: int, size: int, seed: int) -> Iterator[Batch]:
        """Yield so many groups with at most ``size`` texts each, over and over."""
        generator = np.random.default_rng(seed)
        total = len(self._held["sizes"])
        while True:
            order = generator.permutation(total)
            for start in range(0, total - groups + 1, groups):
                yield self._batch(order[start : start + groups], size, generator)

    def _batch(self, chosen: np.ndarray, size: int, generator: np.random.Generator) -> Batch:
        rows, places = [], []
        for place, group in enumerate(chosen):
            first, count = self._starts[group], int(self._held["sizes"][group])
            right = int(self._held["positives"][group])
            wrong = right + generator.permutation(count - right)[: size - right]
            own = np.concatenate([np.arange(right), wrong])
            rows.append(first + own)
            places.append(place * size + np.arange(len(own)))
        return Batch(
            np.repeat(self._held["asked"][chosen], [len(own) for own in rows]),
            self._held["texts"][np.concatenate(rows)],
            np.concatenate(places),
            self._held["positives"][chosen] > 0,
            (len(chosen), size),
        )

    def logits(self, model: Any, batch: Batch) -> tuple[Any, Any]:
        """Return `(g, texts)` logits, low where a group has fewer texts, and where it has any."""
        import torch

        def read(part: np.ndarray) -> Any:
            ids, kinds, mask = self._texts.pairs(batch.asked[part], batch.texts[part], _MOST_TOKENS)
            output = model(input_ids=ids, token_type_ids=kinds, attention_mask=mask)
            return output.logits[:, 0].float()

        lengths = self._texts.lengths[batch.asked] + self._texts.lengths[batch.texts]
        flat = in_parts(np.minimum(lengths, _MOST_TOKENS), read, self._device)
        places = torch.from_numpy(batch.places).to(self._device)
        rows, size = batch.shape
        empty = torch.full((rows * size,), _NONE, device=self._device)
        there = torch.zeros(rows * size, dtype=torch.bool, device=self._device)
        there[places] = True
        return empty.scatter(0, places, flat).view(rows, size), there.view(rows, size)


def loss_of(logits: Any, there: Any, answered: np.ndarray) -> Any:
    """Return the loss, a scalar: that of `training.scoring`, for groups in one array.

    Args:
        logits: `(g, texts)`, and `there`, bool, which of them are of a text.
        answered: `(g,)`, whether the first text answers; no other does.
    """
    import torch
    from torch.nn import functional

    right = torch.from_numpy(answered).to(logits.device)
    label = torch.zeros_like(logits)
    label[:, 0] = right.float()
    each = functional.binary_cross_entropy_with_logits(
        logits, label, 1 + 2 * label, reduction="none"
    )
    loss = (each * there).sum(1).div(there.sum(1)).mean()
    ranks = functional.log_softmax(logits[right], dim=1)[:, 0]
    loss = loss - 0.5 * ranks.sum() / len(logits)
    if right.any() and not right.all():
        # What the confidence is judged by: whether what answers one question stands above the best
        # that there is for another that nothing answers.
        apart = logits[right][:, :1] - logits[~right].amax(1)[None]
        loss = loss + functional.softplus(-apart).mean()
    return loss


def train(
    learner: Learner,
    batches: Iterator[Batch],
    examples: Examples,
    seconds: float,
    steps: int | None,
) -> None:
    """Train by the three losses."""
    mean = 0.0
    for count, spent in enumerate(spend(seconds, steps)):
        batch = next(batches)
        loss = loss_of(*examples.logits(learner.reader, batch), batch.answered)
        learner.learn(loss, spent)
        mean = loss.item() if not count else 0.97 * mean + 0.03 * loss.item()
        if count % 100 == 0:
            _logger.info("step %d: loss %.4f, %.0f%%", count, mean, 100 * spent)


def main() -> None:
    """Run the stage."""
    import torch
    from transformers import BertForSequenceClassification, BertModel

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embedder", type=Path)
    parser.add_argument("examples", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=160)
    parser.add_argument("--steps", type=int, help="instead of seconds")
    parser.add_argument("--groups", type=int, default=96)
    parser.add_argument("--size", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--again", action="store_true", help="EMBEDDER is a scorer that goes on")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    examples = Examples(options.examples / "scorer.npz", device)
    if options.again:
        model = BertForSequenceClassification.from_pretrained(options.embedder).float()
    else:
        model = headed(BertModel.from_pretrained(options.embedder, add_pooling_layer=False).float())
    learner = Learner(model, rate=options.rate, frozen=("word_embeddings",))
    batches = examples.batches(options.groups, options.size, seed=options.seed)
    train(learner, batches, examples, options.seconds, options.steps)
    learner.save(options.out)
    Tokenizer.from_file(str(options.embedder / "tokenizer.json")).save(
        str(options.out / "tokenizer.json")
    )


if __name__ == "__main__":
    main()
