"""Ask every question of a set and score what comes back."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.engine import Engine
from rag.evaluation import measures
from rag.evaluation.questions import EvaluationQuestion, Kind
from rag.types import Answer, Hit, Support
from rag.verification import Likeness, likeness_by

_TOP = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. ``verbatim`` has an entry for each sentence of the answer."""

    question: EvaluationQuestion
    answer: Answer
    verbatim: tuple[bool, ...] = ()

    @property
    def ranks(self) -> list[int | None]:
        """For each wanted section or document, the rank of its first passage, from 1."""
        question = self.question
        wanted: list[Callable[[Hit], bool]] = [
            lambda hit, name=name: (  # type: ignore[misc]
                _in_section(hit, name) and self._in_document(hit.stored.document)
            )
            for name in question.sections
        ] or [lambda hit, name=name: hit.stored.document == name for name in question.documents]  # type: ignore[misc]
        return [
            next((rank for rank, hit in enumerate(self.answer.hits, 1) if is_wanted(hit)), None)
            for is_wanted in wanted
        ]

    @property
    def rank(self) -> int | None:
        """Rank of the first wanted passage."""
        return min((rank for rank in self.ranks if rank), default=None)

    @property
    def fact_share(self) -> float:
        """Share of the facts that stand in the answer; none in one that declines."""
        if self.answer.abstained and self.question.facts:
            return 0.0
        return measures.fact_share(self.said, self.question.facts)

    @property
    def said(self) -> str:
        """What the answer says, without the numbers of its citations."""
        return "\n".join(item.text for item in self.answer.sentences) or self.answer.text

    @property
    def is_right(self) -> bool:
        """Whether the answer is as expected: declined, or with every fact and a wanted passage."""
        if self.question.kind is Kind.UNANSWERABLE:
            return self.answer.abstained
        is_found = not self.ranks or self.rank is not None
        return not self.answer.abstained and is_found and self.fact_share == 1.0

    @property
    def citations_in_place(self) -> list[bool]:
        """For each citation whether it lies in a wanted section; empty where none is named."""
        if not self.question.sections:
            return []
        return [
            self._in_document(item.document)
            and any(name in (item.anchor, *item.section) for name in self.question.sections)
            for item in self.answer.citations
        ]

    def _in_document(self, name: str) -> bool:
        """Whether a document is one that the question names; any is where it names none."""
        return not self.question.documents or name in self.question.documents


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over a group of outcomes, each in [0, 1]; None where nothing could be scored."""

    count: int
    section_at_1: float | None
    recall_at_3: float | None
    mrr: float | None
    ndcg: float | None
    facts: float | None
    right: float
    in_section: float | None
    citation_recall: float | None
    citation_precision: float | None
    supported: float | None
    verbatim: float | None
    declined: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds at the median and at the 95th percentile."""

    evidence: tuple[float, float]
    first_token: tuple[float, float]
    total: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of a question set, whole and by language and kind.

    ``abstention_auc`` says how well the answers' confidence tells answerable from unanswerable.
    ``threshold`` is the confidence below which nothing was answered.
    """

    outcomes: tuple[Outcome, ...]
    overall: Scores
    groups: dict[tuple[str, str], Scores]
    abstention_auc: float | None
    threshold: float
    latency: Latency
    models: str

    @property
    def failures(self) -> list[Outcome]:
        """The outcomes that are not as expected."""
        return [outcome for outcome in self.outcomes if not outcome.is_right]


def evaluate(
    engine: Engine,
    questions: Iterable[EvaluationQuestion],
    *,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Ask every question and score the answers.

    Args:
        on_outcome: called after each question.

    Raises:
        QuestionError: a question is empty or too long.
        VerbatimError: index or models cannot be used.
    """
    engine.warm_up()
    outcomes: list[Outcome] = []
    for question in questions:
        answer = engine.ask(question.question, history=question.history)
        checks = measures.verbatim(answer, engine.reader.document)
        outcomes.append(Outcome(question, answer, tuple(checks)))
        on_outcome(outcomes[-1])
    models = f"{', '.join(engine.models.names())}, {engine.mode.value} mode"
    return summarize(
        outcomes,
        threshold=engine.settings.min_confidence,
        models=models,
        likeness=likeness_by(engine.embedder),
    )


def summarize(
    outcomes: Sequence[Outcome],
    *,
    threshold: float,
    models: str,
    likeness: Likeness | None = None,
) -> Report:
    """Return the scores of outcomes, of which there must be at least one.

    Args:
        likeness: compares sentences with what they cite in another language.
    """
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        key = (outcome.question.language, outcome.question.kind.value)
        groups.setdefault(key, []).append(outcome)
    confidence = {True: [], False: []}  # type: dict[bool, list[float]]
    for outcome in outcomes:
        is_answerable = outcome.question.kind is not Kind.UNANSWERABLE
        confidence[is_answerable].append(outcome.answer.confidence)
    return Report(
        outcomes=tuple(outcomes),
        overall=_scores(outcomes, likeness),
        groups={key: _scores(group, likeness) for key, group in sorted(groups.items())},
        abstention_auc=measures.auc(confidence[True], confidence[False]),
        threshold=threshold,
        latency=_latency([outcome.answer for outcome in outcomes]),
        models=models,
    )


def _scores(group: Sequence[Outcome], likeness: Likeness | None) -> Scores:
    ranked = [outcome.ranks for outcome in group if outcome.ranks]
    with_facts = [outcome for outcome in group if outcome.question.facts]
    carried, helping = [], []
    for outcome in group:
        recalls, precisions = measures.citation_scores(outcome.answer, likeness)
        carried += recalls
        helping += precisions
    sentences = [item for outcome in group for item in outcome.answer.sentences]
    return Scores(
        count=len(group),
        section_at_1=_mean([any(rank == 1 for rank in ranks) for ranks in ranked]),
        recall_at_3=_mean([measures.recall_at(ranks, 3) for ranks in ranked]),
        mrr=_mean([measures.reciprocal_rank(ranks) for ranks in ranked]),
        ndcg=_mean([measures.ndcg_at(ranks, _TOP) for ranks in ranked]),
        facts=_mean([outcome.fact_share for outcome in with_facts]),
        right=statistics.fmean(outcome.is_right for outcome in group),
        in_section=_mean([item for outcome in group for item in outcome.citations_in_place]),
        citation_recall=_mean(carried),
        citation_precision=_mean(helping),
        supported=_mean([item.support is not Support.UNSUPPORTED for item in sentences]),
        verbatim=_mean([item for outcome in group for item in outcome.verbatim]),
        declined=statistics.fmean(outcome.answer.abstained for outcome in group),
    )


def _latency(answers: Sequence[Answer]) -> Latency:
    def both(values: Sequence[float]) -> tuple[float, float]:
        return (measures.percentile(values, 0.5), measures.percentile(values, 0.95))

    return Latency(
        evidence=both([answer.timings.retrieve for answer in answers]),
        first_token=both(
            [item.timings.first_token for item in answers if not item.abstained] or [0.0]
        ),
        total=both([answer.timings.total for answer in answers]),
    )


def _in_section(hit: Hit, name: str) -> bool:
    chunk = hit.stored.chunk
    return name == chunk.anchor or name in chunk.heading_path


def _mean(values: Sequence[float | bool]) -> float | None:
    return statistics.fmean(values) if values else None
