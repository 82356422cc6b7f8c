"""A report as a Markdown table and as a JSON object."""

from __future__ import annotations

import dataclasses
from typing import Any

from rag.evaluation.outcomes import Outcome, Report, Scores
from rag.serialization import answer_to_json

_COLUMNS = (
    ("section@1", "section_at_1"),
    ("recall@3", "recall_at_3"),
    ("MRR", "mrr"),
    ("nDCG@5", "ndcg"),
    ("facts", "facts"),
    ("right", "right"),
    ("cited there", "in_section"),
    ("cit. recall", "citation_recall"),
    ("cit. precision", "citation_precision"),
    ("supported", "supported"),
    ("verbatim", "verbatim"),
    ("declined", "declined"),
)


def columns() -> list[str]:
    """Return the names of the measures, in the order of ``cells``."""
    return [title for title, _ in _COLUMNS]


def cells(scores: Scores) -> list[str]:
    """Return the measures in per cent; empty where nothing could be scored."""
    return [percent(getattr(scores, name)) for _, name in _COLUMNS]


def percent(value: float | None) -> str:
    """Return ``0.876`` as ``87.6%``."""
    return "" if value is None else f"{100 * value:.1f}%"


def markdown(report: Report) -> str:
    """Return the scores by language and kind, then abstention and speed."""
    lines = [
        "| language | kind | n | " + " | ".join(columns()) + " |",
        "| --- | --- | --- |" + " --- |" * len(_COLUMNS),
    ]
    lines += [
        f"| {language} | {kind} | {scores.count} | " + " | ".join(cells(scores)) + " |"
        for (language, kind), scores in report.groups.items()
    ]
    lines.append(f"| all | | {report.overall.count} | " + " | ".join(cells(report.overall)) + " |")
    lines += ["", summary(report)]
    return "\n".join(lines)


def summary(report: Report) -> str:
    """Return abstention and speed in a line."""
    latency = report.latency
    parts = [f"models: {report.models}"]
    if report.abstention_auc is not None:
        parts.append(
            f"abstention AUC {report.abstention_auc:.3f} (nothing answered below "
            f"{report.threshold:.2f})"
        )
    parts.append(
        f"median evidence {latency.evidence[0]:.0f} ms, first token {latency.first_token[0]:.0f} "
        f"ms, answer {latency.total[0]:.0f} ms (95%: {latency.total[1]:.0f} ms)"
    )
    return "; ".join(parts)


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
