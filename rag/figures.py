"""The numbers that a text states, brought to one form so that they can be compared.

70 亿, 7,000,000,000 and 7 billion are one number; 5% and 5 倍 are two. Knows nothing of answers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_SUPERSCRIPT = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_CHINESE_COMMA = re.compile(r"[，、：]")
_DIGITS = re.compile(
    r"(?P<sign>(?:(?<=^)|(?<=[\s(（\[=<>≤≥≈:：到至为是]))[-−])?"
    r"(?P<number>\d+(?::\d+)+|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)"
    r"(?:\^(?P<power>\d{1,2}))?\s?"
    r"(?:(?P<scale>万亿|[十百千]?[万亿]|百(?!分)|千(?![克米瓦])|thousand|million|billion|trillion|"
    r"(?<=\d)(?-i:[KkMBT])(?![A-Za-z]))s?)?\s?"
    r"(?P<unit>%|‰|倍|times|percent|秒|分钟|小时|天|seconds?|minutes?|hours?|days?|ms|毫秒)?",
    re.IGNORECASE,
)
_SCALES = {
    "百": 10**2, "千": 10**3, "万": 10**4, "亿": 10**8, "万亿": 10**12,
    "十万": 10**5, "百万": 10**6, "千万": 10**7, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11,
    "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_UNITS = {
    "percent": "%", "times": "倍", "second": "秒", "minute": "分钟", "hour": "小时", "day": "天",
    "毫秒": "ms",
}  # fmt: skip
_CHINESE_DIGITS = dict(
    zip("零一二两三四五六七八九", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
# A number in characters counts before what is counted; by itself it is part of a word (一致, 三角).
_CHINESE_COUNT = re.compile(
    r"(?P<number>[一二两三四五六七八九十百]{1,4})(?=[个种类步层次倍条项张组阶页章位台轮款名档级份段对])"
)
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "twice": 2,
}  # fmt: skip
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)

# What is said in words is seldom more.
_LARGEST_COUNT = 100
# A number by itself, not one in a name (GPT-4, BM25); and words that say how many or how much.
_ANY_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?<![A-Za-z]-)[0-9]|[两二三四五六七八九十百千万亿]+(?:分之|倍|余|多[个种]|[年月天秒])|"
    r"[数几][十百千万亿]|[一两二三四五六七八九十]半|半数|过半|减半|为零|零个|"
    r"\b(?:zeros?|eleven|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    r"thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|dozens?|hundreds?|thousands?|"
    r"millions?|billions?|hal(?:f|ves)|double[sd]?|quarters?|once|one)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a text states: ``written`` in digits as (value, unit), ``counted`` in words."""

    written: frozenset[tuple[str, str]]
    counted: frozenset[str]

    def lacks(self, stated: Figures) -> bool:
        """Whether a number that is ``stated`` in digits is not among these.

        A unit has to be the same where both have one.
        """
        return any(not self._holds(value, unit) for value, unit in stated.written)

    def miscounts(self, stated: Figures) -> bool:
        """Whether a number is ``stated`` in words where these count otherwise.

        Where these count nothing, whoever states it may have counted.
        """
        counts = self.counted | {value for value, _ in self.written if _is_count(value)}
        return bool(counts) and not stated.counted <= counts

    def _holds(self, value: str, unit: str) -> bool:
        units = {own_unit for own, own_unit in self.written if own == value}
        if not units:
            return value in self.counted
        return not unit or "" in units or unit in units


def figures(text: str) -> Figures:
    """Return the numbers of a text. 一 and "one" are left out: mostly they are articles."""
    text = _SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found.group()), text)
    # NFKC makes "8，256" one number of it.
    text = unicodedata.normalize("NFKC", _CHINESE_COMMA.sub(" ", text))
    written = frozenset(_figure(found) for found in _DIGITS.finditer(text))
    counted = {_canonical(_counted(found["number"])) for found in _CHINESE_COUNT.finditer(text)}
    counted |= {_canonical(_WORDS[found.group().lower()]) for found in _WORD.finditer(text)}
    return Figures(written, frozenset(counted - {"1"}))


def states_number(text: str) -> bool:
    """Whether a text says how many or how much of something."""
    return bool(_ANY_NUMBER.search(unicodedata.normalize("NFKC", text)) or figures(text).counted)


def _is_count(value: str) -> bool:
    # Compared by length first: Python refuses to read thousands of digits.
    is_small = value.isdigit() and len(value) <= len(str(_LARGEST_COUNT))
    return is_small and int(value) <= _LARGEST_COUNT


def _figure(found: re.Match[str]) -> tuple[str, str]:
    number = found["number"].replace(",", "")
    unit = (found["unit"] or "").lower()
    unit = _UNITS.get(unit, _UNITS.get(unit.removesuffix("s"), unit))
    try:
        value = Decimal(number) ** int(found["power"] or 1)
    except ArithmeticError:  # a version such as 1.2.3, 1:16, 0^0, or beyond all bounds
        return number, unit
    if found["scale"]:
        value *= _SCALES[found["scale"].lower()]
    if found["sign"]:
        value = -value
    # 3.10 is another version than 3.1, while 0.10 is 0.1.
    keeps_zeros = not found["scale"] and not found["power"] and value >= 1 and "." in number
    return (number if keeps_zeros else _canonical(value)), unit


def _canonical(value: Decimal | int) -> str:
    return f"{Decimal(value).normalize():f}"


def _counted(number: str) -> int:
    """Return the value of a number in Chinese characters below a thousand."""
    total = digit = 0
    for character in number:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _CHINESE_DIGITS[character]
    return total + digit
