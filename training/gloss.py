"""Where a Chinese word's vector starts: the mean of its English translations' vectors.

The translations' weights are the lexical probabilities of IBM Model 1 (Brown et al. 1993, "The
Mathematics of Statistical Machine Translation"), learned from parallel text and a dictionary.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

_logger = logging.getLogger(__name__)


def translation_table(
    sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], *, rounds: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source ids, target ids and `p(target | source)`, one entry for each pair seen.

    Args:
        sources: token ids of each pair's source side.
        targets: token ids of its target side.
    """
    width = 1 + max(max(row, default=0) for row in targets)
    keys, groups, group = [], [], 0
    for source, target in zip(sources, targets, strict=True):
        if not source or not target:
            continue
        left = np.asarray(source, np.int64)
        right = np.asarray(target, np.int64)
        keys.append((left[None, :] * width + right[:, None]).ravel())
        groups.append(np.repeat(np.arange(group, group + len(right), dtype=np.int32), len(left)))
        group += len(right)
    flat, position = np.concatenate(keys), np.concatenate(groups)
    del keys, groups
    pairs, entry = np.unique(flat, return_inverse=True)
    del flat
    entry = entry.astype(np.int32)
    source_of, target_of = pairs // width, pairs % width
    probability = np.ones(len(pairs), np.float32)
    for round_ in range(rounds):
        weight = probability[entry]
        total = np.bincount(position, weight, group)
        count = np.bincount(entry, weight / total[position], len(pairs))
        mass = np.bincount(source_of, count)
        probability = (count / np.maximum(mass[source_of], 1e-9)).astype(np.float32)
        _logger.info("Model 1, round %d: %d word pairs", round_ + 1, len(pairs))
    return source_of, target_of, probability


def gloss_vectors(
    table: tuple[np.ndarray, np.ndarray, np.ndarray],
    vectors: np.ndarray,
    size: int,
    *,
    floor: float = 0.04,
) -> tuple[np.ndarray, np.ndarray]:
    """Return `(size, d)` start vectors and which rows were found.

    Args:
        vectors: `(n, d)` embedding of the target language.
        floor: translations less probable than this are noise and left out.
    """
    source, target, probability = table
    keep = probability >= floor
    source, target, probability = source[keep], target[keep], probability[keep]
    result = np.zeros((size, vectors.shape[1]), np.float32)
    np.add.at(result, source, probability[:, None] * vectors[target])
    found = np.bincount(source, probability, size) > 0
    # As long as an English entry: layer normalization follows, after the positions are added.
    length = np.linalg.norm(vectors, axis=1).mean()
    norm = np.linalg.norm(result, axis=1, keepdims=True)
    result[found] *= length / norm[found]
    return result, found
