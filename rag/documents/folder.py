"""Files under folders, in order, less what ignore files exclude."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_IGNORE_FILES = (".gitignore", ".ragignore")

_logger = logging.getLogger(__name__)
_Rule = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class WalkedFile:
    """A file and the name it is known by: its path relative to the folder that was given."""

    path: Path
    name: str


def walk(paths: Sequence[Path], *, is_supported: Callable[[Path], bool]) -> Iterator[WalkedFile]:
    """Yield the supported files under ``paths``, sorted within each folder.

    A file that is given itself is yielded whatever its suffix, so that it can be refused in words.
    Hidden files and folders are left out, and so is what a ``.gitignore`` or ``.ragignore`` in the
    folder or below excludes. A file is yielded once, however often it is reached.
    """
    seen: set[Path] = set()
    for path in paths:
        files = (
            _walk_folder(path, path, (), is_supported, set())
            if path.is_dir()
            else iter([WalkedFile(path, path.name)])
        )
        for file in files:
            try:
                real = file.path.resolve()
            except (OSError, RuntimeError):  # Python up to 3.12: a link that leads to itself
                continue
            if real not in seen:
                seen.add(real)
                yield file


def _walk_folder(
    folder: Path,
    root: Path,
    rules: tuple[_Rule, ...],
    is_supported: Callable[[Path], bool],
    entered: set[Path],
) -> Iterator[WalkedFile]:
    real = folder.resolve()
    if real in entered or not os.access(folder, os.R_OK | os.X_OK):
        return
    entered.add(real)
    rules = (*rules, *_rules_of(folder))
    for child in sorted(folder.iterdir(), key=lambda item: item.name):
        if child.name.startswith(".") or any(rule(str(child.absolute())) for rule in rules):
            continue
        if child.is_dir():
            yield from _walk_folder(child, root, rules, is_supported, entered)
        elif is_supported(child) and not child.is_fifo():
            yield WalkedFile(child, child.relative_to(root).as_posix())


def _rules_of(folder: Path) -> Iterator[_Rule]:
    import gitignorefile

    for name in _IGNORE_FILES:
        file = folder / name
        if file.is_file():
            try:
                yield gitignorefile.parse(str(file.absolute()), str(folder.absolute()))
            except (OSError, UnicodeDecodeError, re.error) as error:
                _logger.warning("%s is not followed: %s", file, error)
