"""`python app.py` on a corpus of one's own: from nothing to the page."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(library: Path, index: Path, port: int) -> dict[str, str]:
    given = {"RAG_CORPUS": str(library), "RAG_INDEX": str(index), "RAG_PORT": str(port)}
    return {**os.environ, **given}


def test_start_indexes_and_serves(library: Path, tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment(library, tmp_path / "index", port),
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[str] = []
    # Reading a line waits without end: what takes too long is ended from outside.
    limit = threading.Timer(90, process.kill)
    limit.start()
    try:
        assert process.stderr
        for line in process.stderr:
            said.append(line)
            if f"http://127.0.0.1:{port}" in line:
                # What is announced answers at once.
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
                break
        else:
            raise AssertionError("".join(said))
    finally:
        limit.cancel()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    assert "Traceback" not in "".join(said) + rest


def test_a_taken_port_is_said_in_a_line(indexed: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "rag", "serve", "--index", str(indexed), "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert f"port {port} is taken" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_other_machines_are_served_only_with_a_password(indexed: Path) -> None:
    ended = subprocess.run(
        [sys.executable, *f"-m rag serve --index {indexed} --host 0.0.0.0".split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "set a password" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
