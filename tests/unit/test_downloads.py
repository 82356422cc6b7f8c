"""Downloads from a stub hub on loopback that speaks the hub's API over real HTTP."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.downloads import pull
from rag.errors import DownloadError
from rag.models import HubSource, ModelEntry, find_model

CONTENT = bytes(range(256)) * 4096


@dataclass
class StubHub:
    """Files it serves, and how it misbehaves."""

    files: dict[str, bytes]
    address: str = ""
    cut_after: int | None = None
    corrupt: bool = False
    ranges: list[str] = field(default_factory=list)
    requests: int = 0


def handler_for(hub: StubHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            hub.requests += 1
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/api/models/"):
                self.send_json(self.info())
                return
            name = path.split("/resolve/", 1)[-1].split("/", 1)[-1]
            if "/resolve/" not in path or name not in hub.files:
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_file(hub.files[name], body=body)

        def info(self) -> dict[str, object]:
            siblings = []
            for name, content in hub.files.items():
                row: dict[str, object] = {"rfilename": name, "size": len(content)}
                if name.endswith((".gguf", ".safetensors")):
                    digest = hashlib.sha256(content).hexdigest()
                    row["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
                siblings.append(row)
            return {"id": "stub/model", "sha": "a" * 40, "siblings": siblings}

        def send_json(self, value: object) -> None:
            raw = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def send_file(self, content: bytes, *, body: bool) -> None:
            etag = hashlib.sha256(content).hexdigest()
            start = 0
            wanted = self.headers.get("Range")
            if wanted and body:
                hub.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").split("-")[0])
            served = content[start:]
            if hub.corrupt:
                served = b"\xff" * len(served)
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(served)))
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.end_headers()
            if not body:
                return
            if hub.cut_after is not None:
                self.wfile.write(served[: hub.cut_after])
                self.close_connection = True
                return
            self.wfile.write(served)

    return Handler


@pytest.fixture
def hub() -> Iterator[StubHub]:
    stub = StubHub(files={"model.gguf": b"GGUF" + CONTENT})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(stub))
    stub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield stub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def entry() -> ModelEntry:
    source = HubSource("stub/model", "model.gguf")
    return replace(find_model("qwen3-0.6b"), name="stub", source=source)


def test_a_file_is_fetched_checked_and_reported(
    hub: StubHub, entry: ModelEntry, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    path = pull(
        entry,
        tmp_path,
        endpoint=hub.address,
        on_progress=lambda done, all_: seen.append((done, all_)),
    )
    assert path.read_bytes() == hub.files["model.gguf"]
    assert seen[-1] == (len(hub.files["model.gguf"]),) * 2
    before = hub.requests
    assert pull(entry, tmp_path, endpoint=hub.address) == path
    assert hub.requests <= before + 1


def test_the_mirror_may_come_from_the_environment(
    hub: StubHub, entry: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    assert pull(entry, tmp_path).exists()


def test_a_folder_gets_what_it_needs_and_no_more(hub: StubHub, tmp_path: Path) -> None:
    hub.files = {
        "config.json": b"{}",
        "model.safetensors": CONTENT,
        "1_Pooling/config.json": b"{}",
        "pytorch_model.bin": b"x",
        "onnx/model.onnx": b"x",
    }
    entry = replace(find_model("bge-m3"), name="stub", source=HubSource("stub/model"))
    folder = pull(entry, tmp_path, endpoint=hub.address)
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }
    assert found == {"config.json", "model.safetensors", "1_Pooling/config.json"}


def test_a_cut_connection_is_taken_up_again(
    hub: StubHub, entry: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.files = {"model.gguf": b"GGUF" + CONTENT * 24}
    hub.cut_after = 15 << 20
    path = pull(entry, tmp_path, endpoint=hub.address)
    assert path.read_bytes() == hub.files["model.gguf"]
    assert hub.ranges


def test_a_later_run_goes_on_where_the_last_one_ended(
    hub: StubHub, entry: ModelEntry, tmp_path: Path
) -> None:
    partial = tmp_path / "stub" / "model.gguf.part"
    partial.parent.mkdir()
    partial.write_bytes(hub.files["model.gguf"][:500_000])
    path = pull(entry, tmp_path, endpoint=hub.address)
    assert path.read_bytes() == hub.files["model.gguf"]
    assert hub.ranges == ["bytes=500000-"]
    assert not partial.exists()


def test_a_corrupt_file_is_not_kept(hub: StubHub, entry: ModelEntry, tmp_path: Path) -> None:
    hub.corrupt = True
    with pytest.raises(DownloadError, match="checksum"):
        pull(entry, tmp_path, endpoint=hub.address)
    assert not (tmp_path / "stub" / "model.gguf").exists()


def test_what_is_not_there_is_said(hub: StubHub, entry: ModelEntry, tmp_path: Path) -> None:
    hub.files = {}
    with pytest.raises(DownloadError, match=r"no file model\.gguf"):
        pull(entry, tmp_path, endpoint=hub.address)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9.*HF_ENDPOINT"):
        pull(entry, tmp_path, endpoint="http://127.0.0.1:9")


def test_packaged_models_are_not_downloaded(tmp_path: Path) -> None:
    assert pull(find_model("smollm2-135m"), tmp_path, endpoint="http://127.0.0.1:9").exists()
