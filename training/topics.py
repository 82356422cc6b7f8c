"""Rows of questions and passages → batches, in each of which no text comes twice.

With the other passages of a batch as the wrong ones, a batch teaches as much as these are hard to
tell from the right one. Passages are clustered by the embedder's own vectors, and a batch is drawn
from one cluster (Hofstätter et al. 2021, "Efficiently Teaching an Effective Dense Retriever with
Balanced Topic Aware Sampling", arXiv:2104.06967).
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from training.encoder import Encoder

PASSAGE_TOKENS = 120
# Larger than a batch, so that a topic's batches differ from each other and its last one is no great
# part of it.
_BATCHES_A_TOPIC = 6


@dataclass(frozen=True)
class Row:
    """A question and a passage of ``context`` that answers it."""

    question: str
    passage: str
    context: str


Cut = Callable[[list[Row]], list[list[Row]]]


def in_order(size: int) -> Cut:
    """Return what cuts rows into batches of `size` as they come; what is left over is dropped."""
    return lambda rows: list(_batches(rows, size))


def in_topics(encoder: Encoder, size: int, seed: int) -> Cut:
    """Return what cuts rows into batches of `size` about one subject each.

    What a topic has left over goes into batches with what other topics have.
    """

    def cut(rows: list[Row]) -> list[list[Row]]:
        topics = topics_of(encoder, rows, len(rows) // (_BATCHES_A_TOPIC * size), seed)
        generator = random.Random(seed)
        batches: list[list[Row]] = []
        rest: list[Row] = []
        for topic in topics:
            made = list(_batches(topic, size))
            taken = {id(row) for batch in made for row in batch}
            batches += made
            rest += [row for row in topic if id(row) not in taken]
        generator.shuffle(rest)
        return batches + list(_batches(rest, size))

    return cut


def topics_of(encoder: Encoder, rows: Sequence[Row], count: int, seed: int) -> list[list[Row]]:
    """Return the rows in `count` clusters of their passages (k-means)."""
    if count < 2:
        return [list(rows)]
    import faiss

    vectors = encoder.embed([row.passage for row in rows], max_tokens=PASSAGE_TOKENS)
    means = faiss.Kmeans(vectors.shape[1], count, niter=12, seed=seed, spherical=True)
    means.train(vectors)
    _, nearest = means.index.search(vectors, 1)
    found: dict[int, list[Row]] = defaultdict(list)
    for row, topic in zip(rows, nearest[:, 0], strict=True):
        found[int(topic)].append(row)
    return list(found.values())


def _batches(rows: Sequence[Row], size: int) -> Iterator[list[Row]]:
    """Yield batches in which no question and no context comes twice.

    A row that would is put off to a later batch.
    """
    waiting = deque(rows)
    while len(waiting) >= size:
        batch: list[Row] = []
        seen: set[str] = set()
        later: list[Row] = []
        while waiting and len(batch) < size:
            row = waiting.popleft()
            if row.question in seen or row.context in seen:
                later.append(row)
                continue
            seen |= {row.question, row.context}
            batch.append(row)
        if len(batch) < size:
            return
        yield batch
        waiting.extendleft(reversed(later))
