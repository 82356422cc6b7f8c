"""The answers for programs: `/api/ask`, `/api/search`, `/healthz`, `/metrics`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from rag.collection_set import CollectionSet
from rag.conversation import parse_history
from rag.errors import CollectionError, QuestionError, VerbatimError
from rag.serialization import answer_to_json, hit_to_json
from rag.server.metrics import Metrics

_LONGEST = 20_000
Question = Annotated[str, Body(max_length=_LONGEST, examples=["What is CLIP?"])]
History = Annotated[
    list[dict[str, str]], Body(default_factory=list, examples=[[{"role": "user", "content": "…"}]])
]
Number = Annotated[int | None, Body(ge=1, le=100)]
Collection = Annotated[str, Body(max_length=200, examples=["default"])]


def router(collections: CollectionSet, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.post("/api/ask", summary="Answer a question")
    def ask(
        question: Question, history: History, k: Number = None, collection: Collection = ""
    ) -> dict[str, Any]:
        """Return what `rag ask --json` prints; see docs/json.md."""
        engine = collections.engine(collection)
        answer = engine.ask(question, history=parse_history(history, origin="request"), k=k)
        metrics.count(answer)
        return answer_to_json(answer)

    @routes.post("/api/search", summary="Find passages")
    def search(question: Question, k: Number = None, collection: Collection = "") -> dict[str, Any]:
        """Return what `rag search --json` prints."""
        hits = collections.engine(collection).search(question, k=k)
        return {"hits": [hit_to_json(hit) for hit in hits]}

    @routes.get("/api/collections", summary="The collections of documents")
    def list_collections() -> dict[str, Any]:
        """List the names that `collection` may have, and the one meant where none is given."""
        return {"collections": collections.names(), "default": collections.opened}

    @routes.get("/healthz", response_class=PlainTextResponse, summary="Is it up")
    def health() -> str:
        """Say `ok`."""
        return "ok"

    @routes.get("/metrics", response_class=PlainTextResponse, summary="Counts for Prometheus")
    def prometheus() -> Response:
        """Return counts and times since the start."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    return routes


def explain(_request: Request, error: Exception) -> JSONResponse:
    """Turn an error of ours into an answer: 400 for the asker's, 503 for the machine's."""
    assert isinstance(error, VerbatimError)
    status, body = in_words(error)
    return JSONResponse(body, status_code=status)


def in_words(error: VerbatimError) -> tuple[int, dict[str, Any]]:
    """Return the status of an error and the body that explains it."""
    status = 400 if isinstance(error, QuestionError | CollectionError) else 503
    kind = "invalid_request_error" if status == 400 else "server_error"
    return status, {"error": {"message": str(error), "type": kind}}
