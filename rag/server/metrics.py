"""Counts and times for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from rag.types import Answer

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)


class Metrics:
    """What was asked and how long it took, since the start."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "verbatim_answers", "Answers given", ["outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "verbatim_answer_seconds",
            "Time to the whole answer",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def count(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels("declined" if answer.abstained else "answered").inc()
        self._seconds.observe(answer.timings.total / 1000)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return bytes(generate_latest(self._registry))
