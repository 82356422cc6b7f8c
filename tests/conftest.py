"""Fixtures over several test folders: a small bilingual library, indexed once for the session."""

import asyncio
import gc
import os
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.collection_set import CollectionSet
from rag.engine import Engine
from rag.settings import Settings, go_offline

# Before any library that reads them is imported.
go_offline()

# Where pictures of the page are kept; no setting of the program.
PICTURES = "RAG_PICTURES"
LIBRARY = {
    "zh/contrastive.md": """# 对比学习

## CLIP 用什么损失训练？

CLIP 只用对称的对比损失训练。图像到文本和文本到图像两个方向各算一次交叉熵，再取平均。
温度参数是可学习的，初始值为 0.07。

## 如何选择 LoRA 的秩？

LoRA 的秩通常取 8 到 64。任务与预训练差别越大，秩应当越大。

- 指令微调常用秩 16。
- 注入新知识时可以用秩 64 或更高。
""",
    "en/contrastive.md": """# Contrastive learning

## What loss does CLIP train with?

CLIP trains with a symmetric contrastive loss alone. Each direction, image to text and text to
image, is a cross-entropy over the batch. The temperature is learned and starts at 0.07.

## How is the rank of LoRA chosen?

The rank of LoRA is usually 8 to 64. The further the task is from pre-training, the higher the rank.

| use | rank |
| --- | --- |
| instruction tuning | 16 |
| new knowledge | 64 |
""",
    "en/cooking.txt": """Sourdough bread

A sourdough starter is fed with equal weights of flour and water. The dough rests for twelve hours
before it is baked at 230 degrees.
""",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's reaches a test."""
    for name in [name for name in os.environ if name.startswith("RAG_") and name != PICTURES]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RAG_MODELS", str(tmp_path / "models"))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    for name, text in LIBRARY.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def indexed(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an index over the library, made with the embedded models."""
    folder = tmp_path_factory.mktemp("index")
    settings = Settings.load(environment={}, flags={"index": folder})
    with Engine(settings) as engine:
        report = engine.index([library])
    assert report.added == len(LIBRARY)
    return folder


@pytest.fixture(scope="session")
def engine(indexed: Path) -> Iterator[Engine]:
    with Engine(Settings.load(environment={}, flags={"index": indexed})) as opened:
        yield opened


def build_app(collections: CollectionSet, **given: object):
    """Build the application; Gradio leaves event loops open in doing so, which are collected."""
    from rag.server.app import create_app

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        app = create_app(collections, **given)
        asyncio.set_event_loop(None)
        gc.collect()
    return app


@dataclass(frozen=True)
class Served:
    """The page as it is served: its address, the application, the collections, their folder."""

    address: str
    app: object
    collections: CollectionSet
    folder: Path


@pytest.fixture(scope="session")
def address(served: Served) -> str:
    """Where the page is served."""
    return served.address


@pytest.fixture(scope="session")
def served(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a copy of the small library's index."""
    import uvicorn

    folder = tmp_path_factory.mktemp("served") / "index"
    shutil.copytree(indexed, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with CollectionSet(Settings.load(environment={}, flags={"index": folder})) as collections:
        collections.warm_up()
        app = build_app(collections, settings_file=folder.parent / "rag.toml")
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield Served(f"http://127.0.0.1:{port}", app, collections, folder)
        server.should_exit = True
        thread.join(timeout=10)
