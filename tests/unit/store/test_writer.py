"""Storing, replacing and removing documents."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.errors import DocumentError, IndexLockedError, IndexUnusableError
from rag.store import EmbedderIdentity, IndexedChunk, IndexReader, IndexWriter
from rag.types import Chunk, Language, Span
from tests.unit.store.building import (
    EMBEDDER,
    chunks_of,
    document_of,
    make_index,
    put,
    unit_vectors,
)


def texts(reader: IndexReader, found: list[tuple[int, float]]) -> set[str]:
    return {item.chunk.text for item in reader.chunks([number for number, _ in found])}


def count_rows(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / "index.sqlite")) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("documents", "chunks", "vectors", "lexical")
        }


def test_putting_a_name_again_replaces_the_document_wholly(tmp_path: Path) -> None:
    make_index(tmp_path)
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        new = put(writer, "a.md", ["replaced"], seed=9)
        assert writer.content_hashes().keys() == {"a.md", "b.md"}
        assert writer.content_hashes()["a.md"] == new.content_hash
    assert count_rows(tmp_path) == {"documents": 2, "chunks": 3, "vectors": 3, "lexical": 3}
    with IndexReader.open(tmp_path) as reader:
        assert reader.document("a.md") == new
        remaining = {"replaced", "first of b.md", "second of b.md"}
        assert texts(reader, reader.search_dense(unit_vectors(1)[0], 10)) == remaining
        assert texts(reader, reader.search_lexical(["first", "second"], 10)) == {
            "first of b.md",
            "second of b.md",
        }
        assert reader.document_frequencies(["first", "replaced"]) == {"first": 1, "replaced": 1}


def test_removing_really_removes(tmp_path: Path) -> None:
    make_index(tmp_path)
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        writer.remove("a.md")
        writer.remove("never there")
    assert count_rows(tmp_path) == {"documents": 1, "chunks": 2, "vectors": 2, "lexical": 2}
    with IndexReader.open(tmp_path) as reader:
        assert [item.name for item in reader.documents()] == ["b.md"]
        everything = {"first of b.md", "second of b.md"}
        assert texts(reader, reader.search_dense(unit_vectors(1)[0], 10)) == everything
        assert reader.document_frequencies(["first"]) == {"first": 1}


def test_an_id_is_never_given_to_another_chunk(tmp_path: Path) -> None:
    make_index(tmp_path)
    with IndexReader.open(tmp_path) as reader:
        before = {number for number, _ in reader.search_dense(unit_vectors(1)[0], 10)}
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        for name in ("a.md", "b.md"):
            writer.remove(name)
        put(writer, "c.md", ["c"])
    with IndexWriter.open(tmp_path, EmbedderIdentity("other", EMBEDDER.dimension)) as writer:
        put(writer, "d.md", ["d"])
    with IndexReader.open(tmp_path) as reader:
        assert not before & {number for number, _ in reader.search_dense(unit_vectors(1)[0], 10)}
        assert reader.chunks(sorted(before)) == []


def test_every_write_moves_the_generation_on_and_nothing_else_does(tmp_path: Path) -> None:
    with IndexWriter.open(tmp_path, EMBEDDER) as writer, IndexReader.open(tmp_path) as reader:
        generations = [reader.generation]
        put(writer, "a.md", ["a"])
        generations.append(reader.generation)
        put(writer, "a.md", ["b"])
        generations.append(reader.generation)
        writer.remove("a.md")
        generations.append(reader.generation)
        writer.remove("a.md")
        writer.finish()
        generations.append(reader.generation)
    assert generations == [0, 1, 2, 3, 3]


def test_another_embedder_starts_afresh(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_index(tmp_path)
    wide = EmbedderIdentity("wide", 16)
    with caplog.at_level(logging.WARNING), IndexWriter.open(tmp_path, wide) as writer:
        assert writer.content_hashes() == {}
        document = document_of("w.md", ["wide"])
        writer.put(document, chunks_of(document, ["wide"], unit_vectors(1, dimension=16)))
    assert "test-embedder (8 dimensions)" in caplog.text
    assert "wide (16)" in caplog.text
    assert count_rows(tmp_path) == {"documents": 1, "chunks": 1, "vectors": 1, "lexical": 1}
    with IndexReader.open(tmp_path) as reader:
        assert reader.embedder == wide
        assert reader.search_dense(unit_vectors(1, dimension=16)[0], 3) == [(5, pytest.approx(1))]
        assert reader.search_lexical(["first"], 3) == []


def test_the_same_embedder_keeps_what_is_there(tmp_path: Path) -> None:
    make_index(tmp_path)
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        assert [item.name for item in writer.documents()] == ["a.md", "b.md"]


def test_a_chunk_that_is_not_in_its_document_is_refused(tmp_path: Path) -> None:
    document = document_of("a.md", ["some text"])
    wrong = IndexedChunk(
        chunk=Chunk("text some", Span(0, 9), (), "", None, Language.EN),
        vector=unit_vectors(1)[0],
        lexical_heading="",
        lexical_body="",
    )
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        with pytest.raises(DocumentError, match=r"a\.md.*\[0, 9\)"):
            writer.put(document, [wrong])
        assert writer.content_hashes() == {}


@pytest.mark.parametrize(
    "vector", [np.ones(5, np.float32), np.ones((1, 8), np.float32), np.full(8, np.nan, np.float32)]
)
def test_a_vector_that_cannot_be_searched_is_refused(tmp_path: Path, vector: np.ndarray) -> None:
    document = document_of("a.md", ["some text"])
    chunk = chunks_of(document, ["some text"])[0].chunk
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        with pytest.raises(IndexUnusableError, match=r"a\.md.*test-embedder gives \(8,\)"):
            writer.put(document, [IndexedChunk(chunk, vector, "", "")])
        assert writer.content_hashes() == {}


def test_text_that_is_no_unicode_is_refused_and_the_old_version_stays(tmp_path: Path) -> None:
    old = make_index(tmp_path)["a.md"]
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        with pytest.raises(DocumentError, match="surrogate"):
            put(writer, "a.md", ["fine", "half \ud800"])
        with pytest.raises(DocumentError, match="surrogate"):
            put(writer, "\udce4.md", ["fine"])
    with IndexReader.open(tmp_path) as reader:
        assert reader.document("a.md") == old


def test_a_run_that_fails_keeps_what_it_stored_and_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), IndexWriter.open(tmp_path, EMBEDDER) as writer:
        put(writer, "a.md", ["a"])
        raise KeyboardInterrupt
    assert not (tmp_path / "vectors.faiss").exists()
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        assert list(writer.content_hashes()) == ["a.md"]
    assert (tmp_path / "vectors.faiss").exists()


def test_one_writer_at_a_time_also_within_a_process(tmp_path: Path) -> None:
    with (
        IndexWriter.open(tmp_path, EMBEDDER),
        pytest.raises(IndexLockedError, match=str(tmp_path)),
    ):
        IndexWriter.open(tmp_path, EMBEDDER)
    IndexWriter.open(tmp_path, EMBEDDER).close()


def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = tmp_path / "资料 #1 100%?" / "index"
    make_index(folder)
    with IndexReader.open(folder) as reader:
        assert reader.chunk_count() == 4


def test_a_file_in_the_folders_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "index").touch()
    with pytest.raises(IndexUnusableError, match=str(tmp_path / "index")):
        IndexWriter.open(tmp_path / "index", EMBEDDER)


@pytest.mark.parametrize(
    ("approximate_from", "expected"), [(4, "HNSW32 (approximate)"), (5, "Flat (exact)")]
)
def test_the_number_of_chunks_decides_how_vectors_are_searched(
    tmp_path: Path, approximate_from: int, expected: str
) -> None:
    with IndexWriter.open(tmp_path, EMBEDDER, approximate_from=approximate_from) as writer:
        put(writer, "a.md", ["a", "b", "c", "d"])
    with IndexReader.open(tmp_path) as reader:
        assert reader.stats().vector_index == expected
        assert len(reader.search_dense(unit_vectors(1)[0], 10)) == 4


def test_no_commits_wait_in_the_log_after_a_run_even_with_a_reader_there(tmp_path: Path) -> None:
    make_index(tmp_path)
    with IndexReader.open(tmp_path) as reader:
        assert reader.chunk_count() == 4
        make_index(tmp_path, ["c.md"])
        assert (tmp_path / "index.sqlite-wal").stat().st_size == 0
        assert reader.chunk_count() == 6
