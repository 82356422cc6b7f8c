"""Reading while a writer works, and from several threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexLockedError
from rag.store import IndexReader, IndexWriter
from rag.store.schema import connect_for_writing, transaction
from tests.unit.store.building import EMBEDDER, make_index, put, unit_vectors


def test_a_reader_sees_each_commit_at_its_next_search(tmp_path: Path) -> None:
    make_index(tmp_path, ["a.md"])
    with IndexReader.open(tmp_path) as reader, IndexWriter.open(tmp_path, EMBEDDER) as writer:
        query = unit_vectors(1, seed=5)[0]
        assert len(reader.search_dense(query, 10)) == 2
        put(writer, "b.md", ["new words"], seed=5)
        ((number, score), *rest) = reader.search_dense(query, 10)
        assert (len(rest), score) == (2, pytest.approx(1.0))
        assert reader.chunks([number])[0].document == "b.md"
        assert reader.search_lexical(["new"], 5)[0][0] == number
        writer.remove("b.md")
        assert len(reader.search_dense(query, 10)) == 2
        assert reader.search_lexical(["new"], 5) == []
        writer.finish()
        assert len(reader.search_dense(query, 10)) == 2


def test_readers_on_threads_see_whole_documents_while_a_writer_works(tmp_path: Path) -> None:
    names = ["a.md", "b.md", "c.md"]
    size = 5
    done = threading.Event()

    def write() -> int:
        versions = 0
        try:
            for _ in range(3):
                with IndexWriter.open(tmp_path, EMBEDDER) as writer:
                    for _ in range(10):
                        versions += 1
                        for name in names:
                            passages = [f"version{versions} part {part}" for part in range(size)]
                            put(writer, name, passages, seed=versions)
        finally:
            done.set()
        return versions

    def read(seed: int) -> int:
        query = unit_vectors(1, seed=seed)[0]
        rounds = 0
        while not done.is_set() or not rounds:
            for item in reader.documents():
                assert item.chunks == size
            for name in names:
                versions = {item.chunk.text.split()[0] for item in reader.chunks_of(name)}
                assert len(versions) == 1
            found = reader.search_dense(query, 100)
            assert len(found) == len({number for number, _ in found}) == size * len(names)
            stored = {item.id for item in reader.chunks([number for number, _ in found])}
            for (number, score), row in zip(
                found, reader.vectors([number for number, _ in found]), strict=True
            ):
                # Replaced in the meantime, or of exactly this likeness.
                assert not row.any() or score == pytest.approx(float(row @ query), abs=1e-5)
                assert number in stored or not reader.chunks([number])
            assert len(reader.search_lexical(["part"], 100)) == size * len(names)
            rounds += 1
        return rounds

    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        for name in names:
            put(writer, name, [f"version0 part {part}" for part in range(size)])
    with IndexReader.open(tmp_path) as reader, ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, seed) for seed in range(3)]
        writing = pool.submit(write)
        assert all(future.result(timeout=120) >= 1 for future in readers)
        assert writing.result(timeout=120) == 30
        last = {item.chunk.text.split()[0] for name in names for item in reader.chunks_of(name)}
    assert last == {"version30"}


def test_a_reader_opened_on_one_thread_is_closed_on_another(tmp_path: Path) -> None:
    make_index(tmp_path)
    reader = IndexReader.open(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(reader.chunk_count).result() == 4
        pool.submit(reader.close).result()


def test_two_readers_do_not_disturb_each_other(tmp_path: Path) -> None:
    make_index(tmp_path)
    query = unit_vectors(1)[0]
    with IndexReader.open(tmp_path) as first, IndexReader.open(tmp_path) as second:
        assert first.search_dense(query, 4) == second.search_dense(query, 4)
        assert np.array_equal(first.vectors([1, 2]), second.vectors([1, 2]))


def test_a_database_held_by_another_program_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_index(tmp_path)
    monkeypatch.setattr("rag.store.schema._BUSY_TIMEOUT_S", 0.0)
    holder = connect_for_writing(tmp_path, EMBEDDER)
    try:
        with (
            transaction(holder),
            IndexReader.open(tmp_path) as reader,
            IndexWriter.open(tmp_path, EMBEDDER) as writer,
        ):
            assert reader.chunk_count() == 4  # reading goes on
            with pytest.raises(IndexLockedError, match="in use by another program"):
                put(writer, "c.md", ["c"])
    finally:
        holder.close()
