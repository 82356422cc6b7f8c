"""Indexing runs over changing folders, with good and bad files."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from rag.engine import Engine
from rag.errors import DocumentError, IndexLockedError
from rag.settings import Settings
from rag.store import EmbedderIdentity, IndexWriter

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# 甲\n\n苹果是水果。\n", encoding="utf-8")
    (docs / "b.md").write_text("# B\n\nPears are fruit.\n", encoding="utf-8")
    return docs


@pytest.fixture
def own(tmp_path: Path) -> Engine:
    return Engine(Settings.load(environment={}, flags={"index": tmp_path / "index"}))


def test_only_what_changed_is_touched(own: Engine, folder: Path) -> None:
    first = own.index([folder])
    assert (first.added, first.changed, first.unchanged, first.removed) == (2, 0, 0, 0)
    again = own.index([folder])
    assert (again.added, again.changed, again.unchanged, again.chunks) == (0, 0, 2, 0)
    (folder / "a.md").write_text("# 甲\n\n香蕉是水果。\n", encoding="utf-8")
    (folder / "c.txt").write_text("Plums are fruit too.", encoding="utf-8")
    (folder / "b.md").unlink()
    third = own.index([folder])
    assert (third.added, third.changed, third.unchanged, third.removed) == (1, 1, 0, 1)
    assert [item.name for item in own.reader.documents()] == ["a.md", "c.txt"]
    assert own.search("香蕉")[0].stored.document == "a.md"
    assert all("苹果" not in hit.stored.chunk.text for hit in own.search("苹果"))
    assert all("pears" not in hit.stored.chunk.text.lower() for hit in own.search("pears"))


def test_another_folder_is_added_not_exchanged(own: Engine, folder: Path, tmp_path: Path) -> None:
    own.index([folder])
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.md").write_text("# 乙\n\n葡萄是水果。\n", encoding="utf-8")
    report = own.index([other])
    assert (report.added, report.removed) == (1, 0)
    assert len(own.reader.documents()) == 3
    assert "葡萄" in own.search("葡萄")[0].stored.chunk.text


def test_one_bad_file_never_stops_the_rest(own: Engine, folder: Path) -> None:
    (folder / "picture.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (folder / "empty.md").write_bytes(b"")
    (folder / "junk.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 not really a zip")
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (300 << 20))
    report = own.index([folder])
    assert report.added == 2
    failed = {Path(failure.path).name: failure.reason for failure in report.failures}
    assert set(failed) == {"picture.pdf", "empty.md", "junk.txt", "broken.docx", "bomb.docx"}
    assert all(reason and "\n" not in reason for reason in failed.values())


def test_a_file_that_turns_bad_keeps_its_last_good_version(own: Engine, folder: Path) -> None:
    own.index([folder])
    (folder / "b.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    report = own.index([folder])
    assert [Path(failure.path).name for failure in report.failures] == ["b.md"]
    assert own.search("pears")[0].stored.document == "b.md"


def test_a_second_writer_is_told(own: Engine, folder: Path) -> None:
    own.index([folder])
    identity = EmbedderIdentity(name=own.embedder.name, dimension=own.embedder.dimension)
    with (
        IndexWriter.open(own.settings.index, identity),
        pytest.raises(IndexLockedError, match="index"),
    ):
        own.index([folder])


def test_a_missing_folder_is_an_error_in_words(own: Engine, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist"):
        own.index([tmp_path / "nowhere"])


def test_an_index_of_another_embedder_is_made_anew_with_all_that_was_in_it(
    own: Engine, folder: Path, tmp_path: Path
) -> None:
    own.index([folder])
    (folder / "b.md").unlink()
    more = tmp_path / "more"
    more.mkdir()
    (more / "c.md").write_text("# C\n\nPlums are fruit too.\n", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "index" / "index.sqlite")) as connection, connection:
        connection.execute("UPDATE state SET embedder = 'other'")
    report = own.index([more])
    assert (report.added, report.failures) == (2, ())
    assert [item.name for item in own.reader.documents()] == ["a.md", "c.md"]
