"""The tab of settings: those of the running program, saved if wanted, and models to download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.collection_set import CollectionSet
from rag.downloads import pull
from rag.errors import UnknownModelError, VerbatimError
from rag.models import (
    CATALOGUE,
    DEFAULT_LLM,
    HubSource,
    ModelEntry,
    ModelRole,
    find_model,
    fits_in_ram,
    locate,
)
from rag.settings import Settings
from rag.settings_file import save_settings
from rag.ui.jobs import Jobs, JobState, Reach, Report
from rag.ui.panel import Call, Reply, answering, build_panel, job_reply, problem, text_of
from rag.ui.panel_texts import PANEL_TEXTS, PanelTexts
from rag.ui.reasons import reason
from rag.ui.settings_view import ModelRow, settings_html

_CHANGEABLE = ("llm", "mode", "k", "min_confidence", "unsupported")
_MIB = 1 << 20


def build_settings_tab(collections: CollectionSet, jobs: Jobs, file: Path, code: str) -> None:
    """Lay the tab out where it is called; ``file`` is where settings are saved."""
    texts = PANEL_TEXTS[code]
    desk = SettingsDesk(collections, jobs, file, texts)
    functions = (
        desk.settings_view,
        desk.settings_apply,
        desk.model_download,
        desk.model_progress,
        desk.model_cancel,
    )
    build_panel("settings", [answering(texts, function) for function in functions], {})


class SettingsDesk:
    """What the panel's script calls; the methods' names are the ones that it calls them by."""

    def __init__(
        self, collections: CollectionSet, jobs: Jobs, file: Path, texts: PanelTexts
    ) -> None:
        self._collections = collections
        self._jobs = jobs
        self._file = file
        self._texts = texts

    def settings_view(self, _call: Call) -> Reply:
        """Return the panel as it stands."""
        settings = self._collections.settings
        embedder = self._collections.engine().models.embedder_entry.name
        html = settings_html(self._texts, settings, self._rows(settings), embedder)
        return {"html": html, "running": self._downloading() != ""}

    def settings_apply(self, call: Call) -> Reply:
        """Let ``values`` hold from the next question on, and ``save`` them if wanted."""
        given = call.get("values", {})
        values = {name: given[name] for name in _CHANGEABLE if given.get(name) not in (None, "")}
        before = self._collections.settings
        wanted = before.changed(values)
        if wanted.llm != before.llm:
            self._require(wanted)
        self._collections.adopt(wanted)
        try:
            _ = self._collections.engine().llm
        except VerbatimError:
            self._collections.adopt(before)
            raise
        if not call.get("save"):
            return {"said": self._texts.applied}
        saved: dict[str, Any] = {name: getattr(wanted, name) for name in values}
        save_settings(self._file, saved)
        return {"said": self._texts.saved.format(file=self._file.name)}

    def model_download(self, call: Call) -> Reply:
        """Begin to download the model ``name``."""
        entry = find_model(text_of(call, "name"))
        if entry not in CATALOGUE:
            raise UnknownModelError(f"{entry.name} is not in the catalogue")
        if self._downloading():
            return {"error": self._texts.busy}
        settings = self._collections.settings

        def download(report: Report) -> str:
            pull(
                entry,
                settings.models,
                on_progress=lambda done, total: report(
                    Reach(done // _MIB, max(1, total // _MIB), "MiB")
                ),
                endpoint=settings.endpoint or None,
            )
            return entry.name

        self._jobs.start(("download", entry.name), download)
        return {}

    def model_progress(self, call: Call) -> Reply:
        """Return how far a download is, or how it ended."""
        texts = self._texts
        name = text_of(call, "name") or self._downloading()
        job = self._jobs.latest(("download", name))
        reply = job_reply(job, texts, texts.downloading.format(name=name))
        if job is not None and job.state is JobState.DONE:
            reply["said"] = texts.download_done.format(name=job.result)
        elif job is not None and job.state is JobState.FAILED:
            reply["html"] = problem(reason(texts.code, job.reason))
        elif job is not None and job.state is JobState.CANCELLED:
            reply["html"] = problem(texts.cancelled)
        return reply

    def model_cancel(self, _call: Call) -> Reply:
        """Ask the download that is under way to end; what is here is kept."""
        self._jobs.cancel(("download", self._downloading()))
        return {}

    def _downloading(self) -> str:
        """Return the name of the model that is being downloaded, or ""."""
        for entry in CATALOGUE:
            if self._jobs.is_running(("download", entry.name)):
                return entry.name
        return ""

    def _rows(self, settings: Settings) -> list[ModelRow]:
        models = self._collections.engine().models
        used = [
            models.llm_entry,
            models.embedder_entry,
            models.scorer_entry,
            models.second_entry,
        ]
        entries = [*CATALOGUE, *(item for item in used if item and item not in CATALOGUE)]
        return [_row(entry, settings, is_used=entry in used) for entry in entries]

    def _require(self, settings: Settings) -> None:
        """Refuse a model that is not here.

        Raises:
            UnknownModelError: there is none of that name, or it is not on this machine.
        """
        entry = find_model(settings.llm or DEFAULT_LLM, ModelRole.LLM)
        if locate(entry, settings.models) is None:
            raise UnknownModelError(f"{entry.name} is not on this machine: download it first")


def _row(entry: ModelEntry, settings: Settings, *, is_used: bool) -> ModelRow:
    return ModelRow(
        entry=entry,
        is_here=locate(entry, settings.models) is not None,
        fits=is_used or fits_in_ram(entry),
        is_used=is_used,
        can_download=isinstance(entry.source, HubSource),
    )
