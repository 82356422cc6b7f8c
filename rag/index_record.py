"""What is remembered of indexing runs beside the index: folders that were given, files that failed.

The index itself knows only what it holds. The record is a help to people: a damaged or missing one
counts as empty. Knows nothing of documents or models.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.atomic_file import write_atomically
from rag.types import Failure

_logger = logging.getLogger(__name__)
_FILE_NAME = "library.json"


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """Folders whose files were indexed, and files that could not be; all paths are absolute."""

    folders: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def read_record(index: Path) -> IndexRecord:
    """Return the record beside the index in the folder ``index``."""
    try:
        value = json.loads((index / _FILE_NAME).read_text(encoding="utf-8"))
        return _from_json(value)
    except FileNotFoundError:
        return IndexRecord()
    except (OSError, ValueError, TypeError, KeyError) as error:
        _logger.info("the record of %s is not readable: %s", index, error)
        return IndexRecord()


def record_run(
    index: Path, *, roots: Sequence[Path], seen: AbstractSet[str], failures: Sequence[Failure]
) -> None:
    """Remember a run over ``roots`` that met the files ``seen``.

    Failures from elsewhere stay; those from under ``roots`` are what this run says of them.
    """
    before = read_record(index)
    resolved = [root.resolve() for root in roots]
    kept = [
        item
        for item in before.failures
        if item.path not in seen and not _is_within(Path(item.path), resolved)
    ]
    new = [Failure(Path(item.path).resolve().as_posix(), item.reason) for item in failures]
    folders = _outermost(
        [*map(Path, before.folders), *(root for root in resolved if root.is_dir())]
    )
    _write(index, IndexRecord(folders=folders, failures=(*kept, *new)))


def forget_failures(index: Path, paths: AbstractSet[str]) -> None:
    """Remove the failures of ``paths`` from the record."""
    record = read_record(index)
    kept = tuple(item for item in record.failures if item.path not in paths)
    if kept != record.failures:
        _write(index, IndexRecord(folders=record.folders, failures=kept))


def lead_record(index: Path, before: Path) -> None:
    """Lead the record in ``index``, which was ``before``, to where its own files are now."""
    now = index.resolve()

    def lead(path: str) -> str:
        place = Path(path)
        inside = place.is_relative_to(before)
        return (now / place.relative_to(before)).as_posix() if inside else path

    record = read_record(index)
    led = IndexRecord(
        folders=tuple(map(lead, record.folders)),
        failures=tuple(
            Failure(lead(item.path), item.reason.replace(item.path, lead(item.path)))
            for item in record.failures
        ),
    )
    if led != record:
        _write(index, led)


def _outermost(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the folders less those that lie in another of them."""
    distinct = list(dict.fromkeys(folders))
    return tuple(
        folder.as_posix()
        for folder in distinct
        if not _is_within(folder, [other for other in distinct if other != folder])
    )


def _is_within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _from_json(value: Any) -> IndexRecord:
    return IndexRecord(
        folders=tuple(str(folder) for folder in value["folders"]),
        failures=tuple(Failure(str(path), str(reason)) for path, reason in value["failures"]),
    )


def _write(index: Path, record: IndexRecord) -> None:
    value = {
        "folders": list(record.folders),
        "failures": [[item.path, item.reason] for item in record.failures],
    }
    text = json.dumps(value, indent=1) + "\n"
    # Only a help: a full disk must not make a run fail whose documents are stored.
    with suppress(OSError):
        write_atomically(index / _FILE_NAME, text.encode())
