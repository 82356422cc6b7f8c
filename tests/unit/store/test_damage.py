"""Damaged, foreign and outdated index files."""

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexCorruptError, IndexMissingError
from rag.store import EmbedderIdentity, IndexReader, IndexWriter
from rag.store.records import IndexState
from rag.store.vectors import VectorIndex, VectorIndexKind, save_vectors
from tests.unit.store.building import DIMENSION, EMBEDDER, make_index, put, unit_vectors


def state_of(folder: Path) -> IndexState:
    with closing(sqlite3.connect(folder / "index.sqlite")) as connection:
        generation, stamp = connection.execute("SELECT generation, stamp FROM state").fetchone()
    return IndexState(generation, stamp, EMBEDDER)


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "index.sqlite")) as connection, connection:
        connection.execute(statement)


def nearest(folder: Path) -> list[tuple[str, float]]:
    """Return the passages nearest to the first of document 0, with their cosines."""
    with IndexReader.open(folder) as reader:
        found = reader.search_dense(unit_vectors(1)[0], 10)
        texts = [item.chunk.text for item in reader.chunks([number for number, _ in found])]
        return list(zip(texts, [round(score, 5) for _, score in found], strict=True))


@pytest.mark.parametrize("make_folder", [True, False])
def test_no_index_is_an_error_that_says_how_to_make_one(tmp_path: Path, make_folder: bool) -> None:
    folder = tmp_path / "index"
    if make_folder:
        folder.mkdir()
        (folder / ".gitkeep").touch()
    with pytest.raises(IndexMissingError, match=r"python -m rag index PATH"):
        IndexReader.open(folder)


def test_a_database_that_was_never_written_to_is_no_index_and_can_become_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "index.sqlite").touch()
    with pytest.raises(IndexMissingError):
        IndexReader.open(tmp_path)
    make_index(tmp_path)
    assert len(nearest(tmp_path)) == 4


def fill_with_junk(database: Path) -> None:
    database.write_bytes(b"\x00\x8fnot a database" * 1000)


def cut_in_half(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])


def cut_to_a_scrap(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:100])


def set_newer_version(database: Path) -> None:
    change(database.parent, "PRAGMA user_version = 99")


def set_older_version(database: Path) -> None:
    change(database.parent, "PRAGMA user_version = 0")


def empty_state(database: Path) -> None:
    change(database.parent, "DELETE FROM state")


def drop_a_table(database: Path) -> None:
    change(database.parent, "DROP TABLE state")


def put_a_strangers_database(database: Path) -> None:
    database.unlink()
    change(database.parent, "CREATE TABLE diary (day TEXT)")


@pytest.mark.parametrize(
    "damage",
    [
        fill_with_junk,
        cut_in_half,
        cut_to_a_scrap,
        set_newer_version,
        set_older_version,
        empty_state,
        drop_a_table,
        put_a_strangers_database,
    ],
)
def test_a_damaged_database_is_named_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    make_index(tmp_path)
    database = tmp_path / "index.sqlite"
    damage(database)
    damaged = database.read_bytes()
    message = r"delete it and run: python -m rag index PATH"
    with pytest.raises(IndexCorruptError, match=message) as caught:
        IndexReader.open(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    for _ in range(2):  # the second is not told that the first still has the lock
        with pytest.raises(IndexCorruptError, match=message):
            IndexWriter.open(tmp_path, EMBEDDER)
    assert database.read_bytes() == damaged


def test_damage_inside_the_database_is_never_another_error(tmp_path: Path) -> None:
    make_index(tmp_path, [f"{number}.md" for number in range(30)])
    database = tmp_path / "index.sqlite"
    whole = database.read_bytes()
    failures = 0
    # Each page in turn, from the second on: the first holds the header.
    for start in range(4096, len(whole), 4096):
        database.write_bytes(whole[:start] + b"\xa5" * 4096 + whole[start + 4096 :])
        try:
            with IndexReader.open(tmp_path) as reader:
                (tmp_path / "vectors.json").unlink(missing_ok=True)
                for item in reader.documents():
                    reader.document(item.name)
                    reader.chunks_of(item.name)
                reader.search_dense(unit_vectors(1)[0], 5)
                reader.search_lexical(["first"], 5)
                reader.vectors(range(1, 61))
                reader.stats()
        except IndexCorruptError:
            failures += 1
    assert failures >= 5


def test_damaged_structure_in_a_sound_database_is_corruption(tmp_path: Path) -> None:
    make_index(tmp_path)
    change(tmp_path, "UPDATE documents SET blocks = '[[\"no kind\", 0, 1, 0, 0]]'")
    change(tmp_path, "UPDATE chunks SET heading_path = '['")
    change(tmp_path, "UPDATE vectors SET vector = x'00'")
    change(tmp_path, "UPDATE state SET stamp = 'another'")
    with IndexReader.open(tmp_path) as reader:
        with pytest.raises(IndexCorruptError, match=r"a\.md"):
            reader.document("a.md")
        with pytest.raises(IndexCorruptError, match=r"a\.md"):
            reader.chunks_of("a.md")
        with pytest.raises(IndexCorruptError, match="1 bytes, expected 32"):
            reader.search_dense(unit_vectors(1)[0], 3)


def remove_vectors(folder: Path) -> None:
    (folder / "vectors.faiss").unlink()


def remove_sidecar(folder: Path) -> None:
    (folder / "vectors.json").unlink()


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "vectors.faiss").read_bytes())
    data[-1] ^= 1
    (folder / "vectors.faiss").write_bytes(data)


