"""Bytes → text, for files that do not state their encoding."""

from __future__ import annotations

import codecs
import re

from rag.errors import DocumentError
from rag.language import is_cjk

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 64 << 10
# Share of control characters from which a file is no text.
_JUNK_SHARE = 0.02
# A text with so many whole UTF-8 characters beside each broken one is UTF-8 that was damaged: in
# other encodings hardly any sequence of bytes is a character of UTF-8.
_WHOLE_BESIDE_BROKEN = 20
# Share of Chinese among non-ASCII characters from which a guess of a Chinese encoding is right.
_CHINESE_SHARE = 0.6
_INSIDE_A_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[A-Za-z])")
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.I)
_HIGH = re.compile(rb"[\x80-\xff]")
_COMMON = frozenset(
    "的一是不了在有人这上中大为个和我以到时要就出会可也你对生能而子那得于着下自之年用与"
    "這為個時會對於與們來說學國後過發"
)


def decode(raw: bytes, *, declared: bool = False) -> str:
    """Return the text of ``raw``: by its byte-order mark, as UTF-8, or by the best guess.

    Raises:
        DocumentError: it is not text in any encoding known.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decode_as(raw, encoding)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        stated = _CHARSET.search(raw[:2048]) if declared else None
        text = (stated and _try(raw, _web_name(stated[1].decode()))) or _guess(raw)
    if _is_junk(text):
        raise DocumentError("it is binary data, not text")
    return text


def _web_name(name: str) -> str:
    # Browsers read these as the larger set that includes them.
    return {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252"}.get(name.lower(), name)


def _decode_as(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"its byte-order mark says {encoding}, but byte {error.start} does not fit; save the "
            "file as UTF-8"
        ) from error


def _guess(raw: bytes) -> str:
    if b"\0" in raw[:_SAMPLE_BYTES]:
        if text := _utf16_without_mark(raw):
            return text
        raise DocumentError("it is binary data, not text")
    if (text := _damaged_utf8(raw)) is not None:
        return text
    # "’" of "it’s" and "ö" of "Gödel" are one byte, which with the next reads as an ideograph too.
    if 2 * len(_INSIDE_A_WORD.findall(raw)) > len(_HIGH.findall(raw)):
        western = _try(raw, "cp1252")
        if western is not None:
            return western
    # A short Chinese text gives statistics little to work on, so these two are tried by hand.
    chinese = [
        (_chinese_likeness(text), text)
        for encoding in ("gb18030", "big5")
        if (text := _try(raw, encoding)) is not None
    ]
    likeness, text = max(chinese, key=lambda pair: pair[0], default=(0.0, ""))
    if likeness >= _CHINESE_SHARE:
        return text
    from charset_normalizer import from_bytes

    likely = [match.encoding for match in from_bytes(raw[:_SAMPLE_BYTES])]
    # Among the code pages of Europe, which short texts do not tell apart, the commonest.
    encoding = "cp1252" if "cp1252" in likely else next(iter(likely), "")
    if not encoding or (text := _try(raw, encoding) or "") == "":
        raise DocumentError("its encoding is not known; save the file as UTF-8")
    return text


def _damaged_utf8(raw: bytes) -> str | None:
    """Return the text of UTF-8 with a few broken bytes, each as U+FFFD; None if it is not that."""
    text = raw.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(not character.isascii() for character in text) - broken
    return text if whole >= _WHOLE_BESIDE_BROKEN * broken else None


def _try(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _utf16_without_mark(raw: bytes) -> str | None:
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _try(raw, encoding)
        if (
            text
            and not _is_junk(text)
            and sum(c.isascii() or is_cjk(c) for c in text) > (0.8 * len(text))
        ):
            return text
    return None


def _chinese_likeness(text: str) -> float:
    foreign = [character for character in text if not character.isascii()]
    if not foreign:
        return 0.0
    marks = "，。、；：？！（）《》“”‘’—…·　"
    chinese = sum(is_cjk(character) or character in marks for character in foreign)
    common = sum(character in _COMMON for character in foreign)
    # Wrongly decoded Chinese is Chinese too, but of rare characters.
    return chinese / len(foreign) + common / len(foreign) - 0.05


def _is_junk(text: str) -> bool:
    sample = text[:_SAMPLE_BYTES]
    control = sum(
        character < " " and character not in "\n\r\t\f\x1b" for character in sample
    ) + sample.count("\ufffd")
    return bool(sample) and control / len(sample) > _JUNK_SHARE
