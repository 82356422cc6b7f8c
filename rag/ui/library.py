"""The documents of the index, and files that a reader adds to them."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from rag.engine import Engine
from rag.errors import IndexMissingError
from rag.types import IndexReport
from rag.ui.markup import escape
from rag.ui.texts import Texts

_UNSAFE = re.compile(r"[^\w.\- ]+")
_LONGEST_NAME = 120


class Library:
    """Lists the indexed documents and takes new ones into a folder of its own."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        """Keep added files in ``folder``."""
        self._engine = engine
        self._folder = folder
        self._lock = threading.Lock()

    def add(self, files: Sequence[Path]) -> IndexReport:
        """Copy ``files`` and index them.

        Raises:
            VerbatimError: the index cannot be written.
            OSError: a file cannot be copied.
        """
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            added = [self._take(file) for file in files]
            return self._engine.index(added)

    def _take(self, file: Path) -> Path:
        target = self._folder / safe_name(file.name)
        shutil.copyfile(file, target)
        return target

    def listing(self, texts: Texts) -> str:
        """Return a table of the documents as HTML."""
        try:
            documents = self._engine.reader.documents()
        except IndexMissingError:
            documents = []
        if not documents:
            return f'<p class="note">{escape(texts.nothing_indexed)}</p>'
        head = "".join(
            f'<th scope="col">{escape(name)}</th>'
            for name in (texts.document, texts.language, texts.characters)
        )
        rows = "".join(
            f'<tr><th scope="row">{escape(item.title or item.name)}<small>{escape(item.name)}'
            f"</small></th><td>{escape(item.language.value)}</td><td>{item.characters:,}</td></tr>"
            for item in documents
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f'<div class="table">{table}</div>'


def safe_name(name: str) -> str:
    """Return a file name made of the harmless characters of ``name``; never a path."""
    last = re.split(r"[\\/]", name)[-1]
    clean = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot:
        stem, suffix = clean, ""
    return (stem[:_LONGEST_NAME] or "document") + (dot + suffix if suffix else "")
