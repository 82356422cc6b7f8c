"""Collections: separate sets of documents, each an index of its own, answered by shared models.

The default collection's index is the index folder itself; the others lie in ``collections/`` within
it, each in a folder of the collection's name. Knows nothing of terminals or pages.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from rag.engine import Engine
from rag.errors import CollectionError
from rag.index_record import lead_record
from rag.model_set import ModelSet
from rag.settings import Settings
from rag.store import delete_index, rename_index

DEFAULT_COLLECTION = "default"
_FOLDER = "collections"
_LONGEST_NAME = 60
_NAME = re.compile(rf"\w[\w .-]{{0,{_LONGEST_NAME - 1}}}")


def collection_folder(index: Path, name: str) -> Path:
    """Return where the index of a collection is, whether or not there is one yet.

    Raises:
        CollectionError: ``name`` cannot be a collection's.
    """
    checked = checked_name(name)
    return index if checked == DEFAULT_COLLECTION else index / _FOLDER / checked


def checked_name(name: str) -> str:
    """Return ``name`` in the form in which it is kept.

    Raises:
        CollectionError: it cannot be a collection's name; such a name is never used as a path.
    """
    clean = unicodedata.normalize("NFC", name).strip()
    if not _NAME.fullmatch(clean) or clean.endswith("."):
        raise CollectionError(
            f"{name!r} cannot be the name of a collection: up to {_LONGEST_NAME} letters, digits, "
            "spaces, hyphens, underscores and dots, beginning with a letter or digit"
        )
    return clean


def list_collections(index: Path) -> list[str]:
    """Return the names of all collections, the default one first."""
    folder = index / _FOLDER
    if not folder.is_dir():
        return [DEFAULT_COLLECTION]
    names = (item.name for item in folder.iterdir() if item.is_dir() and _NAME.fullmatch(item.name))
    return [DEFAULT_COLLECTION, *sorted(names, key=str.casefold)]


def in_collection(settings: Settings, name: str, *, create: bool = False) -> Settings:
    """Return the settings with the index of a collection.

    Args:
        create: one that is not there yet will do.

    Raises:
        CollectionError: there is none of that name, or none can be.
    """
    folder = collection_folder(settings.index, name)
    if not create:
        _require(settings.index, checked_name(name))
    return replace(settings, index=folder)


def _require(index: Path, name: str) -> None:
    names = list_collections(index)
    if name not in names:
        raise CollectionError(
            f"there is no collection {name!r}; there are: {', '.join(names)}. Make it with: "
            f"python -m rag index PATH --collection {name!r}"
        )


class CollectionSet:
    """The collections of an index folder, each with an engine; all share one set of models."""

    def __init__(self, settings: Settings, *, opened: str = DEFAULT_COLLECTION) -> None:
        """Choose the models; nothing is loaded yet.

        Args:
            opened: the collection that is meant where none is named.

        Raises:
            UnknownModelError: the settings name a model that is not known.
            CollectionError: there is no collection ``opened``.
        """
        self.settings = settings
        self.opened = checked_name(opened)
        _require(settings.index, self.opened)
        self._models = ModelSet(settings)
        self._engines: dict[str, Engine] = {}
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Engine], None]] = []

    def __enter__(self) -> CollectionSet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the models and every index."""
        with self._lock:
            for engine in self._engines.values():
                engine.close()
            self._engines.clear()
            self._models.close()

    def names(self) -> list[str]:
        """Return the names of all collections, the default one first."""
        return list_collections(self.settings.index)

    def engine(self, name: str = "") -> Engine:
        """Return the engine of a collection; without a name, of the one that was opened.

        Raises:
            CollectionError: there is none of that name.
        """
        wanted = checked_name(name) if name else self.opened
        with self._lock:
            if wanted not in self._engines:
                _require(self.settings.index, wanted)
                settings = self._settings_of(wanted, self.settings)
                self._engines[wanted] = Engine(settings, self._models)
            return self._engines[wanted]

    def create(self, name: str) -> str:
        """Make an empty collection and return its name as it is kept.

        Raises:
            CollectionError: there is one of that name, or none can be.
        """
        wanted = checked_name(name)
        self._require_free(wanted, self.names())
        collection_folder(self.settings.index, wanted).mkdir(parents=True)
        return wanted

    def delete(self, name: str) -> None:
        """Delete a collection with its index and the files that were added to it on the page.

        Raises:
            CollectionError: there is none of that name, or it is the default or the opened one.
            IndexLockedError: it is being written to.
        """
        wanted = checked_name(name)
        _require(self.settings.index, wanted)
        if wanted in (DEFAULT_COLLECTION, self.opened):
            raise CollectionError(f"the collection {wanted!r} cannot be deleted while it is open")
        with self._lock:
            self._let_go(wanted)
            delete_index(collection_folder(self.settings.index, wanted))

    def rename(self, name: str, wanted: str) -> str:
        """Give a collection another name, and return that as it is kept.

        What lies beside its index (files added on the page, conversations, ratings) goes along.

        Raises:
            CollectionError: there is none of that name, it is the default or the opened one, or
                the other name is taken or cannot be one.
            IndexLockedError: it is being written to.
        """
        before, after = checked_name(name), checked_name(wanted)
        _require(self.settings.index, before)
        if before in (DEFAULT_COLLECTION, self.opened):
            raise CollectionError(f"the collection {before!r} cannot be renamed while it is open")
        self._require_free(after, [other for other in self.names() if other != before])
        folder = collection_folder(self.settings.index, before)
        target = collection_folder(self.settings.index, after)
        with self._lock:
            self._let_go(before)
            old_place = folder.resolve()
            rename_index(folder, target)
            lead_record(target, old_place)
        return after

    def on_let_go(self, tell: Callable[[Engine], None]) -> None:
        """Have ``tell`` told of each engine whose collection is about to be renamed or deleted."""
        self._listeners.append(tell)

    def _let_go(self, name: str) -> None:
        engine = self._engines.pop(name, None)
        if engine is None:
            return
        for tell in self._listeners:
            tell(engine)
        engine.close()

    def _require_free(self, name: str, others: Sequence[str]) -> None:
        taken = {other.casefold(): other for other in others}
        if name.casefold() in taken:
            raise CollectionError(f"there is a collection {taken[name.casefold()]!r} already")

    def adopt(self, settings: Settings) -> None:
        """Answer by other settings from the next question on, in every collection.

        Models that are loaded and still fit stay loaded.

        Raises:
            UnknownModelError: the settings name a model that is not known.
        """
        with self._lock:
            self._models = self._models.adapted(settings)
            self.settings = settings
            for name, engine in self._engines.items():
                engine.adopt(self._settings_of(name, settings), self._models)

    def warm_up(self) -> None:
        """Load what the next question needs, so that it need not wait."""
        self.engine().warm_up()

    @staticmethod
    def _settings_of(name: str, settings: Settings) -> Settings:
        return replace(settings, index=collection_folder(settings.index, name))
