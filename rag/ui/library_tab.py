"""The tab of the library: documents with their state; adding, reading again, removing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.collection_set import CollectionSet
from rag.errors import DocumentError
from rag.indexing import Progress
from rag.library import MOST_FILES_AT_ONCE, Library
from rag.types import IndexReport
from rag.ui.jobs import Job, Jobs, JobState, Reach, Report
from rag.ui.library_view import library_html, report_html
from rag.ui.panel import Call, Reply, answering, build_panel, job_reply, problem, text_of
from rag.ui.panel_texts import PANEL_TEXTS, PanelTexts
from rag.ui.reasons import reason
from rag.ui.texts import Texts

Work = Callable[[Library, Callable[[Progress], None]], IndexReport]


def build_library_tab(collections: CollectionSet, jobs: Jobs, words: Texts) -> None:
    """Lay the tab out where it is called."""
    texts = PANEL_TEXTS[words.code]
    desk = _Desk(collections, jobs, words, texts)
    build_panel(
        "library",
        [
            answering(texts, function)
            for function in (
                desk.library_view,
                desk.library_add,
                desk.library_folder,
                desk.library_again,
                desk.library_remove,
                desk.library_progress,
                desk.library_cancel,
            )
        ],
        {
            "yes": texts.delete,
            "no": texts.cancel,
            "uploading": texts.uploading,
            "tooLarge": texts.too_large,
            "tooMany": texts.too_many,
        },
    )


class _Desk:
    """What the panel's script calls; the methods' names are the ones that it calls them by."""

    def __init__(
        self, collections: CollectionSet, jobs: Jobs, words: Texts, texts: PanelTexts
    ) -> None:
        self._collections = collections
        self._jobs = jobs
        self._words = words
        self._texts = texts

    def library_view(self, call: Call) -> Reply:
        limit = self._collections.settings.max_file_mb
        html = library_html(
            self._words,
            self._texts,
            self._library(call).holdings(),
            max_mib=limit,
            max_files=MOST_FILES_AT_ONCE,
        )
        return {
            "html": html,
            "running": self._jobs.is_running(self._about(call)),
            "maxBytes": limit << 20,
            "maxFiles": MOST_FILES_AT_ONCE,
        }

    def library_add(self, call: Call) -> Reply:
        files = [_uploaded(path) for path in call.get("files", [])]
        return self._start(
            call, lambda library, report: library.add_files(files, on_progress=report)
        )

    def library_folder(self, call: Call) -> Reply:
        folder = Path(text_of(call, "path").strip())
        return self._start(
            call, lambda library, report: library.add_folder(folder, on_progress=report)
        )

    def library_again(self, call: Call) -> Reply:
        name = text_of(call, "name")
        return self._start(
            call, lambda library, report: library.index_again(name, on_progress=report)
        )

    def library_remove(self, call: Call) -> Reply:
        self._library(call).remove(text_of(call, "name"))
        return {}

    def library_progress(self, call: Call) -> Reply:
        texts = self._texts
        job = self._jobs.latest(self._about(call))
        reply = job_reply(job, texts, texts.indexing)
        if job is not None and not job.is_running:
            reply["html"] = self._outcome(job)
        return reply

    def library_cancel(self, call: Call) -> Reply:
        self._jobs.cancel(self._about(call))
        return {}

    def _outcome(self, job: Job) -> str:
        texts = self._texts
        if job.state is JobState.CANCELLED:
            return problem(texts.index_cancelled)
        if job.state is JobState.FAILED:
            return problem(texts.index_failed.format(reason=reason(texts.code, job.reason)))
        return report_html(texts, job.result)

    def _start(self, call: Call, work: Work) -> Reply:
        library = self._library(call)

        def run(report: Report) -> IndexReport:
            return work(
                library, lambda step: report(Reach(step.done, step.total, Path(step.name).name))
            )

        job = self._jobs.start(self._about(call), run)
        return {} if job else {"error": self._texts.busy}

    def _library(self, call: Call) -> Library:
        return Library(self._collections.engine(text_of(call, "collection")))

    def _about(self, call: Call) -> tuple[str, str]:
        return ("index", text_of(call, "collection") or self._collections.opened)


def _uploaded(path: Any) -> Path:
    """Return where an uploaded file is; any other place is refused.

    Raises:
        DocumentError: it was not uploaded.
    """
    from gradio.utils import get_upload_folder

    file = Path(str(path)).resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()) or not file.is_file():
        raise DocumentError(f"{Path(str(path)).name} has not been uploaded; choose it again")
    return file
