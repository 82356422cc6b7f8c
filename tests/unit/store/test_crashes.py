"""The index after killed writers, a full disk and folders that may not be written to."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rag.errors import IndexLockedError, IndexMissingError
from rag.store import IndexReader, IndexWriter
from tests.unit.store.building import EMBEDDER, document_of, make_index, put, unit_vectors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")

ROOT = Path(__file__).parents[3]


def command(what: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.unit.store.writer_process", what, str(folder)]


def run(what: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(what, folder), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def start(what: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(command(what, folder), cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> str:
    """Kill the process; return what it had still written."""
    assert process.stdout is not None
    process.kill()
    return process.stdout.read()


def check_whole(folder: Path) -> list[str]:
    """Read everything in the index; return the names of its documents."""
    with IndexReader.open(folder) as reader:
        names = [item.name for item in reader.documents()]
        for name in names:
            document = reader.document(name)
            chunks = reader.chunks_of(name)
            assert chunks
            for item in chunks:
                span = item.chunk.span
                assert document.text[span.start : span.end] == item.chunk.text
        everything = {i for i, _ in reader.search_dense(unit_vectors(1)[0], 1_000_000)}
        assert everything == {item.id for name in names for item in reader.chunks_of(name)}
        assert len(everything) == reader.chunk_count()
    return names


@pytest.mark.parametrize("stored_before_killing", [0, 1, 7, 20])
def test_a_killed_writer_leaves_the_documents_it_had_stored(
    tmp_path: Path, stored_before_killing: int
) -> None:
    with start("put_forever", tmp_path) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(stored_before_killing + 1)]
        said += kill(process).split()
    names = check_whole(tmp_path)
    # The last may have been stored and not yet said.
    assert names[: len(said)] == said
    assert len(names) - len(said) in (0, 1)
    with IndexReader.open(tmp_path) as reader:
        assert {item.chunks for item in reader.documents()} == {20}

    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        assert sorted(writer.content_hashes()) == names
        put(writer, "zzz.md", ["written after"])
    assert check_whole(tmp_path) == [*names, "zzz.md"]


@pytest.mark.parametrize("moment", ["die_before_vectors", "die_between_files"])
def test_a_writer_killed_in_finish_leaves_a_whole_index(tmp_path: Path, moment: str) -> None:
    make_index(tmp_path)
    assert run(moment, tmp_path).returncode == -signal.SIGKILL
    assert check_whole(tmp_path) == ["a.md", "b.md", "new.md"]
    with IndexReader.open(tmp_path) as reader:
        ((best, _),) = reader.search_dense(unit_vectors(1, seed=7)[0], 1)
        assert reader.chunks([best])[0].document == "new.md"

    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        writer.remove("a.md")
    assert check_whole(tmp_path) == ["b.md", "new.md"]
    assert not list(tmp_path.glob("*.new"))


def test_a_second_process_is_told_who_writes(tmp_path: Path) -> None:
    with start("hold", tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(IndexLockedError, match=rf"{tmp_path}.*pid {process.pid}"):
            IndexWriter.open(tmp_path, EMBEDDER)
        kill(process)
    # The lock went with the process.
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        put(writer, "a.md", ["a"])
    assert check_whole(tmp_path) == ["a.md"]


def test_a_full_disk_while_creating_leaves_no_half_made_index(tmp_path: Path) -> None:
    done = run("fill_while_creating", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MachineError")
    with pytest.raises(IndexMissingError):
        IndexReader.open(tmp_path)
    make_index(tmp_path)
    assert check_whole(tmp_path) == ["a.md", "b.md"]


def test_a_full_disk_while_storing_loses_nothing(tmp_path: Path) -> None:
    before = make_index(tmp_path)
    done = run("fill_while_storing", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MachineError")
    assert str(tmp_path) in done.stdout
    assert check_whole(tmp_path) == ["a.md", "b.md", "small.md"]
    with IndexReader.open(tmp_path) as reader:
        assert reader.document("a.md") == before["a.md"]


def test_a_full_disk_while_finishing_loses_nothing(tmp_path: Path) -> None:
    make_index(tmp_path)
    done = run("fill_while_finishing", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MachineError")
    assert check_whole(tmp_path) == ["a.md", "b.md", "new.md"]
    assert not list(tmp_path.glob("*.new"))


def test_a_folder_without_write_permission_is_read_and_not_written() -> None:
    # Not tmp_path: another user cannot pass through its parents.
    folder = Path(tempfile.mkdtemp())
    try:
        make_index(folder)
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        done = run("read_without_rights", folder)
        assert done.returncode == 0, done.stderr
        names, error = done.stdout.splitlines()
        assert names == "a.md b.md"
        assert error.startswith("IndexUnusableError")
        assert str(folder) in error
        assert "permission" in error.lower()
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_commits_that_wait_in_the_log_are_part_of_the_index(tmp_path: Path) -> None:
    # A killed writer leaves commits in the log alone.
    make_index(tmp_path, ["a.md"])
    writer = IndexWriter.open(tmp_path, EMBEDDER)
    put(writer, "b.md", ["b"])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("index.sqlite", "index.sqlite-wal"):
        shutil.copy(tmp_path / name, copy / name)
    writer.close()
    assert check_whole(copy) == ["a.md", "b.md"]
    with IndexReader.open(copy) as reader:
        assert reader.document("b.md") == document_of("b.md", ["b"])
