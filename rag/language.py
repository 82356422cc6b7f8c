"""Which language a text is in, by its script. Knows Chinese and English; all else is OTHER."""

from __future__ import annotations

import re

from rag.types import Language

# Share of Chinese characters among these and Latin words from which a text reads as Chinese: a
# Chinese technical text is full of Latin names, and a question may be little else.
_CHINESE_SHARE = 0.25
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ENGLISH_SHARE = 0.9


def is_cjk(character: str) -> bool:
    """Whether the character is a Han ideograph (not punctuation, not kana)."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x323AF


def is_wide(character: str) -> bool:
    """Whether the character is a Han ideograph or punctuation that is set as wide; "" is not."""
    return bool(character) and (is_cjk(character) or character in "，。；：、！？（）《》“”")


def differ(first: Language, second: Language) -> bool:
    """Whether the two are known to be different languages; OTHER may be either."""
    return first is not second and Language.OTHER not in (first, second)


def detect_language(text: str) -> Language:
    """Return the language of ``text``; OTHER where neither Chinese nor Latin script prevails."""
    sample = text[:20_000]
    han = sum(map(is_cjk, sample))
    letters = sum(character.isalpha() for character in sample)
    if letters == 0:
        return Language.OTHER
    if han and han / (han + len(_LATIN_WORD.findall(sample))) >= _CHINESE_SHARE:
        kana = sum(0x3040 <= ord(character) <= 0x30FF for character in sample)
        return Language.OTHER if kana > han else Language.ZH
    latin = sum(character.isascii() and character.isalpha() for character in sample)
    return Language.EN if latin / letters >= _ENGLISH_SHARE else Language.OTHER
