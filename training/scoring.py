"""The evidence scorer: a cross-encoder grown from the embedder.

It reads a question and a sentence (or passage) under its heading path, and says whether that
answers the question. It learns from groups of texts (`groups.py`). The loss is binary
cross-entropy, whose output can be calibrated and can say "none", plus a softmax over the group,
which ranks, plus a softplus of every difference between what answers a question and the best text
for a question that none answers.

    python -m training.scoring EMBEDDER OUT [--start SCORER] [--data FOLDER] [--steps N]

The larger scorer goes on learning in the same way: it is then EMBEDDER and SCORER, and what finds
the texts that look like an answer is named by --near.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rag.first_token import read_first_token_only
from training import sources
from training.encoder import (
    Encoder,
    load_checkpoint,
    renew,
    save_checkpoint,
    take_gradients,
)
from training.groups import SIZE, Group, make_groups
from training.mining import hardest
from training.own_groups import make_own_groups
from training.precision import reading_type
from training.renaming import Renaming

_logger = logging.getLogger(__name__)
_MAX_TOKENS = 160
_CHECKPOINT_SECONDS = 240
# So many pairs of like length are read together: padding is wasted work.
_PART = 24
# Texts of a group of which the hardest are kept.
_MINED = 10
_SEED = 17


class Cross:
    """Encoder, pooler and a linear head: `BertForSequenceClassification` with one label.

    `model` holds the weights in float32, which the optimizer changes. A copy, in bfloat16 where
    that is fast, reads the texts and yields the gradients: under autocast two cores spend a third
    of a step on converting.
    """

    def __init__(self, encoder: Encoder, start: Path | None = None, *, frozen: int = 0) -> None:
        """Begin as the embedder with a new head, or as the scorer in ``start``.

        Args:
            frozen: so many of the first layers stay as they are, which saves a share of a step.
        """
        from transformers import BertForSequenceClassification

        if start is None:
            model = headed(encoder.model)
        else:
            model = BertForSequenceClassification.from_pretrained(start).float()
        # Without dropout, and with the words' vectors as the embedder has them: there is too little
        # data to teach each of them anew.
        self.model = model.eval().to(encoder.device)
        self.model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        if frozen:
            self.model.bert.embeddings.requires_grad_(False)
            self.model.bert.encoder.layer[:frozen].requires_grad_(False)
        self.device = encoder.device
        self.encoder = encoder
        self._reader = copy.deepcopy(self.model).to(reading_type(self.device))
        read_first_token_only(self._reader)
        # On a CPU the backward pass of torch's fused attention is slow for texts so short: without
        # it a step takes two thirds of the time. The forward pass alone is twice as fast with it.
        self._learning = "eager" if encoder.device == "cpu" else "sdpa"
        self._reader.set_attn_implementation(self._learning)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Return one logit a pair, `(n,)`, as the weights were at the last `renew`."""
        import torch

        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        parts = [order[i : i + _PART] for i in range(0, len(order), _PART)]
        found = torch.cat([self._read([pairs[i] for i in part]) for part in parts])
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return found[torch.from_numpy(back).to(self.device)]

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Return one logit a pair, `(n,) float32`, without gradients."""
        import torch

        self._reader.set_attn_implementation("sdpa")
        with torch.inference_mode():
            found: np.ndarray = self.logits(pairs).cpu().numpy()
        self._reader.set_attn_implementation(self._learning)
        return found

    def take_gradients(self) -> None:
        """Move the gradients to the weights in float32."""
        take_gradients(self.model, self._reader)

    def renew(self) -> None:
        """Read from now on with the weights as they are."""
        renew(self.model, self._reader)

    def _read(self, pairs: Sequence[tuple[str, str]]) -> Any:
        import torch

        encoded = self.encoder.tokenizer.encode_batch_fast(list(pairs))
        rows = [(e.ids, e.type_ids) for e in encoded]
        rows = [
            (ids, kinds)
            if len(ids) <= _MAX_TOKENS
            else ([*ids[: _MAX_TOKENS - 1], ids[-1]], kinds[:_MAX_TOKENS])
            for ids, kinds in rows
        ]
        width = max(len(ids) for ids, _ in rows)
        tensors = [np.zeros((len(rows), width), np.int64) for _ in range(3)]
        for i, (ids, kinds) in enumerate(rows):
            tensors[0][i, : len(ids)] = ids
            tensors[1][i, : len(ids)] = kinds
            tensors[2][i, : len(ids)] = 1
        ids, kinds, mask = (torch.from_numpy(t).to(self.device) for t in tensors)
        output = self._reader(input_ids=ids, token_type_ids=kinds, attention_mask=mask)
        return output.logits[:, 0].float()


def headed(body: Any) -> Any:
    """Return a BERT encoder with a head of one logit."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(**{**body.config.to_dict(), "num_labels": 1})
    model = BertForSequenceClassification(config)
    model.bert.load_state_dict(body.state_dict(), strict=False)
    with torch.no_grad():
        # A segment's vector is new to the embedder: begin with what it knows.
        types = model.bert.embeddings.token_type_embeddings.weight
        types[1] = types[0]
    return model


def _cached_groups(cache: Path, make: Callable[[], list[Group]]) -> list[Group]:
    """Return the groups, read from `cache` where a run that is gone on with has left them."""
    if cache.exists():
        rows = json.loads(cache.read_text(encoding="utf-8"))
        return [Group(question, tuple(texts), positives) for question, texts, positives in rows]
    groups = make()
    rows = [(group.question, group.texts, group.positives) for group in groups]
    cache.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return groups


