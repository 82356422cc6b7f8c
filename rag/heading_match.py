"""A heading that asks what the question asks: then what stands under it answers.

In a list of frequent questions the heading is the question, and the text below often does not name
its subject again ("When it fits the noise of its data."). A scorer that reads one sentence at a
time takes more notice of another section that does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.embedding import Embedder
from rag.evidence_candidates import Candidate
from rag.followup import asked_last
from rag.language import detect_language
from rag.log_odds import logits, probabilities

# The headings of so many passages are compared, those that retrieval puts first.
_PASSAGES = 3
# The cosine of question and heading from which they are alike, and what the logit of a sentence
# gains where they are the same. Of 366 questions for development that nothing answers three come to
# 0.8 and none to 0.85. What it brings: ``python -m bench.headings``.
_ALIKE_FROM = 0.8
_MOST = 3.0


def raise_under_alike(
    question: str, read: Sequence[Candidate], likely: np.ndarray, embedder: Embedder
) -> np.ndarray:
    """Return ``likely``, raised where the heading is alike.

    Args:
        read: the candidates that a scorer read.
        likely: ``(len(read),)`` probabilities in [0, 1] that each answers.
    """
    asked = asked_last(question)
    headings = _first_headings(read)
    if not headings or detect_language(asked) not in embedder.languages:
        return likely
    vectors = embedder.embed_queries([asked, *headings])
    gains = dict(zip(headings, _gains(vectors[1:] @ vectors[0]), strict=True))
    gain = np.array([gains.get(_heading(item), 0.0) for item in read])
    if not gain.any():
        return likely
    return np.asarray(probabilities(logits(likely) + gain).astype(likely.dtype))


def _gains(cosines: np.ndarray) -> list[float]:
    alike = (cosines - _ALIKE_FROM) / (1 - _ALIKE_FROM)
    return [float(value) for value in _MOST * np.clip(alike, 0, 1)]


def _first_headings(read: Sequence[Candidate]) -> list[str]:
    """Return the different headings of the first passages."""
    fused = {item.hit.stored.id: item.hit for item in read}
    first = sorted(fused.values(), key=lambda hit: -hit.scores.fused)[:_PASSAGES]
    paths = (hit.stored.chunk.heading_path for hit in first)
    return list(dict.fromkeys(path[-1] for path in paths if path))


def _heading(item: Candidate) -> str:
    path = item.hit.stored.chunk.heading_path
    return path[-1] if path else ""
