"""What MCP clients can call. Gradio makes the protocol of it; the docstrings are what they read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.collection_set import CollectionSet
from rag.serialization import answer_to_json, hit_to_json
from rag.server.metrics import Metrics

_MOST_PASSAGES = 50


def build_tools(collections: CollectionSet, metrics: Metrics) -> Any:
    """Return Gradio blocks without a page, whose functions are the tools."""
    import gradio as gr

    with gr.Blocks(title="Verbatim", analytics_enabled=False) as blocks:
        for tool in _functions(collections, metrics):
            # Without Gradio's queue, whose calls go through a client that knows no password.
            gr.api(tool, api_name=tool.__name__, queue=False)
    return blocks


def _functions(collections: CollectionSet, metrics: Metrics) -> list[Callable[..., Any]]:

    def ask(question: str, collection: str = "") -> dict[str, Any]:
        """Answer a question from the user's own documents, every sentence cited.

        Args:
            question: The question, in English or Chinese.
            collection: The collection of documents to ask; the default one if empty.

        Returns:
            The answer with its citations, or `abstained` where the documents do not answer.
        """
        answer = collections.engine(collection).ask(question)
        metrics.count(answer)
        return answer_to_json(answer)

    def search(question: str, k: int = 8, collection: str = "") -> list[dict[str, Any]]:
        """Find the passages of the user's own documents that bear on a question.

        Args:
            question: The question, in English or Chinese.
            k: How many passages at most.
            collection: The collection of documents to search; the default one if empty.

        Returns:
            The passages with their document, section and place.
        """
        engine = collections.engine(collection)
        hits = engine.search(question, k=max(1, min(k, _MOST_PASSAGES)))
        return [hit_to_json(hit) for hit in hits]

    # Gradio reads the types at run time, where postponed annotations would be mere text.
    ask.__annotations__ = {"question": str, "collection": str, "return": dict[str, Any]}
    search.__annotations__ = {
        "question": str,
        "k": int,
        "collection": str,
        "return": list[dict[str, Any]],
    }
    return [ask, search]