@dataclass(frozen=True)
class Schedule:
    """So many steps of `batch` groups each; the rate rises to `rate`, then falls to a fiftieth."""

    steps: int
    batch: int
    rate: float


def loss_of(groups: Sequence[Group], logits: Any) -> Any:
    """Return the loss, a scalar, of the texts of all groups in order, `(n,)`."""
    import torch
    from torch.nn import functional

    loss = torch.zeros((), device=logits.device)
    right, wrong = [], []
    for group, own in zip(groups, logits.split([len(g.texts) for g in groups]), strict=True):
        label = torch.zeros_like(own)
        label[: group.positives] = 1
        loss = loss + functional.binary_cross_entropy_with_logits(own, label, 1 + 2 * label)
        if group.positives:
            first = torch.zeros(1, dtype=torch.long, device=own.device)
            loss = loss + 0.5 * functional.cross_entropy(own[None], first)
            right.append(own[0])
        else:
            wrong.append(own.max())
    loss = loss / len(groups)
    if right and wrong:
        # What the confidence is judged by: whether what answers one question stands above the
        # best that there is for another that nothing answers.
        apart = torch.stack(right)[:, None] - torch.stack(wrong)[None]
        loss = loss + functional.softplus(-apart).mean()
    return loss


def train(cross: Cross, groups: Sequence[Group], out: Path, schedule: Schedule) -> None:
    """Train the scorer and write it to `out`, going on from a checkpoint that is there."""
    import torch

    encoder, steps, batch = cross.encoder, schedule.steps, schedule.batch
    body = [p for p in cross.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(body, lr=schedule.rate, weight_decay=0.01)
    saver = Encoder(cross.model, encoder.tokenizer, encoder.device)
    step = load_checkpoint(out, saver, optimizer)
    started = saved = time.monotonic()
    first, mean = step, 0.0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate * min(1, (step + 1) / 60) * max(0.02, 1 - step / steps)
        rows = [groups[(step * batch + i) % len(groups)] for i in range(batch)]
        cross.renew()
        loss = loss_of(rows, cross.logits([(row.question, t) for row in rows for t in row.texts]))
        loss.backward()
        cross.take_gradients()
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        step += 1
        mean = 0.97 * mean + 0.03 * loss.item() if step > first + 1 else loss.item()
        if step % 20 == 0:
            pace = (step - first) / (time.monotonic() - started)
            _logger.info("step %d/%d loss %.4f, %.2f steps/s", step, steps, mean, pace)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step == steps:
            save_checkpoint(out, saver, optimizer, step)
            saved = time.monotonic()


def _shuffled(groups: Sequence[Group]) -> list[Group]:
    return random.Random(_SEED).sample(groups, len(groups))


def main() -> None:
    """Run the recipe."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embedder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="a scorer that goes on learning")
    parser.add_argument("--near", type=Path, help="an embedder, if EMBEDDER is none by itself")
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--steps", type=int, default=1900)
    parser.add_argument("--most-open", type=int, default=10**9, help="open questions a language")
    parser.add_argument("--pool", type=int, default=9000, help="sections to find near ones among")
    parser.add_argument(
        "--only-tempting", action="store_true", help="leave out data/questions.jsonl.xz"
    )
    parser.add_argument(
        "--mine", type=int, default=0, help="of so many larger groups, keep what is not learnt yet"
    )
    parser.add_argument(
        "--renamed", type=int, default=0, help="answered questions asked about another name too"
    )
    parser.add_argument(
        "--own",
        type=int,
        default=0,
        help="instead, training/data/sections.jsonl.xz and so many groups of the rest",
    )
    parser.add_argument("--frozen", type=int, default=0, help="first layers that do not learn")
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--rate", type=float, default=5e-5)
    options = parser.parse_args()
    if options.own and (options.mine or options.renamed):
        parser.error("--own goes with neither --mine nor --renamed")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    encoder = Encoder.load(options.embedder)
    torch.manual_seed(1)
    cross = Cross(encoder, options.start, frozen=options.frozen)

    def make() -> list[Group]:
        near = Encoder.load(options.near) if options.near else encoder
        groups = make_groups(
            options.data,
            near,
            most_open=options.most_open,
            pool=options.pool,
            only_tempting=options.only_tempting,
            size=_MINED if options.mine else SIZE,
        )
        if options.own:
            own = make_own_groups(
                options.data, near, random.Random(_SEED), of_section=4, of_others=1
            )
            own += list(Renaming(own, random.Random(_SEED)).renamed(own))
            return _shuffled([*own, *groups[: options.own]])
        kept = hardest(groups[: options.mine], cross) if options.mine else groups
        if not options.renamed:
            return kept
        # These are not mined: a scorer that was not taught them has learnt hardly any.
        renaming = Renaming(groups, random.Random(_SEED))
        renamed = list(islice(renaming.renamed(groups), 2 * options.renamed))
        _logger.info("%d groups about another name", len(renamed))
        return _shuffled([*kept, *renamed])

    groups = _cached_groups(options.out / "groups.json", make)
    train(cross, groups, options.out, Schedule(options.steps, options.batch, options.rate))


if __name__ == "__main__":
    main()
