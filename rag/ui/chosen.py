"""Which collection a visitor of the page has chosen: the address says it (``?collection=NAME``).

So a reload, a bookmark and a second tab each keep their own.
"""

from __future__ import annotations

from typing import Any

from rag.collection_set import CollectionSet
from rag.engine import Engine
from rag.errors import CollectionError

PARAMETER = "collection"


def chosen_name(request: Any) -> str:
    """Return the collection that the address of a Gradio request names, "" where it names none."""
    return str(request.query_params.get(PARAMETER, "")) if request is not None else ""


def engine_of(collections: CollectionSet, name: str) -> Engine:
    """Return the engine of a collection; one that is not there (any more) counts as not named."""
    try:
        return collections.engine(name)
    except CollectionError:
        return collections.engine()
