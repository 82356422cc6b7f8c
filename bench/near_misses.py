"""`python -m bench.near_misses`: what a section answers told from what it nearly answers.

Asked are the questions over those sections written for training that were kept from it, each of its
own section alone, so that nothing but reading decides: every other question is a near miss. Printed
are the AUC of the best sentence's probability, how many near misses lie below the limit that one
answered question of twenty does not reach, and for how many answered questions the best sentence is
one that answers, with a 95% interval of each over 200 resamples of the sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.evaluation import measures
from rag.model_set import ModelSet
from rag.reranking import Reranker, load_reranker
from rag.settings import Settings, go_offline
from training import sources
from training.groups import split_texts

_DECLINED = 0.05
_RESAMPLES = 200


@dataclass(frozen=True)
class Read:
    """What a scorer thought of a section's texts for a question."""

    section: str
    answered: bool
    best: float
    is_right: bool


def read(reranker: Reranker, questions: Sequence[sources.Question]) -> list[Read]:
    """Let the scorer read the sections."""
    found = []
    for question in questions:
        right, wrong = split_texts(question, question.heading_path)
        likely = reranker.score(question.q, [*right, *wrong])
        best = int(np.argmax(likely))
        found.append(
            Read(question.context, bool(question.answers), float(likely[best]), best < len(right))
        )
    return found


def figures(rows: Sequence[Read]) -> tuple[float, float, float]:
    """Return the AUC, the share of near misses declined, and of right sentences first."""
    yes = [row.best for row in rows if row.answered]
    no = [row.best for row in rows if not row.answered]
    _, declined = measures.declined_at(_DECLINED, yes, no)
    first = np.mean([row.is_right for row in rows if row.answered])
    return measures.auc(yes, no) or 0.0, declined, float(first)


def row(name: str, rows: Sequence[Read]) -> str:
    """Return a line of the table."""
    sections = sorted({item.section for item in rows})
    of = {section: [item for item in rows if item.section == section] for section in sections}
    draws = np.random.default_rng(0).integers(len(sections), size=(_RESAMPLES, len(sections)))
    resampled = [figures([item for i in draw for item in of[sections[i]]]) for draw in draws]
    low, high = np.quantile(np.array(resampled), [0.025, 0.975], axis=0)
    auc, declined, first = figures(rows)
    return (
        f"| {name} | {auc:.3f} ({low[0]:.3f} to {high[0]:.3f}) | "
        f"{declined:.1%} ({low[1]:.1%} to {high[1]:.1%}) | "
        f"{first:.1%} ({low[2]:.1%} to {high[2]:.1%}) |"
    )


def main() -> None:
    """Run the benchmark."""
    go_offline()
    settings = Settings.load(flags={})
    models = ModelSet(settings)
    if models.reranker is None or models.scorer_entry is None:
        raise SystemExit("the evidence scorer is not on this machine")
    rerankers = {
        entry.name: load_reranker(entry, settings.models)
        for entry in (models.scorer_entry, models.second_entry)
        if entry is not None
    }
    rerankers["both"] = models.reranker
    answered, near = sources.read_own(split="dev")
    print(f"{len(answered)} answered questions and {len(near)} near misses\n")
    print("| scorer | AUC | near misses declined | a right sentence first |")
    print("| --- | --- | --- | --- |")
    for name, reranker in rerankers.items():
        print(row(name, read(reranker, [*answered, *near])), flush=True)


if __name__ == "__main__":
    main()
