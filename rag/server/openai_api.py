"""Chat completions as OpenAI's clients speak them, with the citations in a field of their own.

The last user message is the question, those before it the conversation; system messages are left
out, since nothing but the documents may say what an answer rests on. ``verbatim`` in the answer, or
in the last piece of a stream, holds what `rag ask --json` prints.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from rag.collection_set import CollectionSet
from rag.errors import QuestionError, VerbatimError
from rag.serialization import answer_to_json
from rag.server.api import in_words
from rag.server.metrics import Metrics
from rag.types import Answer, AnswerDone, AnswerEvent, Message, Role, TextPiece

_MOST_MESSAGES = 200


class TextPart(BaseModel):
    """A part of a message."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """A turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    def text(self) -> str:
        """Return the content as one text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class ChatRequest(BaseModel):
    """What is read of a request; other fields are accepted and have no effect."""

    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    model: str = ""
    stream: bool = False
    collection: str = ""


def router(collections: CollectionSet, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1")

    @routes.get("/models", summary="The model that answers")
    def models() -> dict[str, Any]:
        """List the one model that is loaded."""
        engine = collections.engine()
        entry = {"id": engine.models.llm_entry.name, "object": "model", "owned_by": "verbatim"}
        return {"object": "list", "data": [{**entry, "created": 0}]}

    @routes.post("/chat/completions", response_model=None, summary="Answer, OpenAI's way")
    def complete(request: ChatRequest) -> dict[str, Any] | StreamingResponse:
        """Answer the last user message from the documents."""
        question, history = _conversation(request.messages)
        engine = collections.engine(request.collection)
        if request.stream:
            events = engine.stream(question, history=history)
            # Most errors come before the first event, and so before the stream: they have a status.
            first = next(events)
            pieces = _stream(chain([first], events), engine.models.llm_entry.name, metrics)
            return StreamingResponse(pieces, media_type="text/event-stream")
        answer = engine.ask(question, history=history)
        metrics.count(answer)
        return {
            **_frame("chat.completion", answer.model),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": answer.text},
                    "finish_reason": "stop",
                }
            ],
            "usage": _usage(answer),
            "verbatim": answer_to_json(answer),
        }

    return routes


def _conversation(messages: Sequence[ChatMessage]) -> tuple[str, list[Message]]:
    turns = [
        Message(Role(item.role), item.text())
        for item in messages
        if item.role in ("user", "assistant")
    ]
    if not turns or turns[-1].role is not Role.USER:
        raise QuestionError("the last message must be the user's question")
    return turns[-1].content, turns[:-1]


def _stream(events: Iterable[AnswerEvent], model: str, metrics: Metrics) -> Iterator[str]:
    frame = _frame("chat.completion.chunk", model)
    yield _event({**frame, "choices": [_delta({"role": "assistant", "content": ""})]})
    said = False
    try:
        for event in events:
            if isinstance(event, TextPiece):
                said = True
                yield _event({**frame, "choices": [_delta({"content": event.text})]})
            elif isinstance(event, AnswerDone):
                answer = event.answer
                metrics.count(answer)
                if not said:
                    yield _event({**frame, "choices": [_delta({"content": answer.text})]})
                last = {**frame, "choices": [_delta({}, finish="stop")], "usage": _usage(answer)}
                yield _event({**last, "verbatim": answer_to_json(answer)})
    except VerbatimError as error:
        # Too late for a status: the client is told in the stream.
        yield _event(in_words(error)[1])
    yield "data: [DONE]\n\n"


def _frame(kind: str, model: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _delta(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _usage(answer: Answer) -> dict[str, int]:
    tokens = answer.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
    }


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
