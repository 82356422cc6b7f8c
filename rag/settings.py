"""The program's settings: one frozen object, validated when it is made, passed on explicitly.

Sources, later ones winning: defaults, ``rag.toml``, environment variables ``RAG_*``, command-line
flags. This is the only module that reads the environment. It knows nothing of what the settings
are used for.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from rag.errors import SettingsError

FILE_NAME = "rag.toml"
_ENVIRONMENT_PREFIX = "RAG_"
# No setting: it is not to stand in a file.
_READ_ELSEWHERE = frozenset({"RAG_PASSWORD"})


class _InvalidValueError(ValueError):
    """A value is not valid; the message says what would be."""


Parser = Callable[[Any], Any]


def _integer(low: int, high: int) -> Parser:
    def parse(value: Any) -> int:
        try:
            number = value if type(value) is int else int(str(value))
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise _InvalidValueError(f"a whole number from {low} to {high}")
        return number

    return parse


def _number(low: float, high: float) -> Parser:
    def parse(value: Any) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not low <= number <= high:
            raise _InvalidValueError(f"a number from {low:g} to {high:g}")
        return number

    return parse


def _choice(*options: str) -> Parser:
    def parse(value: Any) -> str:
        if value not in options:
            raise _InvalidValueError("one of " + ", ".join(options))
        return str(value)

    return parse


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _InvalidValueError("a name or a path")
    return value.strip()


def _path(value: Any) -> Path:
    if isinstance(value, Path):
        return value
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError as error:  # ~nobody
        raise _InvalidValueError("a path; there is no such user's folder") from error


def _setting(default: Any, parser: Parser, explanation: str) -> Any:
    return field(default=default, metadata={"parser": parser, "help": explanation})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. ``Settings.load`` reads and checks it."""

    corpus: Path = _setting(Path("corpus"), _path, "folder of documents that `make run` indexes")
    index: Path = _setting(Path("index"), _path, "folder of the index")
    models: Path = _setting(
        Path(platformdirs.user_data_dir("verbatim", appauthor=False)) / "models",
        _path,
        "folder of downloaded models",
    )
    embedder: str = _setting("", _text, "embedding model: a catalogue name or a folder")
    scorer: str = _setting(
        "", _text, "evidence scorer: a catalogue name, a folder, or `words` for none"
    )
    llm: str = _setting("", _text, "answering model: a catalogue name or a .gguf file")
    threads: int = _setting(0, _integer(0, 512), "CPU threads; 0 takes every physical core")
    chunk_tokens: int = _setting(
        200, _integer(32, 8192), "longest chunk, in the embedder's tokens, headings included"
    )
    k: int = _setting(8, _integer(1, 100), "passages that retrieval returns")
    candidates: int = _setting(30, _integer(1, 1000), "passages each retriever hands to the fusion")
    scored_sentences: int = _setting(
        32, _integer(1, 1000), "sentences that the evidence scorer reads for a question"
    )
    min_confidence: float = _setting(
        0.4, _number(0, 1), "below this confidence nothing is answered; see docs/quality.md"
    )
    evidence_tokens: int = _setting(
        400, _integer(50, 32_768), "budget of evidence in the prompt, in the LLM's tokens"
    )
    answer_sentences: int = _setting(
        4, _integer(1, 20), "most sentences quoted, or named as worth quoting"
    )
    max_answer_tokens: int = _setting(320, _integer(16, 8192), "longest written answer, in tokens")
    context_tokens: int = _setting(
        4096, _integer(512, 262_144), "context the LLM is loaded with, at most what it was made for"
    )
    history_tokens: int = _setting(300, _integer(0, 32_768), "budget of earlier turns, in tokens")
    temperature: float = _setting(0.0, _number(0, 2), "randomness of written answers")
    mode: str = _setting("auto", _choice("auto", "quote", "write"), "how answers are made")
    port: int = _setting(7860, _integer(1, 65_535), "port of the page on this machine")
    unsupported: str = _setting(
        "mark",
        _choice("mark", "remove"),
        "what becomes of written sentences that no evidence carries",
    )
    endpoint: str = _setting("", _text, "mirror of the model hub, e.g. https://hf-mirror.com")
    max_file_mb: int = _setting(64, _integer(1, 4096), "largest file that is read, in MiB")

    @classmethod
    def load(
        cls,
        *,
        file: Path | None = None,
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, object] | None = None,
    ) -> Settings:
        """Read the settings from their sources.

        Args:
            file: a settings file that must exist; by default ``rag.toml`` in the working folder,
                which may be absent.
            environment: by default the process's own.
            flags: values from the command line; ``None`` values count as not given.

        Raises:
            SettingsError: a key is unknown or a value is not valid.
        """
        values: dict[str, Any] = {}
        path = file or Path(FILE_NAME)
        if file is not None or path.exists():
            values |= _checked(_read_toml(path), origin=str(path))
        variables = os.environ if environment is None else environment
        given = {
            name.removeprefix(_ENVIRONMENT_PREFIX).lower(): value
            for name, value in variables.items()
            if name.startswith(_ENVIRONMENT_PREFIX) and name not in _READ_ELSEWHERE
        }
        values |= _checked(given, origin="environment", spell=_variable_name)
        present = {key: value for key, value in (flags or {}).items() if value is not None}
        values |= _checked(present, origin="command line", spell=_flag_name)
        return cls(**values)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with other ``values``.

        Raises:
            SettingsError: a key is unknown or a value is not valid.
        """
        return replace(self, **_checked(values, origin="settings"))

    @classmethod
    def explanations(cls) -> dict[str, tuple[object, str]]:
        """Each setting's default and one-line explanation, by name."""
        return {item.name: (item.default, item.metadata["help"]) for item in fields(cls)}


def _variable_name(key: str) -> str:
    return _ENVIRONMENT_PREFIX + key.upper()


def _flag_name(key: str) -> str:
    return "--" + key.replace("_", "-")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {path}: {error.strerror}") from error
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, a number of 5,000 digits
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error


def _checked(
    given: Mapping[str, Any], *, origin: str, spell: Callable[[str], str] = str
) -> dict[str, Any]:
    parsers: dict[str, Parser] = {item.name: item.metadata["parser"] for item in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in parsers:
            known = ", ".join(spell(name) for name in parsers)
            raise SettingsError(f"{origin}: unknown setting {spell(key)}; known are {known}")
        try:
            values[key] = parsers[key](value)
        except _InvalidValueError as error:
            raise SettingsError(
                f"{origin}: {spell(key)} is {value!r}, but must be {error}"
            ) from error
    return values


def go_offline() -> None:
    """Tell the libraries that the network is not to be tried, and that nothing is to be counted.

    Must run before any of them is imported. An explicit model download lifts it for itself.
    """
    for name, value in (
        ("HF_HUB_OFFLINE", "1"),
        ("TRANSFORMERS_OFFLINE", "1"),
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("GRADIO_ANALYTICS_ENABLED", "False"),
        ("TOKENIZERS_PARALLELISM", "false"),
        # transformers looks for TensorFlow and JAX at import, which costs a second.
        ("USE_TF", "0"),
        ("USE_FLAX", "0"),
    ):
        os.environ.setdefault(name, value)
