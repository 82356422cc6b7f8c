"""Stage 2 of the large models: the multilingual encoder becomes an embedder of 12 layers.

It learns from batches of questions with their passages, the other passages of a batch being wrong
(InfoNCE), and from parallel texts likewise, so that a text and its translation come to lie in one
place. A batch of questions is of two subjects, which makes the wrong passages hard to tell
(Hofstätter et al. 2021). Both losses are taken over the first 128 and 256 dimensions alone as well
(Kusupati et al. 2022, "Matryoshka Representation Learning").

    python -m training.large_embedder BASE EXAMPLES OUT [--seconds 115 | --steps N]
"""

from __future__ import annotations

import argparse
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from training.encoder import DIMENSIONS
from training.learner import Learner, embed, mean_of_tokens, spend
from training.ragged import Ragged, TextsOnDevice

_logger = logging.getLogger(__name__)
_TEMPERATURE = 0.05
# Passages nearer than this to the right one may be right too.
_TOO_NEAR = 0.9
_QUESTION_TOKENS, _PASSAGE_TOKENS, _PAIR_TOKENS = 40, 128, 72
# Of the parallel texts of a batch so many are words of a dictionary.
_WORDS_SHARE = 0.15
_PAIRS_WEIGHT = 0.7
_CENTERED_ON = 2048


class Examples:
    """The arrays of `training.examples`, and batches of them."""

    def __init__(self, path: Path, tokenizer: Any, device: str, *, topic: int, pairs: int) -> None:
        """Make batches of twice ``topic`` questions and of ``pairs`` parallel texts."""
        held = np.load(path)
        self._held = {name: held[name] for name in held.files}
        self.texts = TextsOnDevice(Ragged(self._held["tokens"], self._held["starts"]), device)
        self._device = device
        self._topic, self._pairs = topic, pairs
        self.asking, self.telling = (
            tokenizer.encode(text, add_special_tokens=False).ids for text in ("query:", "passage:")
        )

    def questions(self, seed: int) -> Iterator[np.ndarray]:
        """Yield rows of questions, over and over."""
        generator = np.random.default_rng(seed)
        topics = self._held["topics"]
        by_topic = np.split(np.argsort(topics, kind="stable"), np.cumsum(np.bincount(topics))[:-1])
        while True:
            parts = []
            for topic in by_topic:
                rows = generator.permutation(topic)
                parts += [rows[i : i + self._topic] for i in range(0, len(rows), self._topic)]
            random.Random(int(generator.integers(1 << 30))).shuffle(parts)
            waiting = np.zeros(0, np.int64)
            for part in parts:
                waiting = np.concatenate([waiting, part])
                if len(waiting) >= 2 * self._topic:
                    yield waiting[: 2 * self._topic]
                    waiting = waiting[2 * self._topic :]

    def parallel(self, seed: int) -> Iterator[np.ndarray]:
        """Yield rows of parallel texts, for ever."""
        generator = np.random.default_rng(seed)
        total, words = len(self._held["zh"]), int(self._held["words"])
        few = min(words, int(_WORDS_SHARE * self._pairs))
        while True:
            yield np.concatenate(
                [
                    generator.choice(total - words, self._pairs - few, replace=False),
                    total - words + generator.choice(words, few, replace=False),
                ]
            )

    def read_questions(self, model: Any, rows: np.ndarray) -> tuple[Any, Any, Any]:
        """Return vectors of questions and passages, and `(n, n)` which rows share a section."""
        held = self._held
        asked = embed(
            model, self.texts, held["questions"][rows], self.asking, _QUESTION_TOKENS, self._device
        )
        told = embed(
            model, self.texts, held["passages"][rows], self.telling, _PASSAGE_TOKENS, self._device
        )
        return asked, told, self._same(held["contexts"][rows]) | self._same(held["questions"][rows])

    def read_parallel(self, model: Any, rows: np.ndarray) -> tuple[Any, Any, Any]:
        """Return vectors of Chinese and English texts, and `(n, n)` which share one of these."""
        # Questions and passages are both translated: half of the batches are read as either.
        prefix = self.asking if rows[0] % 2 else self.telling
        zh, en = (
            embed(model, self.texts, self._held[name][rows], prefix, _PAIR_TOKENS, self._device)
            for name in ("zh", "en")
        )
        return zh, en, self._same(self._held["zh"][rows]) | self._same(self._held["en"][rows])

    def _same(self, numbers: np.ndarray) -> Any:
        import torch

        own = torch.from_numpy(numbers).to(self._device)
        return (own[:, None] == own[None]).fill_diagonal_(False)


def contrast(left: Any, right: Any, same: Any) -> Any:
    """Return the loss, a scalar, of `(n, d)` vectors of which row i belongs to row i."""
    import torch
    from torch.nn import functional

    labels = torch.arange(len(left), device=left.device)
    with torch.no_grad():
        near = right @ right.T > _TOO_NEAR
        same = same | near.fill_diagonal_(False)
    loss = torch.zeros((), device=left.device)
    for dimensions, weight in DIMENSIONS:
        one, two = (functional.normalize(v[:, :dimensions], dim=-1) for v in (left, right))
        scores = (one @ two.T / _TEMPERATURE).masked_fill(same, -1e4)
        both = functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)
        loss = loss + 0.5 * weight * both
    return loss


def center(model: Any, examples: Examples, device: str) -> None:
    """Make the mean of the texts' vectors zero.

    The base's vectors all point the same way: any two have a cosine above 0.7. Their mean is taken
    from the last bias.
    """
    import torch

    texts = examples.texts
    generator = np.random.default_rng(1)
    rows = generator.choice(len(texts.lengths), min(_CENTERED_ON, len(texts.lengths)), False)
    total = torch.zeros(model.config.hidden_size, device=device)
    with torch.inference_mode():
        for prefix in (examples.asking, examples.telling):
            for start in range(0, len(rows), 256):
                batch = texts.batch(rows[start : start + 256], prefix, _PAIR_TOKENS)
                total += mean_of_tokens(model, *batch).sum(0) / (2 * len(rows))
    with torch.no_grad():
        model.encoder.layer[-1].output.LayerNorm.bias.sub_(total)


def train(learner: Learner, examples: Examples, seconds: float, steps: int | None) -> None:
    """Train by both losses."""
    questions, parallel = examples.questions(3), examples.parallel(4)
    for count, spent in enumerate(spend(seconds, steps)):
        asked = contrast(*examples.read_questions(learner.reader, next(questions)))
        pairs = contrast(*examples.read_parallel(learner.reader, next(parallel)))
        learner.learn(asked + _PAIRS_WEIGHT * pairs, spent)
        if count % 50 == 0:
            losses = (asked.item(), pairs.item())
            _logger.info("step %d: questions %.3f pairs %.3f, %.0f%%", count, *losses, 100 * spent)


def main() -> None:
    """Run the stage."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("examples", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=115)
    parser.add_argument("--steps", type=int, help="instead of seconds")
    parser.add_argument("--topic", type=int, default=256)
    parser.add_argument("--pairs", type=int, default=1024)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(1)
    tokenizer = Tokenizer.from_file(str(options.base / "tokenizer.json"))
    model = BertModel.from_pretrained(options.base, add_pooling_layer=False)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    path = options.examples / "embedder.npz"
    examples = Examples(path, tokenizer, device, topic=options.topic, pairs=options.pairs)
    center(model.float().eval().to(device), examples, device)
    learner = Learner(model, rate=options.rate)
    train(learner, examples, options.seconds, options.steps)
    learner.save(options.out)
    tokenizer.save(str(options.out / "tokenizer.json"))


if __name__ == "__main__":
    main()
