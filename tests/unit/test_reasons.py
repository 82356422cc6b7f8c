"""Every error that can reach the page is worded in both languages, with its values."""

import ast
import errno
import importlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rag
from rag import errors
from rag.collection_set import CollectionSet
from rag.documents import ReadLimits, read_document
from rag.engine import Engine
from rag.evaluation.questions import parse_questions, read_questions
from rag.models import DEFAULT_LLM
from rag.settings import Settings
from rag.store.failures import explained_failures
from rag.store.locking import FolderLock
from rag.ui.reason_texts import CHINESE, SYSTEM
from rag.ui.reasons import reason, wording
from tests.pdfs import make_pdf

PACKAGE = Path(rag.__file__).parent
# Seen in a terminal or by a program alone.
ELSEWHERE = ("cli/", "server/", "conversation.py")
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)}
# Reasons that are no errors of their own, but a part of one or kept with a file.
PARTS = {"_InvalidValueError", "_failure"}
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{\w+\}|⟦\d+⟧")


def raised() -> Iterator[tuple[str, str]]:
    """Each error of the source as it could read: its place, and its text with ⟦n⟧ for values."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(ELSEWHERE):
            continue
        module = importlib.import_module(f"rag.{name.removesuffix('.py').replace('/', '.')}")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node) in ERRORS | PARTS and node.args:
                text = sample(node.args[0], module)
                # What wraps another error's words alone is told apart by those.
                if text and PLACE.sub("", text).strip(": "):
                    yield f"{name}:{node.lineno}", text


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def sample(node: ast.expr, module: object) -> str:
    """What an expression that words an error comes to, with ⟦n⟧ for each value."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return sample(node.func.value, module)
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    text = ""
    for number, part in enumerate(node.values):
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        value = getattr(module, getattr(part.value, "id", ""), None)
        text += value if isinstance(value, str) else f"⟦{number}⟧"
    return text


RAISED = list(raised())


@pytest.mark.parametrize(("place", "text"), RAISED, ids=[place for place, _ in RAISED])
def test_every_error_of_the_source_is_worded_in_both_languages(place: str, text: str) -> None:
    chinese = reason("zh", text)
    assert HAN.search(chinese), f"{place} has no Chinese in rag/ui/reason_texts.py: {text}"
    lost = set(PLACE.findall(text)) - set(PLACE.findall(chinese))
    # Where a setting came from says nothing on the page.
    assert lost <= ({"⟦0⟧"} if "{origin}" in wording(text) else set())
    assert reason("en", text) == text


def test_the_source_has_errors_to_look_at() -> None:
    assert len(RAISED) > 80


def test_no_wording_is_left_of_an_error_that_is_gone() -> None:
    said = {
        wording(text) or wording(text.partition(": ")[2])
        for path in PACKAGE.rglob("*.py")
        if path.name != "reason_texts.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for text in [sample(node, None)]
    }
    assert CHINESE.keys() - SYSTEM.keys() - said == set()


@pytest.mark.parametrize("key", CHINESE)
def test_no_value_is_lost_or_made_up(key: str) -> None:
    # The number of an error of the system's, and where a setting came from, tell nobody anything.
    silent = {"{number}"} if key in SYSTEM else {"{origin}"}
    assert set(PLACE.findall(key)) - silent == set(PLACE.findall(CHINESE[key])) - silent


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOENT, errno.EROFS])
def test_what_the_system_says_is_worded_too(number: int) -> None:
    said = reason("zh", OSError(number, os.strerror(number), "/data/a.md"))
    assert said.endswith("：'/data/a.md'")
    assert HAN.search(said)
    assert not re.search("[a-z]{3} [a-z]", said)


def missing_index(folder: Path) -> None:
    with Engine(Settings.load(environment={}, flags={"index": folder / "none"})) as engine:
        _ = engine.reader


