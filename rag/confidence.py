"""How sure it is that the sentences found answer the question at all.

A logistic regression over six signals. The scorer's probabilities alone do not suffice: a near
miss has a sentence or two that look right, an answer mostly has several under the same heading, and
holds a number where one is asked for; and where documents answer, what else they say is not as far
from the question. A question about something else altogether has no passage near it. Knows nothing
of models.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from rag.evidence_candidates import Candidate
from rag.figures import states_number
from rag.followup import asked_last
from rag.log_odds import logits

_ASKS_NUMBER = re.compile(
    r"多少|几(?![乎何率])|(?<![许很更众])多(?:大|长(?![文上])|高|久|快|深(?!度)|宽|远)(?!模型)|百分之几|占比|"
    r"哪一?年|哪个版本|"
    r"\bhow (?:many|much|long|often|high|few|far|wide)\b|"
    r"\bhow (?:large|big|fast|deep) (?:is|are|was|were|does|do|did|can|should|must|an?|the)\b|"
    r"\b(?:what|which) (?:percentage|fraction|share|proportion|number|size|year|version|resolution|"
    r"rate|score|accuracy)\b|\bby how\b",
    re.IGNORECASE,
)
_SEVERAL = 8
_REST = slice(16, 32)
# Where all sentences stand higher, the question is of a kind that the scorer does not know
# ("hello"), which speaks for nothing.
_MOST_REST = -2.5
# What stands in for sentences that are not there: few documents say nothing of a question.
_USUAL_REST = -2.9
# What stands in for a cosine where the embedder does not read the question's language.
_USUAL_NEAREST = 0.5
# Probabilities are kept this far from 0 and 1: beyond, they tell no more.
_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer being there, and against.

    ``best`` is the logit of the highest probability; ``several`` the sum of the eight highest;
    ``passage`` the fused score of the best sentence's passage, as a share of the highest of any;
    ``lacks_number`` is 1 where a number is asked for and the best sentence holds none, else 0;
    ``rest`` is the mean logit of those that rank 17th to 32nd, up to a limit, which says how near
    the documents are to the question besides; ``nearest`` is the highest cosine of a passage with
    the question.
    """

    best: float
    several: float
    passage: float
    lacks_number: float
    rest: float
    nearest: float


# Fitted by ``python -m bench.calibration --every 4``.
_WEIGHTS = Signals(
    best=1.104,
    several=0.278,
    passage=1.656,
    lacks_number=-0.166,
    rest=1.136,
    nearest=2.589,
)
_INTERCEPT = -0.008


def signals(question: str, read: Sequence[Candidate], likely: np.ndarray) -> Signals | None:
    """Return the signals; None where nothing was read.

    Args:
        read: the candidates that the scorer read.
        likely: ``(len(read),)`` probabilities in [0, 1] that each answers.
    """
    if not read:
        return None
    order = np.argsort(-likely, kind="stable")
    falling = logits(likely[order], least=_LEAST)
    best = read[order[0]]
    lacks = bool(_ASKS_NUMBER.search(asked_last(question))) and not states_number(best.text)
    return Signals(
        best=float(falling[0]),
        several=float(likely[order[:_SEVERAL]].sum()),
        passage=best.hit.scores.fused / (max(item.hit.scores.fused for item in read) or 1.0),
        lacks_number=float(lacks),
        rest=_mean_of_rest(falling),
        nearest=_highest_cosine(read),
    )


def _mean_of_rest(falling: np.ndarray) -> float:
    """Return the mean of the logits, best first, of those that rank behind."""
    there = falling[_REST]
    missing = _REST.stop - _REST.start - len(there)
    mean = (there.sum() + missing * _USUAL_REST) / (len(there) + missing)
    return min(float(mean), _MOST_REST)


def _highest_cosine(candidates: Iterable[Candidate]) -> float:
    cosines = (candidate.hit.scores.dense for candidate in candidates)
    return max((cosine for cosine in cosines if cosine is not None), default=_USUAL_NEAREST)


def confidence(found: Signals | None) -> float:
    """Return the probability in [0, 1] that the question is answered; 0 without signals."""
    if found is None:
        return 0.0
    weighed = zip(astuple(_WEIGHTS), astuple(found), strict=True)
    logit = _INTERCEPT + sum(weight * value for weight, value in weighed)
    return 1 / (1 + math.exp(-logit))
