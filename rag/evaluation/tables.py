"""A report as a Markdown table and as a JSON object."""

from __future__ import annotations

import dataclasses
from typing import Any

from rag.evaluation.outcomes import Outcome, Report, Scores
from rag.evaluation.report_texts import REPORT_TEXTS, ReportTexts
from rag.serialization import answer_to_json
from rag.types import Language

# The measures, in the order of the titles in ``report_texts``.
_MEASURES = (
    "section_at_1",
    "recall_at_3",
    "mrr",
    "ndcg",
    "facts",
    "right",
    "in_section",
    "citation_recall",
    "citation_precision",
    "supported",
    "verbatim",
    "declined",
)


def cells(scores: Scores) -> list[str]:
    """Return the measures in per cent; empty where nothing could be scored."""
    return [percent(getattr(scores, name)) for name in _MEASURES]


def percent(value: float | None) -> str:
    """Return ``0.876`` as ``87.6%``."""
    return "" if value is None else f"{100 * value:.1f}%"


def markdown(report: Report) -> str:
    """Return the scores by language and kind, then abstention and speed, in English."""
    texts = REPORT_TEXTS[Language.EN]
    lines = [
        f"| {texts.language} | {texts.kind} | {texts.count} | {' | '.join(texts.columns)} |",
        "| --- | --- | --- |" + " --- |" * len(_MEASURES),
    ]
    lines += [
        f"| {language} | {kind} | {scores.count} | " + " | ".join(cells(scores)) + " |"
        for (language, kind), scores in report.groups.items()
    ]
    overall = report.overall
    lines.append(f"| {texts.every} | | {overall.count} | " + " | ".join(cells(overall)) + " |")
    lines += ["", summary(texts, report)]
    return "\n".join(lines)


def summary(texts: ReportTexts, report: Report) -> str:
    """Return models, abstention and speed in a line."""
    latency = report.latency
    parts = [texts.models.format(models=report.models)]
    if report.abstention_auc is not None:
        parts.append(texts.auc.format(auc=report.abstention_auc, threshold=report.threshold))
    parts.append(
        texts.speed.format(
            evidence=latency.evidence[0],
            first=latency.first_token[0],
            total=latency.total[0],
            most=latency.total[1],
        )
    )
    return texts.between.join(parts)


def report_to_json(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object; see docs/evaluation.md."""
    return {
        "models": report.models,
        "overall": dataclasses.asdict(report.overall),
        "groups": [
            {"language": language, "kind": kind, **dataclasses.asdict(scores)}
            for (language, kind), scores in report.groups.items()
        ],
        "abstention": {"auc": report.abstention_auc, "threshold": report.threshold},
        "latency_ms": {
            name: {"median": values[0], "p95": values[1]}
            for name, values in dataclasses.asdict(report.latency).items()
        },
        "outcomes": [outcome_to_json(outcome) for outcome in report.outcomes],
    }


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Return one question with its scores and its whole answer."""
    return {
        "id": outcome.question.id,
        "language": outcome.question.language,
        "kind": outcome.question.kind.value,
        "right": outcome.is_right,
        "rank": outcome.rank,
        "facts": outcome.fact_share,
        "answer": answer_to_json(outcome.answer),
    }
