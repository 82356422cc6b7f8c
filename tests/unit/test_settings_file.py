import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.settings import Settings
from rag.settings_file import save_settings


def test_comments_and_other_settings_stay(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('# mine\nk = 3  # few\nllm = "qwen3-4b"\n\nport = 7000', encoding="utf-8")
    save_settings(path, {"k": 12, "mode": "quote", "llm": ""})
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# mine\nk = 12  # few\n")
    assert tomllib.loads(text) == {"k": 12, "port": 7000, "mode": "quote"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_line_inside_a_text_is_no_setting(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('llm = """\nk = 4\n"""\n', encoding="utf-8")
    save_settings(path, {"k": 5})
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {"llm": "k = 4\n", "k": 5}


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    save_settings(path, {"min_confidence": 0.5, "unsupported": "remove"})
    settings = Settings.load(file=path, environment={})
    assert (settings.min_confidence, settings.unsupported) == (0.5, "remove")


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("k = ", {"k": 3}),
        ("k = 3\n", {"k": 0}),
        ("k = 3\n", {"colour": "red"}),
        ("[table]\nx = 1\n", {"k": 5}),
    ],
)
def test_what_cannot_be_saved_leaves_the_file_alone(tmp_path, content, values) -> None:
    path = tmp_path / "rag.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError):
        save_settings(path, values)
    assert path.read_text(encoding="utf-8") == content
    assert list(tmp_path.iterdir()) == [path]


@given(name=st.text(min_size=1, max_size=40).filter(str.strip), k=st.integers(1, 100))
def test_what_is_saved_is_read_again(tmp_path_factory, name: str, k: int) -> None:
    path = tmp_path_factory.mktemp("saved") / "rag.toml"
    save_settings(path, {"llm": name, "k": k})
    settings = Settings.load(file=path, environment={})
    assert (settings.llm, settings.k) == (name.strip(), k)
