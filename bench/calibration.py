"""``python -m bench.calibration``: fit the weights of `rag/confidence.py` anew.

Asked are the golden questions of the development part over the handbook, and the written questions
that the scorer was not trained on over their own sections among others. Both sets weigh the same,
and so do answerable and unanswerable questions within each. Beside them, and weighing less, stand
questions of every day, which neither answers. Printed are the weights, the AUC of each set in a
ten-fold cross-validation (no question is judged by weights that it took part in), the confidence
below which one answered question of twenty lies, and how many of every day lie above that, of those
fitted to and of others that were kept. Small talk is left out: it is not asked of any document.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from bench.held_out import write_among
from rag.confidence import Signals
from rag.conversation import readings
from rag.engine import Engine
from rag.evaluation import Kind, measures, read_questions
from rag.evidence_candidates import list_candidates
from rag.settings import Settings, go_offline
from rag.small_talk import is_small_talk
from training import sources

_FOLDS = 10
_DECLINED = 0.05
_DATA = Path(__file__).parent / "data"
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
    scorer = engine.evidence_scorer()
    rows = []
    for question, answered in asked:
        candidates = list_candidates(engine.search(question), engine.reader.document)
        signals = scorer.score(question, candidates).signals
        if signals is not None:
            rows.append((signals, answered))
    return rows


def fit(values: np.ndarray, answered: np.ndarray, weight: np.ndarray) -> Any:
    """Return a logistic regression over the signals ``(n, 6)``."""
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


def everyday(name: str) -> list[tuple[str, bool]]:
    """Return the questions of every day of a file, without small talk; none is answered."""
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [(line, False) for line in lines if not is_small_talk(line)]


@dataclass(frozen=True)
class Asked:
    """The signals of each question asked over a corpus, and whether it is answered there."""

    name: str
    rows: list[tuple[Signals, bool]]
    everyday: list[tuple[Signals, bool]]
    kept: list[tuple[Signals, bool]]


def as_table(rows: Sequence[tuple[Signals, bool]]) -> np.ndarray:
    """Return the signals of the rows, ``(n, 6)``."""
    return np.array([astuple(signals) for signals, _ in rows])


def report(corpora: Sequence[Asked]) -> None:
    """Fit the weights, and print them with what they reach."""
    far = [row for asked in corpora for row in asked.everyday]
    sets = [*(asked.rows for asked in corpora), far]
    rows = [row for of_set in sets for row in of_set]
    answered = np.array([is_answered for _, is_answered in rows])
    of = np.repeat(np.arange(len(sets)), [len(of_set) for of_set in sets])
    # Each set, and in it each kind, has the same weight in all; the last set has but one kind.
    kinds = 2 * of + answered
    weight = len(rows) / np.bincount(kinds)[kinds] / len(np.unique(kinds))
    weight[of == len(corpora)] *= _EVERYDAY_SHARE
    model = fit(as_table(rows), answered, weight)
    for field, value in zip(fields(Signals), model.coef_[0], strict=True):
        print(f"{field.name}={value:.3f}")
    print(f"intercept {model.intercept_[0]:.3f}")
    confidence = out_of_fold(as_table(rows), answered, weight)
    start = 0
    for number, asked in enumerate(corpora):
        own = of == number
        yes, no = confidence[own & answered], confidence[own & ~answered]
        limit, declined = measures.declined_at(_DECLINED, list(yes), list(no))
        area = measures.auc(list(yes), list(no))
        print(
            f"{asked.name}: {len(yes)} answered, {len(no)} not, AUC {area:.3f}; below {limit:.3f} "
            f"are {_DECLINED:.0%} of the answered and {declined:.1%} of the others"
        )
        fitted = confidence[of == len(corpora)][start : start + len(asked.everyday)]
        start += len(asked.everyday)
        kept = model.predict_proba(as_table(asked.kept))[:, 1]
        print(
            f"  of every day {(fitted >= limit).sum()} of {len(fitted)} are above that, "
            f"and {(kept >= limit).sum()} of {len(kept)} that were kept"
        )


def main() -> None:
    """Run the calibration."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--others", type=int, default=900, help="sections indexed beside")
    parser.add_argument(
        "--every", type=int, default=1, help="ask every n-th question over sections"
    )
    options = parser.parse_args()
    go_offline()
    logging.basicConfig(level=logging.ERROR)
    sections = sources.read_sections(options.data)
    plain, near = (
        questions[:: options.every] for questions in sources.read_written(sections, split="dev")
    )
    wanted = {question.context for question in (*plain, *near)}
    corpora = []
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
                rows, fitted, kept = (
                    found(engine, questions)
                    for questions in (
                        asked,
                        everyday("everyday_questions.txt"),
                        everyday("everyday_questions_kept.txt"),
                    )
                )
                corpora.append(Asked(name, rows, fitted, kept))
    report(corpora)


if __name__ == "__main__":
    main()
