"""Stage 3 of the embedder: questions are drawn to the passages that answer them.

Contrastive training with the other passages of the batch as negatives (InfoNCE, as
`MultipleNegativesRankingLoss`). Batches are drawn from one kind of rows each and, with --topics,
from passages about one subject (`training/topics.py`), so that the negatives are hard; what is
nearly the passage itself, as its translation is, counts as none. The distilled model is kept from
forgetting by the stage before: every batch of questions is followed by one of parallel text whose
both sides keep the teacher's vector.
A question is also drawn to its passage through the first 128 and 256 dimensions alone (Kusupati
et al. 2022, "Matryoshka Representation Learning").

    python -m training.contrasting DISTILLED OUT [--data FOLDER] [--steps N]

Run again on its own output it goes on with other batches: name another --seed, and how much of them
shall be the questions written for this project with --written.
"""

from __future__ import annotations

import argparse
import copy
import logging
import math
import random
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import under_headings
from training import sources
from training.distilling import teacher_vectors
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
from training.switching import translations, with_switched
from training.topics import PASSAGE_TOKENS, Cut, Row, in_order, in_topics

_logger = logging.getLogger(__name__)
_QUESTION_TOKENS = 40
_TEMPERATURE = 0.05
_CHECKPOINT_SECONDS = 240
# Passages nearer than this to the right one may be right too.
_TOO_NEAR = 0.82


def question_rows(data: Path, seed: int) -> dict[str, list[Row]]:
    """Return rows by source; texts that `sources.is_measured_with` names are left out."""
    generator = random.Random(seed)
    sections = sources.read_sections(data)
    groups: dict[str, list[Row]] = defaultdict(list)
    for question in sources.read_answered(data):
        if sources.is_measured_with(question.context):
            continue
        words = question.headings[0].split(" > ") if question.headings else []
        text = passage(question, generator)
        row = Row(question.q, under_headings(words, text), question.context)
        groups["qa-" + question.lang].append(row)
    for question in sources.read_written(sections)[0]:
        text = under_headings(question.headings, passage(question, generator))
        groups["written"].append(Row(question.q, text, question.context))
    for section in sections:
        *above, heading = section.headings or ("",)
        if len(heading) < 4 or len(section.text) < 120:
            continue
        query = f"{above[-1]} {heading}" if above and generator.random() < 0.4 else heading
        text = section.text if generator.random() < 0.5 else under_headings(above, section.text)
        source = section.source.split(":")[0]
        groups[f"headings-{source}"].append(Row(query, text, section.text))
    return groups


