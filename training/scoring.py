"""The evidence scorer: a cross-encoder grown from the embedder.

It reads a question and a sentence (or passage) under its heading path, and says whether that
answers the question. A group is a question with one text that answers it and several that do not:
other sentences of the same section, sentences of sections that the embedder takes for near, and,
for questions that nearly match, nothing but wrong ones. The loss is binary cross-entropy, whose
output can be calibrated and can say "none", plus a softmax over the group, which ranks.

    python -m training.scoring EMBEDDER OUT [--data FOLDER] [--steps N]
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import under_headings
from rag.segmentation import terms
from rag.sentences import sentence_spans
from training import sources
from training.contrasting import passage
from training.encoder import Encoder, load_checkpoint, save_checkpoint

_logger = logging.getLogger(__name__)
_MAX_TOKENS = 160
_GROUP = 6
_CHECKPOINT_SECONDS = 240
_PASSAGE_SHARE = 0.2
# Share of the wrong sentences that are chosen for their words in common with the question.
_HARD_SHARE = 0.7
_OPEN_CHINESE = 5000
# Pairs of like length are read together: padding is wasted work.
_PARTS = 3


@dataclass(frozen=True)
class Group:
    """A question and texts of which the first `positives` answer it."""

    question: str
    texts: tuple[str, ...]
    positives: int


class Cross:
    """Encoder, pooler and a linear head: `BertForSequenceClassification` with one label."""

    def __init__(self, encoder: Encoder) -> None:
        import torch
        from transformers import BertConfig, BertForSequenceClassification

        config = BertConfig(**{**encoder.model.config.to_dict(), "num_labels": 1})
        model = BertForSequenceClassification(config)
        model.bert.load_state_dict(encoder.model.state_dict(), strict=False)
        with torch.no_grad():
            # A segment's vector is new to the embedder: begin with what it knows.
            types = model.bert.embeddings.token_type_embeddings.weight
            types[1] = types[0]
        # Without dropout: attention is then computed in one go, which on a CPU halves the time.
        self.model = model.eval().to(encoder.device)
        self.device = encoder.device
        self.encoder = encoder

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Return one logit a pair, `(n,)`."""
        import torch

        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        size = -(-len(order) // _PARTS)
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        found = torch.cat([self._part([pairs[i] for i in part]) for part in parts])
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return found[torch.from_numpy(back).to(self.device)]

    def _part(self, pairs: Sequence[tuple[str, str]]) -> Any:
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
        with torch.autocast(self.device, dtype=torch.bfloat16):
            output = self.model(input_ids=ids, token_type_ids=kinds, attention_mask=mask)
        return output.logits[:, 0].float()


def make_groups(data: Path, encoder: Encoder, seed: int = 9) -> list[Group]:
    """Return the training groups, shuffled."""
    generator = random.Random(seed)
    sections = sources.read_sections(data)
    answered, near = sources.read_written(sections)
    open_rows = sources.read_answered(data)
    generator.shuffle(open_rows)
    latin = [row for row in open_rows if row.lang == "en"]
    chinese = [row for row in open_rows if row.lang == "zh"][:_OPEN_CHINESE]
    questions = answered * 2 + latin + chinese
    neighbours = _Neighbours(encoder, questions, sections, generator)
    groups = [
        group
        for question in questions
        if (group := _answered_group(question, neighbours, generator)) is not None
    ]
    for question in near * 2:
        texts = [under_headings(question.headings, t) for t in _sentences(question.context)]
        texts = _hardest_first(question.q, texts, generator)[: _GROUP - 2]
        texts += neighbours.sentences(question, _GROUP - len(texts))
        if generator.random() < _PASSAGE_SHARE:
            texts[0] = under_headings(question.headings, passage(question_at(question), generator))
        groups.append(Group(question.q, tuple(texts[:_GROUP]), 0))
    generator.shuffle(groups)
    _logger.info("%d groups, %d of near misses", len(groups), 2 * len(near))
    return groups


def _cached_groups(data: Path, encoder: Encoder, cache: Path) -> list[Group]:
    """Return the groups, read from `cache` where a run that is gone on with has left them."""
    if cache.exists():
        rows = json.loads(cache.read_text(encoding="utf-8"))
        return [Group(question, tuple(texts), positives) for question, texts, positives in rows]
    groups = make_groups(data, encoder)
    rows = [(group.question, group.texts, group.positives) for group in groups]
    cache.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return groups


def question_at(question: sources.Question) -> sources.Question:
    """Return a near miss with a span, so that a passage can be cut from its context."""
    return sources.Question(
        question.lang, question.q, question.context, question.headings, ((0, 1),)
    )


def _sentences(text: str) -> list[str]:
    spans = sentence_spans(text)
    return [t for s in spans if len(t := re.sub(r"^[-*]\s+", "", text[s.start : s.end])) > 3]


def _hardest_first(question: str, texts: Sequence[str], generator: random.Random) -> list[str]:
    """Shuffle; most times, put those first that share the most words with the question."""
    shuffled = list(texts)
    generator.shuffle(shuffled)
    if generator.random() < _HARD_SHARE:
        asked = _terms(question)
        shuffled.sort(key=lambda text: -len(asked & _terms(text)))
    return shuffled


@lru_cache(maxsize=400_000)
def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _headings(question: sources.Question) -> list[str]:
    return [part for heading in question.headings for part in heading.split(" > ")]


def _answered_group(
    question: sources.Question, neighbours: _Neighbours, generator: random.Random
) -> Group | None:
    text, headings = question.context, _headings(question)
    # Where the heading is the question itself it would give the answer away.
    headings = [heading for heading in headings if heading != question.q]
    if generator.random() < 0.3:
        headings = []
    right, wrong = [], []
    for span in sentence_spans(text):
        sentence = re.sub(r"^[-*]\s+", "", text[span.start : span.end])
        holds = any(span.start < end and start < span.end for start, end in question.answers)
        (right if holds else wrong).append(under_headings(headings, sentence))
    if not right:
        return None
    wrong = _hardest_first(question.q, wrong, generator)
    if generator.random() < _PASSAGE_SHARE:
        chosen = under_headings(headings, passage(question, generator))
        others = neighbours.passages(question, _GROUP - 1)
    else:
        # The first sentence of a long answer is the one that stands by itself.
        chosen = right[0]
        others = wrong[: _GROUP // 2] + neighbours.sentences(question, _GROUP - 1)
    return Group(question.q, (chosen, *others[: _GROUP - 1]), 1)


class _Neighbours:
    """Texts that look like an answer and are not: from what the embedder finds near."""

    def __init__(
        self,
        encoder: Encoder,
        questions: Sequence[sources.Question],
        sections: Sequence[sources.Section],
        generator: random.Random,
        pool: int = 9000,
    ) -> None:
        self._generator = generator
        contexts = {q.context: tuple(_headings(q)) for q in questions}
        for section in generator.sample(list(sections), min(pool, len(sections))):
            contexts.setdefault(section.text, section.headings)
        self._texts = list(contexts.items())
        heads = [under_headings(headings, text[:220]) for text, headings in self._texts]
        self._vectors = encoder.embed(heads, max_tokens=96)
        asked = list({q.q for q in questions})
        self._asked = dict(zip(asked, encoder.embed(asked, max_tokens=48), strict=True))
        self._encoder = encoder

    def _near(self, question: sources.Question, count: int) -> list[tuple[str, tuple[str, ...]]]:
        vector = self._asked.get(question.q)
        if vector is None:
            vector = self._encoder.embed([question.q], max_tokens=48)[0]
        scores = self._vectors @ vector
        best = np.argpartition(-scores, 24)[:24]
        best = best[np.argsort(-scores[best])]
        found = [self._texts[i] for i in best if self._texts[i][0] != question.context]
        # The very nearest may answer too; take from a little further down as well.
        chosen = found[1:16]
        self._generator.shuffle(chosen)
        return chosen[:count]

    def sentences(self, question: sources.Question, count: int) -> list[str]:
        """Return sentences of near sections."""
        found = []
        for text, headings in self._near(question, count):
            sentences = _hardest_first(question.q, _sentences(text), self._generator)
            if sentences:
                found.append(under_headings(headings, sentences[0]))
        return found

    def passages(self, question: sources.Question, count: int) -> list[str]:
        """Return beginnings of near sections."""
        return [
            under_headings(headings, text[:400]) for text, headings in self._near(question, count)
        ]


def train(embedder: Path, out: Path, data: Path, *, steps: int, batch: int, rate: float) -> None:
    """Train the scorer and write it to `out`."""
    import torch
    from torch.nn import functional

    out.mkdir(parents=True, exist_ok=True)
    encoder = Encoder.load(embedder)
    torch.manual_seed(1)
    cross = Cross(encoder)
    groups = _cached_groups(data, encoder, out / "groups.json")
    # The words keep the embedder's vectors: there is too little data to teach each of them anew.
    cross.model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    body = [p for p in cross.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(body, lr=rate, weight_decay=0.01)
    saver = Encoder(cross.model, encoder.tokenizer, encoder.device)
    step = load_checkpoint(out, saver, optimizer)
    started = saved = time.monotonic()
    first, mean = step, 0.0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 60) * max(0.02, 1 - step / steps)
        rows = [groups[(step * batch + i) % len(groups)] for i in range(batch)]
        pairs = [(row.question, text) for row in rows for text in row.texts]
        logits = cross.logits(pairs)
        loss, at = torch.zeros((), device=encoder.device), 0
        for row in rows:
            own = logits[at : at + len(row.texts)]
            at += len(row.texts)
            label = torch.zeros_like(own)
            label[: row.positives] = 1
            weight = 1 + 2 * label
            loss = loss + functional.binary_cross_entropy_with_logits(own, label, weight)
            if row.positives:
                loss = loss + 0.5 * functional.cross_entropy(
                    own[None], torch.tensor([0], device=own.device)
                )
        loss = loss / len(rows)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        step += 1
        mean = 0.97 * mean + 0.03 * float(loss) if step > first + 1 else float(loss)
        if step % 20 == 0:
            pace = (step - first) / (time.monotonic() - started)
            _logger.info("step %d/%d loss %.4f, %.2f steps/s", step, steps, mean, pace)
        if time.monotonic() - saved > _CHECKPOINT_SECONDS or step == steps:
            save_checkpoint(out, saver, optimizer, step)
            saved = time.monotonic()


def main() -> None:
    """Run the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embedder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--rate", type=float, default=5e-5)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(
        options.embedder,
        options.out,
        options.data,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
    )


if __name__ == "__main__":
    main()
