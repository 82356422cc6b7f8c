"""Checks of machine, build, models and index, each with what to do about a finding.

Each check stands alone and never raises: a finding is its result.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from rag.errors import VerbatimError
from rag.models import (
    BY_WORDS,
    DEFAULT_EMBEDDER,
    DEFAULT_LLM,
    DEFAULT_SCORER,
    ModelRole,
    find_model,
    fits_in_ram,
    locate,
)
from rag.settings import Settings
from rag.store import IndexReader

_PACKAGES = (
    "torch",
    "sentence-transformers",
    "faiss-cpu",
    "llama-cpp-python",
    "gradio",
    "langchain-text-splitters",
)
_LOW_DISK_BYTES = 2 << 30


class Verdict(StrEnum):
    """How a check turned out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's result; ``advice`` is "" when there is nothing to do."""

    check: str
    verdict: Verdict
    detail: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check, in the order in which a fault would show."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _sqlite,
        _machine,
        _llama_build,
        _models,
        _index,
        _network,
    )
    for check in checks:
        yield from check(settings)


def _python(_: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    yield Finding(
        "Python",
        Verdict.OK if good else Verdict.FAILED,
        version,
        "" if good else "install Python 3.11 or newer",
    )


def _packages(_: Settings) -> Iterator[Finding]:
    for package in _PACKAGES:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(
                package, Verdict.FAILED, "not installed", "pip install -r requirements.txt"
            )
        else:
            yield Finding(package, Verdict.OK, version)


def _sqlite(_: Settings) -> Iterator[Finding]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(a)")
    except sqlite3.OperationalError:
        yield Finding(
            "SQLite",
            Verdict.FAILED,
            f"{sqlite3.sqlite_version} without FTS5",
            "use a Python whose SQLite has FTS5, e.g. from python.org",
        )
    else:
        yield Finding("SQLite", Verdict.OK, f"{sqlite3.sqlite_version} with FTS5")
    finally:
        connection.close()


def _machine(settings: Settings) -> Iterator[Finding]:
    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    yield Finding(
        "Machine",
        Verdict.OK,
        f"{cores} cores, {memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB "
        "memory free",
    )
    folder = _existing(settings.index)
    free = psutil.disk_usage(str(folder)).free
    yield Finding(
        "Disk",
        Verdict.OK if free > _LOW_DISK_BYTES else Verdict.WARNING,
        f"{free / 2**30:.1f} GiB free at {folder}",
        "" if free > _LOW_DISK_BYTES else "free some space before indexing or downloading",
    )


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.resolve().parents) if folder.exists())


def _llama_build(_: Settings) -> Iterator[Finding]:
    try:
        llama = importlib.import_module("llama_cpp")
        features = llama.llama_print_system_info().decode()
    except (ImportError, OSError, RuntimeError) as error:
        yield Finding("llama.cpp", Verdict.FAILED, str(error), "pip install -r requirements.txt")
        return
    if "AMX_INT8 = 1" in features:
        yield Finding(
            "llama.cpp",
            Verdict.WARNING,
            "built with AMX, which crashes; it is switched off when models load",
            "for full speed: pip install --force-reinstall --no-cache-dir -r requirements.txt",
        )
        return
    found = [part.strip() for part in features.split("|") if part.strip().endswith("= 1")]
    yield Finding("llama.cpp", Verdict.OK, ", ".join(part.split(" =")[0] for part in found))


def _models(settings: Settings) -> Iterator[Finding]:
    yield Finding("Downloaded models", Verdict.OK, f"in {settings.models}")
    chosen = [
        (settings.embedder or DEFAULT_EMBEDDER, ModelRole.EMBEDDER),
        (settings.scorer or DEFAULT_SCORER, ModelRole.RERANKER),
        (settings.llm or DEFAULT_LLM, ModelRole.LLM),
    ]
    for name, role in chosen:
        if name != BY_WORDS:
            yield from _model(name, role, settings)


def _model(name: str, role: ModelRole, settings: Settings) -> Iterator[Finding]:
    """Check a model, and the one that reads again after it, if there is one."""
    try:
        entry = find_model(name, role)
        path = locate(entry, settings.models)
    except VerbatimError as error:
        yield Finding(role.value, Verdict.FAILED, str(error), "see: python -m rag models")
        return
    if path is None:
        yield Finding(
            role.value,
            Verdict.FAILED,
            f"{entry.name} is not on this machine",
            f"python -m rag models pull {entry.name}",
        )
    elif not fits_in_ram(entry):
        yield Finding(
            role.value,
            Verdict.WARNING,
            f"{entry.name} needs {entry.ram_bytes / 2**30:.1f} GiB of memory, more than is free",
            "close other programs or choose a smaller model: python -m rag models",
        )
    else:
        yield Finding(role.value, Verdict.OK, f"{entry.name} at {path}")
    if entry.second:
        yield from _model(entry.second, role, settings)


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        with IndexReader.open(settings.index) as reader:
            stats = reader.stats()
    except VerbatimError as error:
        advice = f"python -m rag index {settings.corpus}"
        yield Finding("Index", Verdict.FAILED, str(error), advice)
        return
    wanted = find_model(settings.embedder or DEFAULT_EMBEDDER, ModelRole.EMBEDDER).full_name
    if stats.embedder != wanted:
        yield Finding(
            "Index",
            Verdict.FAILED,
            f"made with {stats.embedder}, but settings ask for {wanted}",
            f"python -m rag index {settings.corpus}",
        )
        return
    yield Finding(
        "Index",
        Verdict.OK,
        f"{stats.documents} documents, {stats.chunks} chunks, {stats.vector_index}",
    )


def _network(_: Settings) -> Iterator[Finding]:
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    yield Finding(
        "Offline",
        Verdict.OK if offline else Verdict.WARNING,
        "nothing tries the network" if offline else "HF_HUB_OFFLINE is not 1",
        "" if offline else "unset HF_HUB_OFFLINE, or set it to 1",
    )
