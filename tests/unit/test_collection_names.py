from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.collection_set import checked_name, collection_folder, in_collection, list_collections
from rag.errors import CollectionError
from rag.settings import Settings


@pytest.mark.parametrize(
    "name", ["", " ", "..", "../x", "a/b", "a\\b", ".hidden", "x" * 61, "a\0b", "a\nb", "end."]
)
def test_no_path_is_a_name(name: str) -> None:
    with pytest.raises(CollectionError, match="cannot be the name"):
        checked_name(name)


@pytest.mark.parametrize("name", ["papers", "论文 2024", "v1.2-draft", "a_b"])
def test_words_in_any_script_are_names(name: str) -> None:
    assert collection_folder(Path("index"), name) == Path("index/collections") / name


@given(st.text(max_size=80))
def test_whatever_is_given_stays_within_the_index(name: str) -> None:
    try:
        folder = collection_folder(Path("/index"), name)
    except CollectionError:
        return
    assert folder == Path("/index") or folder.parent == Path("/index/collections")
    assert ".." not in folder.parts


def test_the_default_collection_is_the_index_folder_itself(tmp_path: Path) -> None:
    settings = Settings.load(environment={}, flags={"index": tmp_path})
    assert in_collection(settings, "default").index == tmp_path
    (tmp_path / "collections" / "Papers").mkdir(parents=True)
    (tmp_path / "collections" / ".part").mkdir()
    assert list_collections(tmp_path) == ["default", "Papers"]
    assert in_collection(settings, "Papers").index == tmp_path / "collections" / "Papers"


def test_a_missing_collection_is_said_with_those_there_are(tmp_path: Path) -> None:
    settings = Settings.load(environment={}, flags={"index": tmp_path})
    with pytest.raises(CollectionError, match=r"'notes'.*default.*--collection"):
        in_collection(settings, "notes")
    assert in_collection(settings, "notes", create=True).index.name == "notes"
