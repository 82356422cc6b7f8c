"""A plain pipeline to compare with, as tutorials build it.

Splits of 500 characters, stock all-MiniLM-L6-v2, the four nearest chunks in the prompt, the same
LLM: no headings, no lexical search, no evidence, no abstention but what the model says itself.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.documents import ReadLimits, read_document
from rag.embedding import load_embedder
from rag.evaluation.measures import fact_share
from rag.evaluation.questions import EvaluationQuestion, Kind
from rag.llm import LanguageModel
from rag.models import ModelRole, find_model
from rag.types import Message, Role

_PROMPT = (
    "Answer the question from the context below. If the context does not contain the answer, say "
    "that you don't know.\n\nContext:\n{context}\n\nQuestion: {question}"
)
_REFUSES = re.compile(
    r"don't know|do not know|not (?:contain|mention|provide)|no information|cannot (?:answer|find)|"
    r"不知道|没有提到|未提及|无法回答|没有.{0,6}信息",
    re.IGNORECASE,
)
_TOP = 4
_SPLIT_CHARACTERS, _OVERLAP = 500, 50


@dataclass(frozen=True)
class PlainOutcome:
    """One answer of the plain pipeline."""

    question: EvaluationQuestion
    text: str
    found: bool
    first_token_ms: float
    total_ms: float


class PlainPipeline:
    """Index and answers of the plain pipeline."""

    def __init__(self, files: Sequence[Path], llm: LanguageModel) -> None:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            chunk_size=_SPLIT_CHARACTERS, chunk_overlap=_OVERLAP, add_start_index=True
        )
        self._llm = llm
        self._embedder = load_embedder(
            find_model("all-minilm-l6-v2", ModelRole.EMBEDDER), Path("models")
        )
        self._chunks: list[tuple[str, frozenset[str]]] = []
        for file in files:
            document = read_document(file, name=file.name, limits=ReadLimits())
            for part in splitter.create_documents([document.text]):
                start = part.metadata["start_index"]
                end = start + len(part.page_content)
                anchors = frozenset(
                    s.anchor for s in document.sections if s.span.start < end and start < s.span.end
                )
                self._chunks.append((part.page_content, anchors))
        self._vectors = self._embedder.embed_documents([text for text, _ in self._chunks])

    def ask(self, question: EvaluationQuestion) -> PlainOutcome:
        """Answer one question."""
        started = time.perf_counter()
        vector = self._embedder.embed_queries([question.question])[0]
        best = np.argsort(-(self._vectors @ vector))[:_TOP]
        context = "\n\n".join(self._chunks[i][0] for i in best)
        content = _PROMPT.format(context=context, question=question.question)
        prompt = self._llm.encode_chat([*question.history, Message(Role.USER, content)])
        first = 0.0
        pieces = []
        for piece in self._llm.generate(prompt, max_tokens=160, temperature=0.0):
            first = first or time.perf_counter()
            pieces.append(piece)
        wanted = set(question.sections)
        return PlainOutcome(
            question=question,
            text="".join(pieces),
            found=any(wanted & self._chunks[i][1] for i in best),
            first_token_ms=1000 * ((first or time.perf_counter()) - started),
            total_ms=1000 * (time.perf_counter() - started),
        )


def table(outcomes: Sequence[PlainOutcome]) -> str:
    """Return the scores as a Markdown table."""
    lines = [
        "| language | kind | n | section in top 4 | facts | declined |",
        "|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], list[PlainOutcome]] = {}
    for outcome in outcomes:
        key = (outcome.question.language, outcome.question.kind.value)
        groups.setdefault(key, []).append(outcome)
    for (language, kind), group in sorted(groups.items()):
        declined = statistics.fmean(bool(_REFUSES.search(item.text)) for item in group)
        if kind == Kind.UNANSWERABLE:
            lines.append(f"| {language} | {kind} | {len(group)} | | | {declined:.1%} |")
            continue
        found = statistics.fmean(item.found for item in group)
        facts = statistics.fmean(fact_share(item.text, item.question.facts) for item in group)
        lines.append(
            f"| {language} | {kind} | {len(group)} | {found:.1%} | {facts:.1%} | {declined:.1%} |"
        )
    first = statistics.median(item.first_token_ms for item in outcomes)
    total = statistics.median(item.total_ms for item in outcomes)
    lines += ["", f"median first token {first:.0f} ms, answer {total:.0f} ms"]
    return "\n".join(lines)
