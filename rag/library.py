"""The documents of one collection as their owner sees them: what is indexed, and how it stands.

Adds files and folders, reads them again, takes them out. Knows nothing of pages or questions.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from rag.documents import is_supported
from rag.engine import Engine
from rag.errors import DocumentError, IndexMissingError
from rag.index_record import IndexRecord, forget_failures, read_record
from rag.indexing import Progress, hash_file
from rag.store import DocumentSummary
from rag.types import Failure, IndexReport, Language

_UPLOADS = "uploads"
_UNSAFE = re.compile(r"[^\w.\- ]+")
_LONGEST_NAME = 120
MOST_FILES_AT_ONCE = 200
_HASHES_KEPT = 50_000

OnProgress = Callable[[Progress], None]


class DocumentState(StrEnum):
    """How a document in the index stands to its file."""

    INDEXED = "indexed"
    CHANGED = "changed"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Holding:
    """A document of the library, or a file that could not become one.

    ``bytes`` is the file's size, None where there is no file. ``reason`` says why it failed; a
    failed file that was read before keeps its last good version, and then ``is_indexed``.
    ``is_upload`` says that the file was added to the library and belongs to it.
    """

    name: str
    path: str
    title: str
    state: DocumentState
    reason: str = ""
    bytes: int | None = None
    sections: int = 0
    characters: int = 0
    language: Language | None = None
    is_indexed: bool = True
    is_upload: bool = False


class Library:
    """The documents of the engine's index."""

    def __init__(self, engine: Engine) -> None:
        """Look after the index of ``engine``; added files are kept in a folder within it."""
        self._engine = engine

    @property
    def uploads(self) -> Path:
        """Where added files are kept."""
        return self._engine.settings.index / _UPLOADS

    def holdings(self) -> list[Holding]:
        """Return all documents by name, and then the files that failed.

        Raises:
            IndexUnusableError: the index cannot be read.
        """
        try:
            documents = self._engine.reader.documents()
        except IndexMissingError:
            documents = []
        reasons = {item.path: item.reason for item in self._record().failures}
        known = {document.path for document in documents}
        found = [self._holding(document, reasons.get(document.path)) for document in documents]
        return found + [
            replace(_failed(Path(path), reason), is_upload=self._owns(Path(path)))
            for path, reason in sorted(reasons.items())
            if path not in known and Path(path).is_file()
        ]

    def add_files(
        self, files: Sequence[Path], *, on_progress: OnProgress = lambda _: None
    ) -> IndexReport:
        """Move ``files`` into the library under harmless names and index them.

        Raises:
            DocumentError: there are too many at once.
            VerbatimError: the index cannot be written.
            OSError: a file cannot be moved.
        """
        if len(files) > MOST_FILES_AT_ONCE:
            raise DocumentError(
                f"{len(files)} files at once; at most {MOST_FILES_AT_ONCE} can be added. Add "
                "their folder by its path instead"
            )
        self.uploads.mkdir(parents=True, exist_ok=True)
        taken: list[Path] = []
        refused: list[Failure] = []
        for file in files:
            if reason := self._objection(file):
                refused.append(Failure(path=file.name, reason=reason))
                file.unlink(missing_ok=True)
            else:
                taken.append(self._take(file, taken))
        report = self._engine.index(taken, on_progress=on_progress) if taken else IndexReport()
        return _with_failures(report, refused)

    def add_folder(self, path: Path, *, on_progress: OnProgress = lambda _: None) -> IndexReport:
        """Index the files under ``path`` where they are.

        Raises:
            DocumentError: it is no folder, or no file that can be read.
            VerbatimError: the index cannot be written.
        """
        place = path.expanduser()
        if not place.is_absolute():
            raise DocumentError(f"{path} is no absolute path; give one such as {Path.home()}")
        if not place.exists():
            raise DocumentError(f"{path} does not exist on this machine")
        return self._engine.index([place], on_progress=on_progress)

    def index_again(
        self, name: str = "", *, on_progress: OnProgress = lambda _: None
    ) -> IndexReport:
        """Read the document ``name`` again, changed or not; without a name, all that changed.

        All means the folders that were given before, with files that are new in them, and every
        other document. What is missing stays, unless its folder is there.

        Raises:
            DocumentError: the document's file is gone.
            VerbatimError: the index cannot be written.
        """
        if name:
            path = Path(self._find(name).path)
            if not path.exists():
                raise DocumentError(f"{path} is gone; the index keeps what it held")
            return self._engine.index([path], force=True, on_progress=on_progress)
        folders = [Path(folder) for folder in self._record().folders if Path(folder).is_dir()]
        others = [
            Path(item.path)
            for item in self.holdings()
            if Path(item.path).exists()
            and not any(Path(item.path).is_relative_to(folder) for folder in folders)
        ]
        paths = [*folders, *others]
        return self._engine.index(paths, on_progress=on_progress) if paths else IndexReport()

    def remove(self, name: str) -> None:
        """Take a document out, and delete its file if it was added on the page.

        Raises:
            DocumentError: there is none of that name.
            IndexLockedError: the index is being written to.
        """
        holding = self._find(name)
        if holding.is_indexed:
            self._engine.remove([holding.name])
        forget_failures(self._engine.settings.index, {holding.path})
        if holding.is_upload:
            Path(holding.path).unlink(missing_ok=True)

    def _record(self) -> IndexRecord:
        return read_record(self._engine.settings.index)

    def _find(self, name: str) -> Holding:
        for holding in self.holdings():
            if holding.name == name:
                return holding
        raise DocumentError(f"there is no document {name!r} in this collection")

    def _holding(self, document: DocumentSummary, failure: str | None) -> Holding:
        state, size = DocumentState.INDEXED, None
        with suppress(OSError):
            stat = Path(document.path).stat()
            size = stat.st_size
            limit = self._engine.settings.max_file_mb << 20
            found = _hash(document.path, size, stat.st_mtime_ns, limit)
            if found != document.content_hash:
                state = DocumentState.CHANGED
        if size is None:
            state = DocumentState.MISSING
        elif failure and state is DocumentState.CHANGED:
            state = DocumentState.FAILED
        return Holding(
            name=document.name,
            path=document.path,
            title=document.title,
            state=state,
            reason=failure or "" if state is DocumentState.FAILED else "",
            bytes=size,
            sections=document.sections,
            characters=document.characters,
            language=document.language,
            is_upload=self._owns(Path(document.path)),
        )

    def _owns(self, file: Path) -> bool:
        return file.is_relative_to(self.uploads.resolve())

    def _objection(self, file: Path) -> str:
        """Return why an uploaded file cannot be taken, or ""."""
        limit = self._engine.settings.max_file_mb
        size = file.stat().st_size
        if size > limit << 20:
            return (
                f"it has {size / 2**20:.1f} MiB; at most {limit} MiB are read "
                "(max_file_mb in the settings)"
            )
        if not is_supported(file):
            return f"files of type {file.suffix or '(none)'} are not read"
        return ""

    def _take(self, file: Path, taken: Sequence[Path]) -> Path:
        target = next(
            candidate
            for candidate in _candidates(self.uploads / safe_name(file.name))
            if candidate not in taken
        )
        shutil.move(file, target)
        return target


def safe_name(name: str) -> str:
    """Return a file name made of the harmless characters of ``name``; never a path."""
    last = re.split(r"[\\/]", name)[-1]
    clean = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot:
        stem, suffix = clean, ""
    return (stem[:_LONGEST_NAME] or "document") + (dot + suffix if suffix else "")


def _candidates(path: Path) -> Iterator[Path]:
    """Yield ``a.md``, ``a (2).md``, …: files added together may come from several folders."""
    yield path
    number = 1
    while True:
        number += 1
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


def _failed(path: Path, reason: str) -> Holding:
    return Holding(
        name=path.as_posix(),
        path=path.as_posix(),
        title=path.name,
        state=DocumentState.FAILED,
        reason=reason,
        bytes=path.stat().st_size,
        is_indexed=False,
    )


def _with_failures(report: IndexReport, refused: Sequence[Failure]) -> IndexReport:
    return replace(report, failures=(*report.failures, *refused))


@lru_cache(maxsize=_HASHES_KEPT)
def _hash(path: str, _size: int, _changed_ns: int, max_bytes: int) -> str:
    """Return the hash of a file, read anew only when its size or time of change is another."""
    return hash_file(Path(path), max_bytes)
