"""The measures, each a pure function. All are shares in [0, 1], higher is better."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

import numpy as np

from rag.segmentation import normalize
from rag.types import Answer, Citation, Document, Evidence, Support
from rag.verification import Likeness, assess, assess_together


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of wanted items whose rank (from 1; None: not found) is at most ``k``."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return 1 / rank of the first wanted item, 0 if none was found."""
    return max((1 / rank for rank in ranks if rank), default=0.0)


def ndcg_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the normalised discounted gain at ``k``, each wanted item counting once.

    Several items may be found in one passage; that is still no better than the best order.

    Source: Järvelin & Kekäläinen 2002, "Cumulated Gain-Based Evaluation of IR Techniques".
    """
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank and rank <= k)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(ranks)) + 1))
    return min(1.0, gain / ideal)


def fact_share(text: str, facts: Sequence[Sequence[str]]) -> float:
    """Return the share of ``facts`` of which one spelling stands in ``text``; 1.0 for none."""
    if not facts:
        return 1.0
    return 1 - len(missing_facts(text, facts)) / len(facts)


def missing_facts(text: str, facts: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the facts of which no spelling stands in ``text``; spaces and width do not count.

    A number does not stand inside of another one.
    """
    normal = normalize(text)
    return [
        spellings
        for spellings in facts
        if not any(_stands(spelling, normal) for spelling in spellings)
    ]


def _stands(spelling: str, text: str) -> bool:
    key = "".join(normalize(spelling).split())
    pattern = r"\s*".join(map(re.escape, key))
    if key[:1].isdigit():
        pattern = r"(?<!\d)(?<!\d[.,])" + pattern
    if key[-1:].isdigit():
        pattern += r"(?!\d|[.,]\d)"
    return bool(key) and re.search(pattern, text) is not None


def citation_scores(
    answer: Answer, likeness: Likeness | None = None
) -> tuple[list[bool], list[bool]]:
    """Return for each sentence whether its citations carry it, and for each citation if it helps.

    Recall and precision of citations as in Gao et al. 2023, "Enabling Large Language Models to
    Generate Text with Citations" (ALCE), with this program's verification in the place of their
    entailment model. A citation helps if it carries its sentence at least in part.

    Args:
        likeness: compares across languages; without it nothing carries a sentence there.
    """
    by_number = {
        citation.n: evidence
        for citation in answer.citations
        if (evidence := _evidence_of(citation, answer.evidence)) is not None
    }
    carried: list[bool] = []
    helping: list[bool] = []
    for sentence in answer.sentences:
        cited = [by_number[number] for number in sentence.markers if number in by_number]
        carried.append(
            assess(sentence.text, cited, likeness).support.carries
            or assess_together(sentence.text, cited).carries
        )
        helping += [
            assess(sentence.text, [item], likeness).support is not Support.UNSUPPORTED
            for item in cited
        ]
    return carried, helping


def _evidence_of(citation: Citation, evidence: Sequence[Evidence]) -> Evidence | None:
    for item in evidence:
        is_same = item.span.start == citation.start and item.span.end == citation.end
        if is_same and item.hit.stored.document == citation.document:
            return item
    return None


def verbatim(answer: Answer, load_document: Callable[[str], Document]) -> list[bool]:
    """Return for each sentence whether it stands word for word in a span that it cites.

    White space does not count; the spans are looked up in the stored documents.
    """
    quotes: dict[int, str] = {}
    for citation in answer.citations:
        text = load_document(citation.document).text[citation.start : citation.end]
        quotes[citation.n] = "".join(text.split())
    return [
        any("".join(sentence.text.split()) in quotes.get(n, "") for n in sentence.markers)
        for sentence in answer.sentences
    ]


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return how often a positive scores above a negative (a tie counts half); None without both.

    The area under the ROC curve, as the Mann-Whitney statistic.
    """
    if not positive or not negative:
        return None
    ordered = sorted(negative)
    wins = sum(
        (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in positive
    )
    return wins / (len(positive) * len(negative))


def declined_at(
    share: float, answered: Sequence[float], others: Sequence[float]
) -> tuple[float, float]:
    """Return the limit below which ``share`` of the answered lie, and how much of the others.

    Between two of the answered the limit is interpolated. Neither may be empty.
    """
    limit = float(np.quantile(answered, share))
    return limit, float(np.mean(np.asarray(others) < limit))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
