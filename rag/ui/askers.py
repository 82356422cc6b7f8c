"""Who answers which visitor: the collection that the page's address names says it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from rag.collection_set import CollectionSet
from rag.conversation_store import ConversationStore
from rag.engine import Engine
from rag.evaluation.feedback import FeedbackFile
from rag.types import Answer
from rag.ui.asking import Asker, Kept
from rag.ui.chosen import chosen_name, engine_of
from rag.ui.line import Line
from rag.ui.texts import Texts


class Askers:
    """Askers over any collection; what they keep lies beside the collection's index."""

    def __init__(
        self, collections: CollectionSet, line: Line, on_answer: Callable[[Answer], None]
    ) -> None:
        """Answer each in turn in ``line``; ``on_answer`` is told of every answer."""
        self._collections = collections
        self._line = line
        self._on_answer = on_answer
        self._lock = threading.Lock()
        # An engine lives as long as its collection.
        self._kept: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()
        collections.on_let_go(self._let_go)

    def asker_of(self, texts: Texts) -> Callable[[Any], Asker]:
        """Return what gives the asker for a request of Gradio's, on the page in one language."""

        def asker(request: Any) -> Asker:
            engine = engine_of(self._collections, chosen_name(request))
            return Asker(engine, texts, self._line, self._kept_of(engine), self._on_answer)

        return asker

    def store_of(self, collection: str) -> ConversationStore:
        """Return the kept conversations of a collection, by its name; "" is the opened one.

        Raises:
            CollectionError: there is none of that name.
        """
        return self._kept_of(self._collections.engine(collection)).conversations

    def _let_go(self, engine: Engine) -> None:
        """Write nothing more into the folder of a collection that is renamed or deleted."""
        with self._lock:
            kept = self._kept.pop(engine, None)
        if kept is not None:
            kept.conversations.close_for_good()

    def _kept_of(self, engine: Engine) -> Kept:
        with self._lock:
            if engine not in self._kept:
                folder = engine.settings.index
                self._kept[engine] = Kept(ConversationStore(folder), FeedbackFile(folder))
            return self._kept[engine]
