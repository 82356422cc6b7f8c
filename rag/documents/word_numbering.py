"""The numbers that Word puts before paragraphs: they stand in no text, only in list definitions.

ECMA-376 part 1, 17.9 (numbering): a paragraph, or its style, names a list and a level of it; the
level says how its number is written and with what around it, such as ``第%1条`` or ``%1.%2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PLACE = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "ideographDigital",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
    }
)
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
# Word goes no deeper.
_LEVELS = 9


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int
    # Numbers of levels above are in digits here, whatever they are there.
    in_digits: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A paragraph's place in a list: its number as it is printed, "" for a bullet, and depth."""

    number: str
    depth: int


class Numbering:
    """Counts the lists of one document; paragraphs are to be asked for in reading order."""

    def __init__(self, document: Any) -> None:
        """Read the definitions of a ``docx.Document``; it may have none."""
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[str] = set()
        for relation in document.part.rels.values():
            if relation.reltype.endswith("/numbering") and not relation.is_external:
                self._read(relation.target_part._element)

    def mark(self, paragraph: Any) -> Mark | None:
        """Return where a paragraph stands in a list; None if it stands in none."""
        number, depth = _list_of(paragraph)
        if number in {"", "0"}:
            return None
        definition, starts = self._lists.get(number, ("", {}))
        levels = self._levels.get(definition, {})
        level = levels.get(depth)
        if level is None:
            return Mark("", depth)
        counts = self._counts.setdefault(definition, [0] * _LEVELS)
        if number not in self._begun:
            # Lists that share a definition go on counting, unless one is told where to begin.
            self._begun.add(number)
            for start in starts:
                counts[start] = 0
        if counts[depth] == 0:
            counts[depth] = starts.get(depth, level.start)
        else:
            counts[depth] += 1
        counts[depth + 1 :] = [0] * (_LEVELS - depth - 1)
        if level.form in {"bullet", "none"}:
            return Mark("", depth)

        def number_at(place: re.Match[str]) -> str:
            other = levels.get(int(place[1]) - 1, level)
            return written(
                counts[int(place[1]) - 1] or other.start,
                "decimal" if level.in_digits else other.form,
            )

        return Mark(_PLACE.sub(number_at, level.text).strip(), depth)

    def _read(self, root: Any) -> None:
        for definition in _all(root, "w:abstractNum"):
            levels = self._levels.setdefault(_one(definition, "@w:abstractNumId"), {})
            for level in _all(definition, "w:lvl[@w:ilvl < 9]"):
                levels[int(_one(level, "@w:ilvl"))] = _Level(
                    form=_one(level, "w:numFmt/@w:val") or "decimal",
                    text=_one(level, "w:lvlText/@w:val"),
                    start=int(_one(level, "w:start/@w:val") or 1),
                    in_digits=bool(_all(level, "w:isLgl[not(@w:val = '0' or @w:val = 'false')]")),
                )
        for number in _all(root, "w:num"):
            starts = {
                int(_one(override, "@w:ilvl")): int(_one(override, "w:startOverride/@w:val"))
                for override in _all(number, "w:lvlOverride[@w:ilvl < 9][w:startOverride]")
            }
            definition = _one(number, "w:abstractNumId/@w:val")
            self._lists[_one(number, "@w:numId")] = (definition, starts)


@lru_cache(maxsize=64)
def _path(path: str) -> Any:
    from docx.oxml.ns import nsmap
    from lxml import etree

    return etree.XPath(path, namespaces=nsmap)


def _all(element: Any, path: str) -> Iterable[Any]:
    return list(_path(path)(element))


def _one(element: Any, path: str) -> str:
    return str(_path(f"string({path})")(element))


def _list_of(paragraph: Any) -> tuple[str, int]:
    """Return the list's number, "" without one, and the level, by the paragraph or its styles."""
    properties = [paragraph._p.pPr]
    style = paragraph.style
    while style is not None:
        properties.append(style.element.pPr)
        style = style.base_style
    number, depth = "", ""
    for found in properties:
        if found is not None:
            number = number or _one(found, "w:numPr/w:numId/@w:val")
            depth = depth or _one(found, "w:numPr/w:ilvl/@w:val")
    return number, min(int(depth or 0), _LEVELS - 1)


def written(number: int, form: str) -> str:
    """Return a number in one of Word's forms (``ST_NumberFormat``); in digits if it is none."""
    if form in _CHINESE:
        return _in_chinese(number)
    if form in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in {"lowerRoman", "upperRoman"}:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman.upper() if form == "upperRoman" else roman
    if form == "decimalEnclosedCircle" and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if form == "decimalZero":
        return f"{number:02d}"
    return str(number)


def _in_chinese(number: int) -> str:
    if not 0 < number < 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += f"{_DIGITS[tens]}十" if tens > 1 or hundreds else "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")
