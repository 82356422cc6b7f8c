from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.settings import Settings


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rag.toml"
    file.write_text('k = 3\nmode = "quote"\nllm = "from-file"\n', encoding="utf-8")
    settings = Settings.load(
        file=file,
        environment={"RAG_K": "4", "RAG_MODE": "write", "HOME": "/root"},
        flags={"k": 5, "mode": None},
    )
    assert (settings.k, settings.mode, settings.llm) == (5, "write", "from-file")


@pytest.mark.parametrize(
    ("environment", "parts"),
    [
        ({"RAG_K": "many"}, ["RAG_K", "'many'", "1 to 100"]),
        ({"RAG_MODE": "sing"}, ["RAG_MODE", "'sing'", "auto, quote, write"]),
        ({"RAG_MIN_CONFIDENCE": "nan"}, ["RAG_MIN_CONFIDENCE", "0 to 1"]),
        ({"RAG_COLOUR": "red"}, ["RAG_COLOUR", "RAG_CORPUS"]),
        ({"RAG_LLM": "  "}, ["RAG_LLM", "a name or a path"]),
    ],
)
def test_a_bad_value_names_key_value_and_remedy(environment, parts) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environment=environment)
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize("content", ["k = ", "\xff", "[k]\nx = 1"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "rag.toml"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(SettingsError, match=r"rag\.toml"):
        Settings.load(file=file, environment={})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        Settings.load(file=tmp_path / "none.toml", environment={})


@given(st.dictionaries(st.sampled_from(["RAG_K", "RAG_THREADS", "RAG_TEMPERATURE"]), st.text()))
def test_any_environment_is_accepted_or_refused_in_words(environment: dict[str, str]) -> None:
    try:
        settings = Settings.load(environment=environment)
    except SettingsError as error:
        assert "RAG_" in str(error)
    else:
        assert 1 <= settings.k <= 100


def test_the_password_is_read_by_the_server_alone() -> None:
    assert Settings.load(environment={"RAG_PASSWORD": "sesame"}) == Settings.load(environment={})


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "rag.toml"
    file.write_bytes(b"\xef\xbb\xbfk = 5\n")
    assert Settings.load(file=file, environment={}).k == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [("min_confidence", True), ("min_confidence", 10**400), ("index", "~nobody-at-all/index")],
)
def test_odd_values_are_refused_in_words(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match="must be"):
        Settings.load(environment={}, flags={key: value})