def checked(question: str) -> Callable[[Path], None]:
    def check(folder: Path) -> None:
        settings = Settings.load(environment={}, flags={"index": folder})
        with Engine(settings) as engine:
            engine.check(question)

    return check


def read(name: str, content: bytes, **limits: int) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        path = folder / name
        path.write_bytes(content)
        read_document(path, name=name, limits=ReadLimits(**limits))

    return act


def encrypted_pdf(folder: Path) -> None:
    path = folder / "secret.pdf"
    make_pdf(path, [["Nobody may read this."]], password=True)
    read_document(path, name=path.name)


def collection(act: Callable[[CollectionSet], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with CollectionSet(Settings.load(environment={}, flags={"index": folder})) as collections:
            collections.create("tea")
            act(collections)

    return run


def locked(folder: Path) -> None:
    first = FolderLock(folder)
    first.acquire()
    try:
        FolderLock(folder).acquire()
    finally:
        first.release()


def full_disk(folder: Path) -> None:
    with explained_failures(folder):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_memory(folder: Path) -> None:
    with explained_failures(folder):
        raise MemoryError


def missing_model(folder: Path) -> None:
    settings = Settings.load(environment={}, flags={"index": folder, "llm": "qwen3-4b"})
    with Engine(settings) as engine:
        _ = engine.llm


COMMON: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty question": (checked("  "), "问题为空"),
    "long question": (checked("x" * 10**6), "问题有 1000000 个字符"),
    "no index": (missing_index, "还没有索引"),
    "unsupported format": (read("a.xyz", b"x"), "不支持 .xyz 文件"),
    "empty file": (read("a.md", b""), "文件为空"),
    "broken PDF": (read("a.pdf", b"no pdf at all"), "扩展名是 .pdf，但内容是其他格式"),
    "damaged PDF": (read("a.pdf", b"%PDF-1.4 nothing"), "文件已损坏，或不是 PDF"),
    "encrypted PDF": (encrypted_pdf, "文件已加密"),
    "large file": (read("a.md", b"x" * (2 << 20), max_bytes=1 << 20), "超过上限 1 MiB"),
    "bad name": (collection(lambda them: them.create("../x")), "不能用作文档集名称"),
    "taken name": (collection(lambda them: them.create("Tea")), "已有名为 'tea' 的文档集"),
    "no collection": (collection(lambda them: them.engine("milk")), "没有名为 'milk' 的文档集"),
    "open collection": (collection(lambda them: them.delete("default")), "正在使用，不能删除"),
    "missing model": (missing_model, "本机没有模型 qwen3-4b"),
    "locked index": (locked, "正被另一个进程写入"),
    "full disk": (full_disk, "磁盘空间不足"),
    "no memory": (no_memory, "内存不足"),
    "no question set": (lambda folder: read_questions(folder / "no.jsonl"), "文件或文件夹不存在"),
    "malformed set": (
        lambda _: parse_questions("{", "set.jsonl"),
        "set.jsonl 第 1 行不是合法的 JSON",
    ),
    "no question in it": (lambda _: parse_questions("[]", "a.jsonl"), "a.jsonl 第 1 行须为"),
}


@pytest.mark.parametrize(("act", "wanted"), COMMON.values(), ids=COMMON)
def test_what_commonly_fails_reads_chinese(
    act: Callable[[Path], object], wanted: str, tmp_path: Path
) -> None:
    with pytest.raises(errors.VerbatimError) as caught:
        act(tmp_path)
    assert wanted in reason("zh", caught.value)
    assert reason("en", caught.value) == str(caught.value)


def test_a_name_of_a_file_is_never_taken_for_a_wording() -> None:
    said = reason("zh", "there is no document '{reason} {0}' in this collection")
    assert "'{reason} {0}'" in said
    assert reason("zh", "it is empty: or is it") == "it is empty: or is it"
    assert DEFAULT_LLM in reason("zh", f"{DEFAULT_LLM} is not in the catalogue")
