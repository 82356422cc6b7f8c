"""Scores of a question set over an index: retrieval, citations, facts, abstention, speed."""

from rag.evaluation.drafting import draft_questions
from rag.evaluation.outcomes import Outcome, Report, Scores, evaluate
from rag.evaluation.questions import EvaluationQuestion, Kind, read_questions

__all__ = [
    "EvaluationQuestion",
    "Kind",
    "Outcome",
    "Report",
    "Scores",
    "draft_questions",
    "evaluate",
    "read_questions",
]
