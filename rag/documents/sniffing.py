"""What a file is, by its first bytes, and whether it may be opened at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

from rag.documents.limits import ReadLimits
from rag.errors import DocumentError

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"RIFF", "RIFF media file"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\x1f\x8b", "gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"GGUF", "GGUF model"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or encrypted Office file"),
)
_PDF_SEARCHED_BYTES = 1024


def read_bytes(path: Path, limits: ReadLimits) -> bytes:
    """Return a file's bytes.

    Raises:
        DocumentError: it cannot be read, is empty, or is larger than the limit.
    """
    try:
        if path.is_dir():
            raise DocumentError("it is a folder")
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise DocumentError(
                f"it has {size / 2**20:.0f} MiB, more than the limit of "
                f"{limits.max_bytes / 2**20:.0f} MiB: split it or raise max_file_mb"
            )
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError("it is no longer there") from error
    except PermissionError as error:
        raise DocumentError("there is no permission to read it") from error
    except OSError as error:
        raise DocumentError(f"it cannot be read ({error.strerror or error})") from error
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise DocumentError("it is empty")
    return raw


def check_type(raw: bytes, *, suffix: str, expected: str) -> None:
    """Check that the bytes are what the suffix promises.

    Args:
        expected: "PDF", "ZIP" or "text".

    Raises:
        DocumentError: they are plainly something else.
    """
    found = next((name for magic, name in _MAGIC if raw.startswith(magic)), "text")
    if expected == "PDF" and b"%PDF-" in raw[:_PDF_SEARCHED_BYTES]:
        return
    if found == expected or (expected == "text" and found in ("RIFF media file", "program")):
        # "MZ…" and "RIFF…" may begin a text as well; decoding tells binary data from text.
        return
    if found.startswith("old or encrypted"):
        raise DocumentError(
            "it is encrypted or in the old Office format: save it without a password as "
            f"{suffix.lstrip('.')}"
        )
    told = "something else" if found == "text" else f"a {found}"
    raise DocumentError(f"it is named {suffix} but is {told}")


def check_archive(path: Path, limits: ReadLimits) -> None:
    """Check a ZIP-based file before anything in it is unpacked.

    Raises:
        DocumentError: it is damaged, encrypted, or unpacks to far more than it is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DocumentError(f"it is damaged or cut off ({error})") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError("it is encrypted; save a copy without a password")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    too_large = unpacked > limits.max_uncompressed_bytes
    # Small files compress well by nature; only large ones can do harm.
    too_dense = unpacked > 16 << 20 and unpacked / packed > limits.max_compression_ratio
    if too_large or too_dense:
        raise DocumentError(
            f"it would unpack to {unpacked / 2**20:.0f} MiB, {unpacked / packed:.0f} times its "
            "size, and is not opened"
        )
