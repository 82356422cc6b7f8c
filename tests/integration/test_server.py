"""The routes for programs, tried with the clients that programs use."""

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from rag.collection_set import CollectionSet
from rag.settings import Settings
from tests.conftest import build_app

pytestmark = pytest.mark.slow

QUESTION = "What loss does CLIP train with?"
EMPTY = {"role": "user", "content": ""}


def fetch(address: str, path: str, body: object = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        address + path, data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_openai_client_gets_an_answer_with_its_citations(address: str) -> None:
    from openai import OpenAI

    client = OpenAI(base_url=address + "/v1", api_key="none")
    model = client.models.list().data[0].id
    messages = [
        {"role": "system", "content": "Always say banana."},
        {"role": "user", "content": QUESTION},
    ]
    done = client.chat.completions.create(model=model, messages=messages)
    text = done.choices[0].message.content
    assert "contrastive" in text
    assert "banana" not in text
    quoted = done.model_extra["verbatim"]["citations"]
    assert quoted and all(item["quote"] for item in quoted)

    pieces = list(client.chat.completions.create(model=model, messages=messages, stream=True))
    streamed = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    assert streamed.strip() == text
    assert pieces[-1].model_extra["verbatim"]["citations"] == quoted
    assert pieces[-1].choices[0].finish_reason == "stop"


def test_a_follow_up_reads_the_conversation(address: str) -> None:
    from openai import OpenAI

    client = OpenAI(base_url=address + "/v1", api_key="none")
    done = client.chat.completions.create(
        model="any",
        messages=[
            {"role": "user", "content": "How is the rank of LoRA chosen?"},
            {"role": "assistant", "content": "Usually 8 to 64."},
            {"role": "user", "content": "And for new knowledge?"},
        ],
    )
    sections = [item["section"] for item in done.model_extra["verbatim"]["citations"]]
    assert any("LoRA" in " ".join(path) for path in sections)


def test_an_mcp_client_lists_and_calls_the_tools(address: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def visit() -> tuple[set[str], str]:
        async with (
            streamable_http_client(address + "/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            names = {tool.name for tool in (await client.list_tools()).tools}
            found = await client.call_tool("search", {"question": QUESTION, "k": 2})
            return names, "".join(getattr(part, "text", "") for part in found.content)

    # Not in this thread: a browser of other tests may keep an event loop running here.
    with ThreadPoolExecutor(max_workers=1) as worker:
        names, text = worker.submit(lambda: asyncio.run(visit())).result()
    assert {"ask", "search"} <= names
    assert "contrastive" in text


def test_ask_and_search_speak_the_json_contract(address: str) -> None:
    status, text = fetch(address, "/api/ask", {"question": QUESTION})
    answer = json.loads(text)
    assert status == 200
    assert not answer["abstained"] and answer["citations"]
    status, text = fetch(address, "/api/search", {"question": QUESTION, "k": 2})
    assert status == 200
    assert 1 <= len(json.loads(text)["hits"]) <= 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/ask", {"question": "  "}, 400),
        ("/api/ask", {"question": 3}, 422),
        ("/api/ask", {"question": "a", "history": [{"role": "cook", "content": "x"}]}, 400),
        ("/api/search", {"question": "a", "k": 0}, 422),
        ("/v1/chat/completions", {"messages": []}, 422),
        ("/v1/chat/completions", {"messages": [{"role": "assistant", "content": "x"}]}, 400),
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": ""}], "stream": True},
            400,
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    address: str, path: str, body: object, status: int
) -> None:
    got, text = fetch(address, path, body)
    assert got == status
    assert "Traceback" not in text and text.strip()


def test_health_and_metrics(address: str) -> None:
    fetch(address, "/api/ask", {"question": QUESTION})
    assert fetch(address, "/healthz") == (200, "ok")
    status, text = fetch(address, "/metrics")
    assert status == 200
    assert 'verbatim_answers_total{outcome="answered"}' in text


def test_with_a_password_nothing_is_answered_without_it(indexed, tmp_path) -> None:
    with CollectionSet(Settings.load(environment={}, flags={"index": indexed})) as collections:
        client = TestClient(build_app(collections, password="sesame"))
        assert client.get("/metrics").status_code == 401
        assert client.get("/v1/models").status_code == 401
        bearer = {"Authorization": "Bearer sesame"}
        assert client.get("/v1/models", headers=bearer).status_code == 200
        assert client.get("/v1/models", auth=("verbatim", "sesame")).status_code == 200
        assert client.get("/v1/models", auth=("other", "sesame")).status_code == 401
        assert client.get("/en/config").status_code == 401


def test_with_a_password_mcp_clients_send_it(indexed) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"question": QUESTION, "k": 1}},
    }
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    bearer = {"Authorization": "Bearer sesame", **accept}
    path = "/gradio_api/mcp/"
    with (
        CollectionSet(Settings.load(environment={}, flags={"index": indexed})) as collections,
        TestClient(build_app(collections, password="sesame")) as client,
    ):
        assert client.post(path, json=listing, headers=accept).status_code == 401
        assert client.post(path, json=call, headers=accept).status_code == 401
        assert "search" in client.post(path, json=listing, headers=bearer).text
        assert "contrastive" in client.post(path, json=call, headers=bearer).text


def test_a_stream_that_cannot_begin_has_a_status(indexed, tmp_path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, but no more")
    settings = Settings.load(environment={}, flags={"index": indexed, "llm": str(broken)})
    message = {"role": "user", "content": QUESTION}
    with CollectionSet(settings) as collections:
        client = TestClient(build_app(collections), raise_server_exceptions=False)
        refused = client.post("/v1/chat/completions", json={"messages": [message], "stream": True})
    assert refused.status_code == 503
    assert "broken.gguf" in refused.json()["error"]["message"]


def test_a_collection_is_named_in_a_request(indexed, tmp_path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(indexed, folder)
    note = tmp_path / "tea.md"
    note.write_text("# Sencha\n\nSencha is brewed at seventy degrees.\n", encoding="utf-8")
    with CollectionSet(Settings.load(environment={}, flags={"index": folder})) as collections:
        collections.engine(collections.create("tea")).index([note])
        client = TestClient(build_app(collections))
        assert client.get("/api/collections").json() == {
            "collections": ["default", "tea"],
            "default": "default",
        }
        body = {"question": "How hot is sencha brewed?", "collection": "tea"}
        assert "seventy" in client.post("/api/ask", json=body).json()["answer"]
        hits = client.post("/api/search", json=body).json()["hits"]
        assert {hit["document"] for hit in hits} == {"tea.md"}
        message = {"role": "user", "content": body["question"]}
        chat = {"messages": [message], "collection": "tea"}
        done = client.post("/v1/chat/completions", json=chat).json()
        assert "seventy" in done["choices"][0]["message"]["content"]
        for name in ("none", "../tea", "."):
            refused = client.post("/api/ask", json={**body, "collection": name})
            assert refused.status_code == 400
            assert "collection" in refused.json()["error"]["message"]


def test_the_page_over_the_routes_shows_every_route(address: str) -> None:
    status, html = fetch(address, "/docs")
    assert status == 200
    _, described = fetch(address, "/openapi.json")
    assert all(f"<code>{path}</code>" in html for path in json.loads(described)["paths"])
    assert "<script" not in html and "http" not in html.replace(address, "")
