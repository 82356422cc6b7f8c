"""Which collection a visitor of the page has chosen: the address says it (``?collection=NAME``).

So a reload, a bookmark and a second tab each keep their own.
"""

from __future__ import annotations

from typing import Any

from rag.collection_set import CollectionSet
from rag.engine import Engine
from rag.errors import CollectionError

PARAMETER = "collection"


def chosen_engine(collections: CollectionSet, request: Any) -> Engine:
    """Return the engine of the collection that the address of a Gradio request names.

    One that is not there (any more) counts as not named.
    """
    name = request.query_params.get(PARAMETER, "") if request is not None else ""
    try:
        return collections.engine(str(name))
    except CollectionError:
        return collections.engine()
