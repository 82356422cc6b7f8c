"""``python -m bench.calibration``: fit the weights of `rag/confidence.py` anew.

Asked are the golden questions of the development part over the handbook, and the written questions
that the scorer was not trained on over their own sections among others. Both sets weigh the same,
and so do answerable and unanswerable questions within each. Beside them, and weighing less, stand
questions of every day, which neither answers. Printed are the weights, the AUC of each set in a
ten-fold cross-validation (no question is judged by weights that it took part in), the confidence
below which one answered question of twenty lies, and how many of every day would be answered there.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from bench.held_out import write_among
from rag.confidence import Signals
from rag.conversation import readings
from rag.engine import Engine
from rag.evaluation import Kind, measures, read_questions
from rag.evidence_candidates import list_candidates
from rag.evidence_scoring import LexicalScorer, RerankerScorer
from rag.retrieval import Retriever
from rag.settings import Settings, go_offline
from training import sources

_FOLDS = 10
_DECLINED = 0.05
_EVERYDAY = Path(__file__).parent / "data" / "everyday_questions.txt"
# Their weight beside one kind of a set.
_EVERYDAY_SHARE = 0.4


def golden() -> Iterator[tuple[str, bool]]:
    """Yield the golden questions for development, and whether each is answered."""
    for item in read_questions(Path("tests/golden")):
        if item.split == "dev":
            yield readings(item.question, item.history)[0], item.kind is not Kind.UNANSWERABLE


def found(engine: Engine, asked: Iterable[tuple[str, bool]]) -> list[tuple[Signals, bool]]:
    """Return the signals of each question for which there are any."""
    if engine.models.reranker is None:
        raise SystemExit("the evidence scorer is not on this machine")
    retriever = Retriever(engine.reader, engine.embedder, candidates=engine.settings.candidates)
    words = LexicalScorer(retriever.weigh)
    scorer = RerankerScorer(engine.models.reranker, words, most=engine.settings.scored_sentences)
    rows = []
    for question, answered in asked:
        candidates = list_candidates(engine.search(question), engine.reader.document)
        signals = scorer.score(question, candidates).signals
        if signals is not None:
            rows.append((signals, answered))
    return rows


def fit(values: np.ndarray, answered: np.ndarray, weight: np.ndarray) -> Any:
    """Return a logistic regression over the signals ``(n, 7)``."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000).fit(values, answered, sample_weight=weight)


def out_of_fold(values: np.ndarray, answered: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the confidence in each ``(n,)``, by weights that others were fitted to."""
    from sklearn.model_selection import StratifiedKFold

    result = np.zeros(len(values))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    for others, these in folds.split(values, answered):
        model = fit(values[others], answered[others], weight[others])
        result[these] = model.predict_proba(values[these])[:, 1]
    return result


def report(sets: dict[str, list[tuple[Signals, bool]]]) -> None:
    """Fit the weights, and print them with what they reach."""
    rows = [row for of_set in sets.values() for row in of_set]
    values = np.array([astuple(signals) for signals, _ in rows])
    answered = np.array([is_answered for _, is_answered in rows])
    of = np.repeat(np.arange(len(sets)), [len(of_set) for of_set in sets.values()])
    # Each set, and in it each kind, has the same weight in all; the last set has but one kind.
    kinds = 2 * of + answered
    weight = len(rows) / np.bincount(kinds)[kinds] / len(np.unique(kinds))
    weight[of == len(sets) - 1] *= _EVERYDAY_SHARE
    model = fit(values, answered, weight)
    for field, value in zip(fields(Signals), model.coef_[0], strict=True):
        print(f"{field.name}={value:.3f}")
    print(f"intercept {model.intercept_[0]:.3f}")
    confidence, limit = out_of_fold(values, answered, weight), 0.0
    for number, name in enumerate(sets):
        own = of == number
        if not answered[own].any():
            print(f"{name}: {(confidence[own] >= limit).sum()} of {own.sum()} above that")
            continue
        yes, no = confidence[own & answered], confidence[own & ~answered]
        limit, area = np.quantile(yes, _DECLINED), measures.auc(list(yes), list(no))
        print(
            f"{name}: {len(yes)} answered, {len(no)} not, AUC {area:.3f}; below {limit:.3f} are "
            f"{_DECLINED:.0%} of the answered and {(no < limit).mean():.1%} of the others"
        )


def main() -> None:
    """Run the calibration."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--others", type=int, default=900, help="sections indexed beside")
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    sections = sources.read_sections(options.data)
    plain, near = sources.read_written(sections, split="dev")
    wanted = {question.context for question in (*plain, *near)}
    everyday = [(line, False) for line in _EVERYDAY.read_text(encoding="utf-8").splitlines()]
    sets = {}
    far: list[tuple[Signals, bool]] = []
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "sections"
        corpus.mkdir()
        write_among(corpus, sections, wanted, options.others)
        written = [*((item.q, True) for item in plain), *((item.q, False) for item in near)]
        for name, path, asked in (
            ("sections", corpus, written),
            ("handbook", Settings.load().corpus, list(golden())),
        ):
            with Engine(Settings.load(flags={"index": Path(folder) / name})) as engine:
                engine.index([path])
                sets[name] = found(engine, asked)
                far += found(engine, everyday)
    report({**sets, "everyday": far})


if __name__ == "__main__":
    main()
