"""How much of a file is read at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds that keep one file from filling memory or disk.

    ``max_uncompressed_bytes`` and ``max_compression_ratio`` bound formats that are ZIP archives.
    """

    max_bytes: int = 64 << 20
    max_characters: int = 20_000_000
    max_uncompressed_bytes: int = 512 << 20
    max_compression_ratio: int = 200