def passage(question: sources.Question, generator: random.Random, width: int = 420) -> str:
    """Return a stretch of the context around an answer, cut at sentence ends, as chunks are."""
    text = question.context
    width = width if question.lang == "zh" and re.search("[\u4e00-\u9fff]", text) else 3 * width
    if len(text) <= width:
        return text
    start, end = question.answers[0]
    low = max(0, min(start, end - width) - generator.randrange(width // 2))
    low = max(low, min(end - width, start))
    cuts = [m.end() for m in re.finditer(r"[。！？；\n]|[.!?]\s", text[:start]) if m.end() >= low]
    low = cuts[0] if cuts else start
    return text[low : max(low + width, end)]


def train(
    distilled: Path,
    out: Path,
    data: Path,
    *,
    steps: int,
    batch: int,
    rate: float,
    written: float,
    topics: bool,
    switch: float,
    seed: int,
) -> None:
    """Train the whole of `distilled` and write the model to `out`."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    pairs = sources.read_pairs(data)
    encoder = Encoder.load(distilled)
    optimizer, body = optimizer_of(encoder, rate, 5 * rate)
    rates = [group["lr"] for group in optimizer.param_groups]
    groups = question_rows(data, seed)
    if switch:
        senses = translations(sources.read_dictionary())
        groups = {name: with_switched(rows, senses, switch, seed) for name, rows in groups.items()}
    shuffled = _shuffled(groups, seed)
    of_topic = in_topics(encoder, batch, seed) if topics else in_order(batch)
    plan = _plan(shuffled, of_topic, batch, steps, written=written, seed=seed)
    kept_pairs = _kept_pairs(len(pairs), len(plan), batch, seed)
    wanted = sorted({i for rows in kept_pairs for i in rows})
    # Named by what it holds: other steps or another seed want other pairs.
    cache = out / f"teacher-{seed}-{len(plan)}-{batch}.npy"
    vectors = teacher_vectors([pairs[i].en for i in wanted], cache)
    targets = dict(zip(wanted, vectors, strict=True))
    step = load_checkpoint(out, encoder, optimizer)
    reader = reader_of(encoder)
    started = saved = time.monotonic()
    first, mean = step, {"questions": 0.0, "kept": 0.0}
    while step < len(plan):
        for group, full in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = full * min(1, (step + 1) / 50) * max(0.02, 1 - step / len(plan))
        renew(encoder.model, reader.model)
        asked = _question_loss(reader, plan[step])
        asked.backward()
        chosen = kept_pairs[step]
        kept = _keeping_loss(
            reader, [pairs[i] for i in chosen], np.stack([targets[i] for i in chosen])
        )
        (2.0 * kept).backward()
        take_gradients(encoder.model, reader.model)
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        step += 1
        for name, value in (("questions", asked), ("kept", kept)):
            mean[name] = 0.97 * mean[name] + 0.03 * float(value.detach())
        if step % 20 == 0:
            pace = (step - first) / (time.monotonic() - started)
            shown = " ".join(f"{name} {value:.4f}" for name, value in mean.items())
            _logger.info("step %d/%d %s, %.2f steps/s", step, len(plan), shown, pace)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step == len(plan):
            save_checkpoint(out, encoder, optimizer, step)
            saved = time.monotonic()


def reader_of(encoder: Encoder) -> Encoder:
    """Return a copy, in bfloat16 where that is faster, that reads texts and yields the gradients.

    On a CPU the backward pass of torch's fused attention is slow for texts so short.
    """
    model = copy.deepcopy(encoder.model).to(reading_type(encoder.device))
    if encoder.device == "cpu":
        model.set_attn_implementation("eager")
    return Encoder(model, encoder.tokenizer, encoder.device)


def _kept_pairs(pairs: int, steps: int, batch: int, seed: int) -> list[list[int]]:
    """Return which pairs of the parallel text each step keeps to the teacher."""
    generator = random.Random(seed)
    return [generator.sample(range(pairs), batch) for _ in range(steps)]


def _shuffled(groups: dict[str, list[Row]], seed: int) -> dict[str, list[Row]]:
    generator = random.Random(seed)
    return {name: generator.sample(rows, len(rows)) for name, rows in sorted(groups.items())}


def _plan(
    groups: dict[str, list[Row]],
    cut: Cut,
    batch: int,
    steps: int,
    *,
    written: float,
    seed: int,
) -> list[list[Row]]:
    """Return `steps` batches of the shares that are wanted of each kind."""
    generator = random.Random(seed)
    rest = 1 - written
    shares = {"qa": 0.53 * rest, "written": written, "headings": 0.47 * rest}
    plan: list[list[Row]] = []
    for kind, share in shares.items():
        wanted = int(steps * share)
        of_kind = [rows for name, rows in groups.items() if name.split("-")[0] == kind]
        # More than are wanted would only cost time to cut; each source gives its part of them.
        part = min(1.0, 1.3 * wanted * batch / max(1, sum(map(len, of_kind))))
        batches = [made for rows in of_kind for made in cut(rows[: math.ceil(part * len(rows))])]
        generator.shuffle(batches)
        plan += [batches[i % len(batches)] for i in range(wanted)]
        _logger.info("%s: %d batches of %d at hand", kind, wanted, len(batches))
    generator.shuffle(plan)
    return plan


def _question_loss(encoder: Encoder, rows: list[Row]) -> Any:
    import torch
    from torch.nn import functional

    questions = encoder.forward(encoder.tokenize([row.question for row in rows], _QUESTION_TOKENS))
    passages = encoder.forward(encoder.tokenize([row.passage for row in rows], PASSAGE_TOKENS))
    labels = torch.arange(len(rows), device=encoder.device)
    with torch.no_grad():
        alike = (passages @ passages.T > _TOO_NEAR).fill_diagonal_(False)
    total: Any = 0.0
    for dimensions, share in DIMENSIONS:
        left = functional.normalize(questions[:, :dimensions], dim=-1)
        right = functional.normalize(passages[:, :dimensions], dim=-1)
        scores = (left @ right.T / _TEMPERATURE).masked_fill(alike, -1e4)
        there = functional.cross_entropy(scores, labels)
        total = total + share * (there + 0.5 * functional.cross_entropy(scores.T, labels))
    return total


def _keeping_loss(encoder: Encoder, pairs: list[sources.Pair], targets: np.ndarray) -> Any:
    import torch

    wanted = torch.from_numpy(targets.astype(np.float32)).to(encoder.device)
    zh = encoder.forward(encoder.tokenize([pair.zh for pair in pairs], 64))
    en = encoder.forward(encoder.tokenize([pair.en for pair in pairs], 64))
    labels = torch.arange(len(pairs), device=encoder.device)
    contrast = torch.nn.functional.cross_entropy(zh @ en.T / _TEMPERATURE, labels)
    distance = (1 - (zh * wanted).sum(-1)).mean() + (1 - (en * wanted).sum(-1)).mean()
    return distance + 0.1 * contrast


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("distilled", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--steps", type=int, default=450)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--written", type=float, default=0.25)
    parser.add_argument("--topics", action="store_true", help="batches of one subject each")
    parser.add_argument(
        "--switch", type=float, default=0.0, help="share of Chinese rows put into English in part"
    )
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(
        options.distilled,
        options.out,
        options.data,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        written=options.written,
        topics=options.topics,
        switch=options.switch,
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
