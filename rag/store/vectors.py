"""Dense search by FAISS, in memory and as the files ``vectors.faiss`` and ``vectors.json``.

The files only save rebuilding: they are used when they fit the state of the index to the byte, and
left alone otherwise. Knows nothing of SQLite, chunks or filters beyond their ids.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from rag.atomic_file import write_atomically
from rag.store.records import IndexState

_logger = logging.getLogger(__name__)

VECTORS_NAME = "vectors.faiss"
SIDECAR_NAME = "vectors.json"
# Up to here an exact search takes milliseconds; beyond, HNSW finds nearly the same much faster.
APPROXIMATE_FROM = 50_000

# Source for M and ef: Malkov & Yashunin 2018, arXiv:1603.09320; generous, since building is rare.
_HNSW_NEIGHBOURS = 32
_HNSW_EF_CONSTRUCTION = 200
_HNSW_EF_SEARCH = 128
# Bounds the copies that an exact search among the vectors of an HNSW index makes.
_ROWS_AT_ONCE = 16_384


class VectorIndexKind(StrEnum):
    """How vectors are searched, worded for people."""

    FLAT = "Flat (exact)"
    HNSW = f"HNSW{_HNSW_NEIGHBOURS} (approximate)"


@dataclass(frozen=True, slots=True)
class _Sidecar:
    """What ``vectors.faiss`` was made from and what it must look like."""

    stamp: str
    generation: int
    count: int
    dimension: int
    kind: str
    sha256: str


class VectorIndex:
    """Vectors by id. Immutable, so any number of threads may search it."""

    def __init__(self, index: Any, kind: VectorIndexKind) -> None:
        """Wrap a FAISS ``IndexIDMap2``; use ``build`` or ``load_vectors``."""
        self._index = index
        self.kind = kind

    @classmethod
    def build(cls, ids: np.ndarray, matrix: np.ndarray, kind: VectorIndexKind) -> VectorIndex:
        """Index unit vectors.

        Args:
            ids: ``(n,) int64``, distinct.
            matrix: ``(n, dimension) float32``, rows of unit length.
        """
        faiss = _load_faiss()
        dimension = matrix.shape[1]
        if kind is VectorIndexKind.HNSW:
            inner = faiss.IndexHNSWFlat(dimension, _HNSW_NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
            inner.hnsw.efConstruction = _HNSW_EF_CONSTRUCTION
        else:
            inner = faiss.IndexFlatIP(dimension)
        index = faiss.IndexIDMap2(inner)
        if len(ids):
            index.add_with_ids(matrix, ids)
        return cls(index, kind)

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._index.d)

    def search(
        self, vector: np.ndarray, k: int, among: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """Return at most ``k`` ids with their inner product, best first; ties by id.

        Args:
            vector: ``(dimension,) float32``.
            among: ``(m,) int64``, the only ids to consider; such a search is always exact.
        """
        k = min(k, self.count if among is None else len(among))
        if k <= 0:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if among is not None and self.kind is VectorIndexKind.HNSW:
            scores, ids = self._search_exactly(query[0], k, among)
        else:
            found = self._index.search(query, k, params=self._parameters(k, among))
            scores, ids = found[0][0], found[1][0]
        # FAISS fills up with id -1 where it found fewer.
        pairs = [(int(i), float(s)) for i, s in zip(ids, scores, strict=True) if i >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def to_bytes(self) -> bytes:
        """Return the index in FAISS's own format."""
        faiss = _load_faiss()
        return bytes(faiss.serialize_index(self._index))

    @classmethod
    def from_bytes(cls, data: bytes, kind: VectorIndexKind) -> VectorIndex:
        """Read back ``to_bytes``. FAISS does not defend itself: give it only bytes you checked."""
        faiss = _load_faiss()
        return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)), kind)

    def _parameters(self, k: int, among: np.ndarray | None) -> Any:
        faiss = _load_faiss()
        if self.kind is VectorIndexKind.HNSW:
            return faiss.SearchParametersHNSW(efSearch=max(_HNSW_EF_SEARCH, k))
        if among is None:
            return None
        return faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))

    def _search_exactly(
        self, query: np.ndarray, k: int, among: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        # HNSW walks from neighbour to neighbour: where few may be returned it finds hardly any.
        scores = np.concatenate(
            [
                self._index.reconstruct_batch(among[start : start + _ROWS_AT_ONCE]) @ query
                for start in range(0, len(among), _ROWS_AT_ONCE)
            ]
        )
        best = np.argpartition(-scores, k - 1)[:k]
        return scores[best], among[best]


def save_vectors(folder: Path, index: VectorIndex, state: IndexState) -> None:
    """Write the index to ``folder`` as that of ``state``.

    Whenever this is cut short, what lies there is the old pair, the new pair, or a pair that does
    not match and is not used.

    Raises:
        OSError: it cannot be written.
    """
    data = index.to_bytes()
    sidecar = _Sidecar(
        stamp=state.stamp,
        generation=state.generation,
        count=index.count,
        dimension=index.dimension,
        kind=index.kind,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    write_atomically(folder / VECTORS_NAME, data)
    write_atomically(folder / SIDECAR_NAME, json.dumps(asdict(sidecar), indent=2).encode())


def load_vectors(folder: Path, state: IndexState) -> VectorIndex | None:
    """Return the index saved for exactly this state, or None, with the reason in the log."""
    sidecar = _read_sidecar(folder, state)
    if sidecar is None:
        return None
    data = _read_checked(folder, sidecar)
    if data is None:
        return None
    try:
        index = VectorIndex.from_bytes(data, VectorIndexKind(sidecar.kind))
    except (RuntimeError, ValueError, MemoryError) as error:
        # The bytes are those that were written, so this is another FAISS than the one that did.
        _logger.warning("%s cannot be read by this FAISS (%s)", folder / VECTORS_NAME, error)
        return None
    if (index.count, index.dimension) != (sidecar.count, state.embedder.dimension):
        _logger.warning(
            "%s holds %d vectors of %d dimensions, expected %d of %d",
            folder / VECTORS_NAME,
            index.count,
            index.dimension,
            sidecar.count,
            state.embedder.dimension,
        )
        return None
    return index


def saved_kind(folder: Path, state: IndexState, *, check_bytes: bool) -> VectorIndexKind | None:
    """Return the kind of the index saved for this state, or None; does not load FAISS.

    Args:
        check_bytes: also read the file and compare its checksum.
    """
    sidecar = _read_sidecar(folder, state)
    if sidecar is None or (check_bytes and _read_checked(folder, sidecar) is None):
        return None
    return VectorIndexKind(sidecar.kind)


def _load_faiss() -> Any:
    # Untyped on purpose: FAISS's own stubs lack half of what is used here.
    import faiss

    return faiss


def _read_sidecar(folder: Path, state: IndexState) -> _Sidecar | None:
    path = folder / SIDECAR_NAME
    try:
        sidecar = _Sidecar(**json.loads(path.read_bytes()))
        VectorIndexKind(sidecar.kind)
    except (OSError, ValueError, TypeError) as error:
        _logger.info("no usable %s (%s)", path, error)
        return None
    if sidecar.stamp != state.stamp:
        _logger.info(
            "%s is of generation %d, the index of %d",
            folder / VECTORS_NAME,
            sidecar.generation,
            state.generation,
        )
        return None
    return sidecar


def _read_checked(folder: Path, sidecar: _Sidecar) -> bytes | None:
    path = folder / VECTORS_NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        _logger.warning("%s cannot be read (%s)", path, error)
        return None
    if hashlib.sha256(data).hexdigest() != sidecar.sha256:
        _logger.warning("%s is not what was written (its checksum differs)", path)
        return None
    return data