def cut_vectors(folder: Path) -> None:
    (folder / "vectors.faiss").write_bytes((folder / "vectors.faiss").read_bytes()[:20])


def junk_sidecar(folder: Path) -> None:
    (folder / "vectors.json").write_bytes(b"\xff{")


def sidecar_of_unknown_kind(folder: Path) -> None:
    sidecar = json.loads((folder / "vectors.json").read_text())
    (folder / "vectors.json").write_text(json.dumps(sidecar | {"kind": "Cubist"}))


def sidecar_with_unknown_fields(folder: Path) -> None:
    (folder / "vectors.json").write_text('["stamp"]')


def take_vectors_of_another_state(folder: Path) -> None:
    old = {name: (folder / name).read_bytes() for name in ("vectors.faiss", "vectors.json")}
    with IndexWriter.open(folder, EMBEDDER) as writer:
        put(writer, "b.md", ["first of b.md", "second of b.md"], seed=1)
    for name, data in old.items():
        (folder / name).write_bytes(data)


def save_vectors_of_another_dimension(folder: Path) -> None:
    wide = VectorIndex.build(np.arange(4), unit_vectors(4, dimension=5), VectorIndexKind.FLAT)
    save_vectors(folder, wide, state_of(folder))


def save_what_is_no_faiss_index(folder: Path) -> None:
    class Junk(VectorIndex):
        def to_bytes(self) -> bytes:
            return b"IxM2 but not really"

    whole = VectorIndex.build(np.arange(4), unit_vectors(4), VectorIndexKind.FLAT)
    save_vectors(folder, Junk(whole._index, VectorIndexKind.FLAT), state_of(folder))


@pytest.mark.parametrize(
    "damage",
    [
        remove_vectors,
        remove_sidecar,
        flip_a_bit,
        cut_vectors,
        junk_sidecar,
        sidecar_of_unknown_kind,
        sidecar_with_unknown_fields,
        take_vectors_of_another_state,
        save_vectors_of_another_dimension,
        save_what_is_no_faiss_index,
    ],
)
def test_vectors_that_do_not_fit_are_rebuilt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    make_index(tmp_path)
    expected = nearest(tmp_path)
    damage(tmp_path)
    with caplog.at_level(logging.INFO, logger="rag.store"):
        assert nearest(tmp_path) == expected
    assert "building the vectors" in caplog.text
    assert "vectors." in caplog.messages[0]  # the reason, before that


@pytest.mark.parametrize("damage", [remove_vectors, remove_sidecar, flip_a_bit, cut_vectors])
def test_the_next_writer_mends_the_vectors_even_if_it_writes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    make_index(tmp_path)
    expected = nearest(tmp_path)
    damage(tmp_path)
    with IndexWriter.open(tmp_path, EMBEDDER):
        pass
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="rag.store"):
        assert nearest(tmp_path) == expected
    assert not caplog.records


def test_ids_that_only_the_vectors_know_are_not_returned(tmp_path: Path) -> None:
    make_index(tmp_path)
    foreign = VectorIndex.build(np.array([1, 2, 777, 778]), unit_vectors(4), VectorIndexKind.FLAT)
    save_vectors(tmp_path, foreign, state_of(tmp_path))
    with IndexReader.open(tmp_path) as reader:
        found = reader.search_dense(unit_vectors(4)[2], 4)
    assert sorted(number for number, _ in found) == [1, 2]


def test_an_index_deleted_and_made_anew_does_not_use_the_old_vectors(tmp_path: Path) -> None:
    make_index(tmp_path)
    (tmp_path / "index.sqlite").unlink()
    old = {name: (tmp_path / name).read_bytes() for name in ("vectors.faiss", "vectors.json")}
    with IndexWriter.open(tmp_path, EMBEDDER) as writer:
        put(writer, "a.md", ["first of a.md", "second of a.md"], seed=5)
        put(writer, "b.md", ["first of b.md", "second of b.md"], seed=6)
    for name, data in old.items():  # same generation, same ids, other vectors
        (tmp_path / name).write_bytes(data)
    with IndexReader.open(tmp_path) as reader:
        ((number, score),) = reader.search_dense(unit_vectors(1, seed=6)[0], 1)
        assert score == pytest.approx(1.0)
        assert reader.chunks([number])[0].chunk.text == "first of b.md"


def test_vectors_of_another_embedder_are_not_used(tmp_path: Path) -> None:
    make_index(tmp_path)
    wide = EmbedderIdentity("wide", DIMENSION + 1)
    writer = IndexWriter.open(tmp_path, wide)
    writer.close()  # without finishing: the old files still lie there
    with IndexReader.open(tmp_path) as reader:
        assert reader.search_dense(unit_vectors(1, dimension=DIMENSION + 1)[0], 3) == []
