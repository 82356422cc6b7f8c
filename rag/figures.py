"""The numbers that a text states, brought to one form so that they can be compared.

70 亿, 7,000,000,000 and 7 billion are one number; 5% and 5 倍 are two. Knows nothing of answers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_SUPERSCRIPT = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
# NFKC would make "8，256" one number; "10：30" is one.
_CHINESE_COMMA = re.compile(r"[，、]|(?<!\d)：|：(?!\d)")
# 10^{6} in a formula, 零下 20 度, 百分之八十.
_BRACED = re.compile(r"\^\{(\d{1,2})\}")
_BELOW_ZERO = re.compile(r"零下\s*(?=\d)")
_PERCENT = re.compile(
    r"百分之\s*(\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?)"
)
_DIGITS = re.compile(
    r"(?P<sign>(?:(?<=^)|(?<=[\s(（\[=<>≤≥≈:：到至为是]))[-−])?"
    r"(?P<number>\d+(?:\.\d+)?[eE][-+]?\d{1,3}(?![A-Za-z0-9])|\d+(?::\d+)+|"
    r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)"
    r"(?:\^(?P<power>\d{1,2}))?\s?"
    r"(?:(?P<scale>万亿|[十百千]?[万亿]|百(?!分)|千(?![克米瓦])|thousand|million|billion|trillion|"
    r"(?<=\d)(?-i:[KkMBT])(?![A-Za-z]))s?)?\s?"
    r"(?P<unit>%|‰|倍|times|percent|个?(?:分钟|小时|星期|月)|毫秒|秒|天|周(?!期)|年|"
    r"千克|公斤|毫克|克|公里|千米|厘米|毫米|米|美元|欧元|英镑|日元|元|"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|dollars?|euros?|pounds|yuan)\b|"
    r"(?-i:ms|(?<!\d{3}0)s|min|h|mg|kg|g|km|cm|mm|m|[KMGT]i?B|USD|CNY|RMB|EUR)(?![A-Za-z]))?",
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
    "week": "星期", "周": "星期", "month": "个月", "year": "年", "毫秒": "ms", "s": "秒",
    "min": "分钟", "h": "小时", "公斤": "kg", "千克": "kg", "克": "g", "毫克": "mg", "公里": "km",
    "千米": "km", "米": "m", "厘米": "cm", "毫米": "mm", "dollar": "美元", "usd": "美元",
    "euro": "欧元", "eur": "欧元", "pound": "英镑", "yuan": "元", "cny": "元", "rmb": "元",
    "kib": "kb", "mib": "mb", "gib": "gb", "tib": "tb",
}  # fmt: skip
_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
# A month beside a day or a year: "May 5", "5 May 2024", "in June 2023".
_MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_MONTH = re.compile(
    rf"(?<=\d)(?:st|nd|rd|th)?\s(?:of\s)?(?P<after>{_MONTH_NAME})|"
    rf"\b(?P<before>{_MONTH_NAME})(?=,?\s+\d)"
)
_CHINESE_DIGITS = dict(
    zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
# A number in characters counts before what is counted; by itself it is part of a word (一致, 三角).
# 几十个 and 数百个 state no number.
_CHINESE_COUNT = re.compile(
    r"(?<![几数上第零〇一二两三四五六七八九十百千万亿点.\d])(?<!\d\s)"
    r"(?P<number>[零〇一二两三四五六七八九十百千万亿]{1,12})"
    r"(?=个|[种类步层次倍条项张组阶页章位台轮款名档级份段对年月天元人岁周]|小时|分钟|秒)"
)
_ONES = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(),
        start=1,
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SMALL = "|".join((*_ONES, *_TENS))
_WORD = re.compile(
    rf"\b(?:twice|(?:{_SMALL})"
    rf"(?:[\s-]+(?:(?:{'|'.join(_LARGE)})(?:\s+and\s+(?:{_SMALL}))?|{_SMALL}))*)\b",
    re.IGNORECASE,
)

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
        return bool(counts) and not stated.counted <= counts | {value for value, _ in self.written}

    def _holds(self, value: str, unit: str) -> bool:
        units = {own_unit for own, own_unit in self.written if own == value}
        if not units:
            return value in self.counted
        return not unit or "" in units or unit in units


def figures(text: str) -> Figures:
    """Return the numbers of a text. 一 and "one" are left out: mostly they are articles."""
    text = _SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found.group()), text)
    text = unicodedata.normalize("NFKC", _CHINESE_COMMA.sub(" ", text))
    text = _BELOW_ZERO.sub(" -", _BRACED.sub(r"^\1", text))
    text = _MONTH.sub(lambda found: f" {_month(found['after'] or found['before'])}", text)
    text = _PERCENT.sub(lambda found: f" {_digits(found[1])}%", text)
    written = frozenset(_figure(found) for found in _DIGITS.finditer(text))
    counted = {_canonical(_counted(found["number"])) for found in _CHINESE_COUNT.finditer(text)}
    counted |= {_canonical(_in_words(found.group())) for found in _WORD.finditer(text)}
    return Figures(written, frozenset(counted - {"1"}))


def _month(name: str) -> int:
    return _MONTHS[name[:3].lower()]


def _digits(number: str) -> str:
    if number[0].isdigit():
        return number
    whole, point, places = number.partition("点")
    decimals = "".join(str(_CHINESE_DIGITS[character]) for character in places)
    return _canonical(_counted(whole)) + ("." + decimals if point else "")


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
    unit = unit if unit == "个月" else unit.removeprefix("个")
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
    """Return the value of a number in Chinese characters; a year has a character a digit."""
    if len(number) > 2 and not set(number) & _CHINESE_SCALES.keys():
        return int("".join(str(_CHINESE_DIGITS[character]) for character in number))
    total = section = digit = 0
    for character in number:
        scale = _CHINESE_SCALES.get(character)
        if scale is None:
            digit = _CHINESE_DIGITS[character]
        elif scale < 10**4:
            section += (digit or 1) * scale
            digit = 0
        else:
            total = (total + section + digit or 1) * scale
            section = digit = 0
    return total + section + digit


def _in_words(number: str) -> int:
    """Return the value of a number in English words, such as five thousand and twenty-four."""
    if number.lower() == "twice":
        return 2
    total = section = 0
    for word in re.split(r"[\s-]+(?:and\s+)?", number.lower()):
        large = _LARGE.get(word)
        if large is None:
            section += _ONES.get(word) or _TENS.get(word) or 0
        elif large == 100:
            section = (section or 1) * large
        else:
            total += (section or 1) * large
            section = 0
    return total + section
