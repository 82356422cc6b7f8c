"""The tab of quality: a question set is asked, scored and reported; questions are drafted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.collection_set import CollectionSet
from rag.engine import Engine
from rag.errors import QuestionError
from rag.evaluation.drafting import draft_questions
from rag.evaluation.html_report import html
from rag.evaluation.outcomes import Outcome, Report, evaluate
from rag.evaluation.questions import (
    EvaluationQuestion,
    parse_questions,
    question_row,
    read_questions,
)
from rag.types import Language
from rag.ui.jobs import Job, Jobs, JobState, Reach
from rag.ui.jobs import Report as Tell
from rag.ui.markup import escape
from rag.ui.panel import Call, Reply, answering, build_panel, job_reply, problem, text_of
from rag.ui.panel_texts import PANEL_TEXTS, PanelTexts
from rag.ui.reasons import reason

_MOST_MIB = 8
_MOST_DRAFTED = 500


@dataclass(frozen=True, slots=True)
class _Evaluated:
    name: str
    report: Report


def build_quality_tab(collections: CollectionSet, jobs: Jobs, code: str) -> None:
    """Lay the tab out where it is called."""
    texts = PANEL_TEXTS[code]
    desk = _Desk(collections, jobs, texts)
    functions = (
        desk.quality_view,
        desk.quality_run,
        desk.quality_progress,
        desk.quality_cancel,
        desk.quality_draft,
        desk.draft_progress,
        desk.draft_cancel,
    )
    build_panel(
        "quality",
        [answering(texts, function) for function in functions],
        {
            "tooLarge": texts.set_too_large,
            "notUtf8": texts.set_not_utf8,
            "mostMiB": str(_MOST_MIB),
        },
    )


class _Desk:
    """What the panel's script calls; the methods' names are the ones that it calls them by."""

    def __init__(self, collections: CollectionSet, jobs: Jobs, texts: PanelTexts) -> None:
        self._collections = collections
        self._jobs = jobs
        self._texts = texts

    def quality_view(self, call: Call) -> Reply:
        running = [
            self._jobs.is_running(self._about("evaluate", call)),
            self._jobs.is_running(self._about("draft", call)),
        ]
        return {"html": _html(self._texts), "evaluating": running[0], "drafting": running[1]}

    def quality_run(self, call: Call) -> Reply:
        questions, name = _questions(call)
        engine = self._engine(call)

        def run(tell: Tell) -> _Evaluated:
            return _Evaluated(name, _evaluate(engine, questions, tell))

        started = self._jobs.start(self._about("evaluate", call), run)
        return {} if started else {"error": self._texts.busy}

    def quality_progress(self, call: Call) -> Reply:
        job = self._jobs.latest(self._about("evaluate", call))
        reply = self._reply(job, self._texts.evaluating)
        if job is not None and job.state is JobState.DONE:
            done: _Evaluated = job.result
            document = html(done.report, done.name, Language(self._texts.code))
            reply["html"] = self._result(done, document)
            reply["file"] = f"{Path(done.name).stem or 'report'}.html"
            reply["report"] = document
        return reply

    def quality_cancel(self, call: Call) -> Reply:
        self._jobs.cancel(self._about("evaluate", call))
        return {}

    def quality_draft(self, call: Call) -> Reply:
        count = max(1, min(int(call.get("count") or 0), _MOST_DRAFTED))
        engine = self._engine(call)

        def run(tell: Tell) -> list[EvaluationQuestion]:
            drafted: list[EvaluationQuestion] = []
            for question in draft_questions(engine, count):
                drafted.append(question)
                tell(Reach(len(drafted), count))
            return drafted

        started = self._jobs.start(self._about("draft", call), run)
        return {} if started else {"error": self._texts.busy}

    def draft_progress(self, call: Call) -> Reply:
        texts = self._texts
        job = self._jobs.latest(self._about("draft", call))
        reply = self._reply(job, texts.drafting)
        if job is not None and job.state is JobState.DONE:
            drafted: list[EvaluationQuestion] = job.result
            reply["html"] = _drafted_html(texts, drafted)
            rows = (json.dumps(question_row(item), ensure_ascii=False) for item in drafted)
            reply["lines"] = "".join(f"{row}\n" for row in rows)
        return reply

    def draft_cancel(self, call: Call) -> Reply:
        self._jobs.cancel(self._about("draft", call))
        return {}

    def _result(self, done: _Evaluated, document: str) -> str:
        texts, report = self._texts, done.report
        right = len(report.outcomes) - len(report.failures)
        summary = texts.evaluation_done.format(right=right, count=len(report.outcomes))
        title = escape(f"{texts.report}: {done.name}")
        # The sandbox lets nothing in the report run, load or lead anywhere.
        return (
            f'<div class="done report"><p role="status">{escape(summary)}</p>'
            f'<button type="button" data-do="save-report">{escape(texts.download_report)}</button>'
            f'<iframe sandbox="" title="{title}" tabindex="0" '
            f'srcdoc="{escape(document)}"></iframe></div>'
        )

    def _reply(self, job: Job | None, doing: str) -> Reply:
        texts = self._texts
        reply = job_reply(job, texts, doing)
        if job is not None and job.state is JobState.FAILED:
            reply["html"] = problem(
                texts.evaluation_failed.format(reason=reason(texts.code, job.reason))
            )
        elif job is not None and job.state is JobState.CANCELLED:
            reply["html"] = problem(texts.cancelled)
        return reply

    def _engine(self, call: Call) -> Engine:
        return self._collections.engine(text_of(call, "collection"))

    def _about(self, what: str, call: Call) -> tuple[str, str]:
        return (what, text_of(call, "collection") or self._collections.opened)


def _questions(call: Call) -> tuple[list[EvaluationQuestion], str]:
    """Return the questions of a call, given as text or as a path, and the set's name.

    Raises:
        QuestionError: there are none, or they cannot be read.
    """
    path, text = text_of(call, "path").strip(), text_of(call, "text")
    if path:
        found, name = read_questions(Path(path).expanduser()), Path(path).name
    elif text:
        name = Path(text_of(call, "name")).name or "questions.jsonl"
        found = parse_questions(text.removeprefix("\ufeff"), name)
    else:
        raise QuestionError("choose a question set first, or give its path")
    if not found:
        raise QuestionError(f"{name} holds no questions")
    return found, name


def _evaluate(engine: Engine, questions: Sequence[EvaluationQuestion], tell: Tell) -> Report:
    done = 0
    tell(Reach(0, len(questions)))

    def count(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        tell(Reach(done, len(questions), outcome.question.question))

    return evaluate(engine, questions, on_outcome=count)


def _html(texts: PanelTexts) -> str:
    return (
        f'<p class="about">{escape(texts.quality_about)}</p>'
        '<form class="asking" data-do="run"><div class="pick set">'
        f'<span class="label">{escape(texts.question_set)}</span><span class="row">'
        f'<label class="button" for="question-set">{escape(texts.choose_set)}</label>'
        '<input type="file" id="question-set" accept=".jsonl,.json">'
        '<output for="question-set" class="hint"></output></span></div>'
        f'<div class="pick"><label for="set-path">{escape(texts.set_path)}</label>'
        '<input type="text" id="set-path" name="path" autocomplete="off" '
        f'placeholder="{escape(texts.set_path_hint)}"></div>'
        f'<button type="submit" class="main">{escape(texts.run)}</button></form>'
        '<div class="outcome" data-of="run"></div>'
        f'<section class="models"><h2>{escape(texts.draft)}</h2>'
        f'<p class="hint">{escape(texts.draft_hint)}</p><form class="asking" data-do="draft">'
        f'<div class="pick"><label for="draft-count">{escape(texts.draft_count)}</label>'
        f'<input type="number" id="draft-count" name="count" min="1" max="{_MOST_DRAFTED}" '
        f'value="30" required></div><button type="submit">{escape(texts.draft)}</button></form>'
        '<div class="outcome" data-of="draft"></div></section>'
    )


def _drafted_html(texts: PanelTexts, drafted: Sequence[EvaluationQuestion]) -> str:
    if not drafted:
        return problem(texts.nothing_drafted)
    rows = "".join(f"<li>{escape(item.question)}</li>" for item in drafted)
    said = escape(texts.draft_done.format(count=len(drafted)))
    return (
        f'<div class="done"><p role="status">{said}</p>'
        f'<button type="button" data-do="save-draft">{escape(texts.download_draft)}</button>'
        f'<ol class="drafted" tabindex="0">{rows}</ol></div>'
    )
