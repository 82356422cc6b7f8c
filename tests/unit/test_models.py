from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import UnknownModelError
from rag.models import (
    CATALOGUE,
    DEFAULT_EMBEDDER,
    DEFAULT_LLM,
    HubSource,
    ModelRole,
    find_model,
    locate,
)


def test_names_are_unique_and_entries_complete() -> None:
    names = [entry.name for entry in CATALOGUE]
    assert len(set(names)) == len(names)
    for entry in CATALOGUE:
        assert entry.licence
        assert 0 < entry.size_bytes < entry.ram_bytes * 2
        assert entry.languages
        assert (entry.answer_mode in ("quote", "write")) == (entry.role is ModelRole.LLM)
        assert bool(entry.dimension) == (entry.role is ModelRole.EMBEDDER)


def test_the_defaults_are_here_without_a_download(tmp_path: Path) -> None:
    for name, role in ((DEFAULT_EMBEDDER, ModelRole.EMBEDDER), (DEFAULT_LLM, ModelRole.LLM)):
        entry = find_model(name, role)
        assert not isinstance(entry.source, HubSource)
        assert locate(entry, tmp_path) is not None


def test_vectors_of_other_weights_are_told_apart_by_the_name() -> None:
    entry = find_model(DEFAULT_EMBEDDER)
    names = [replace(entry, version=version).full_name for version in (1, 2, 3)]
    assert names[0] == entry.name
    assert len(set(names)) == 3


def test_a_hub_model_is_missing_until_its_files_are_there(tmp_path: Path) -> None:
    entry = find_model("qwen3-0.6b")
    assert locate(entry, tmp_path) is None
    assert isinstance(entry.source, HubSource)
    path = tmp_path / entry.name / str(entry.source.file)
    path.parent.mkdir()
    path.write_bytes(b"GGUF")
    assert locate(entry, tmp_path) == path


def test_small_models_quote_and_large_ones_write() -> None:
    modes = {entry.name: entry.answer_mode for entry in CATALOGUE if entry.role is ModelRole.LLM}
    assert modes["qwen3-0.6b"] == "quote"
    assert modes["qwen3-8b"] == "write"


@pytest.mark.parametrize(
    ("name", "role", "parts"),
    [
        ("qwen3-9b", ModelRole.LLM, ["qwen3-9b", "qwen3-8b"]),
        ("bge-m3", ModelRole.LLM, ["bge-m3", "embedder", "llm"]),
        ("/nowhere/model.gguf", ModelRole.LLM, ["/nowhere/model.gguf", "catalogue"]),
    ],
)
def test_an_unknown_model_is_answered_with_advice(name, role, parts) -> None:
    with pytest.raises(UnknownModelError) as caught:
        find_model(name, role)
    assert all(part in str(caught.value) for part in parts)


def test_files_and_folders_work_as_models(tmp_path: Path) -> None:
    gguf = tmp_path / "mine.gguf"
    gguf.write_bytes(b"GGUF")
    assert find_model(str(gguf), ModelRole.LLM).name == "mine"
    assert locate(find_model(str(gguf)), tmp_path) == gguf
    folder = tmp_path / "embedder"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert find_model(str(folder), ModelRole.EMBEDDER).name == "embedder"
