"""Ask about another name: near misses that nobody has to write.

"How many layers has ViLBERT?" is answered where ViLBERT's are counted; with LXMERT in the question
the same sentence answers nothing. A scorer that learns from written questions alone takes many of
such sentences for answers (docs/decisions/0018). Each group of an answered question gives two: one
with another name in the question, which nothing answers, and one with that name in the answer as
well, lest what was exchanged be known by its oddness. The other name is one that the group's wrong
texts hold, so that it is of the same subject. Numbers are exchanged like names, and in Chinese what
jieba takes for proper names, terms of art among them.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from training.groups import Group

_SIZE = 4
# Names of programs, methods and settings: in capitals, with digits, or in parts.
_LATIN = re.compile(
    r"(?<![A-Za-z0-9_])(?:[A-Za-z0-9]*[A-Z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*|"
    r"[A-Za-z]+[0-9][A-Za-z0-9]*|[A-Za-z]+(?:_[A-Za-z0-9]+)+)(?![A-Za-z0-9_])"
)
# What may not stand before and behind a number that is read by itself.
_ALONE = r"(?<![A-Za-z0-9_.,-]){}(?![A-Za-z0-9_]|[.,-]\d)"
_NUMBER = re.compile(_ALONE.format(r"\d+(?:\.\d+)*"))
_FIRST_CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*")
# jieba's tags of persons, places, organizations and other proper names.
_PROPER = ("nr", "ns", "nt", "nz")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# A word with one capital is a name where it is seldom written without.
_LEAST_SEEN = 3
_MOST_SMALL = 0.25
_A_NUMBER = "0"
# How much likelier a name of the same form is taken.
_SAME_FORM = 10


class Renaming:
    """Exchanges names; knows from all groups which words are names."""

    def __init__(self, groups: Sequence[Group], generator: random.Random) -> None:
        """Count the words of ``groups``, where no sentence begins with them."""
        self._generator = generator
        # The first texts of a group are of its own section: enough to know a word.
        self._seen = Counter(
            word
            for text in {text for group in groups for text in group.texts[:3]}
            for word in re.findall(r"(?<=[a-z,;)] )[A-Za-z]+(?:-[a-z]+)*", text)
        )

    def renamed(self, groups: Iterable[Group]) -> Iterator[Group]:
        """Yield two groups for each of ``groups`` that is answered and names something."""
        for group in groups:
            if group.positives and (pair := self._exchange(group)):
                yield from pair

    def _exchange(self, group: Group) -> tuple[Group, Group] | None:
        right, *wrong = group.texts
        own = [name for name in self._names(group.question) if _holds(right, name)]
        if not own:
            return None
        name = self._generator.choice(sorted(own))
        taken = (group.question + right).casefold()
        others = Counter(
            other
            for text in wrong
            for other in self._names(text)
            if other.casefold() not in taken and not _overlap(other, name)
        )
        form = _form(name)
        likely = {
            other: count * _SAME_FORM ** (_form(other) == form)
            for other, count in others.items()
            if (_form(other) == _A_NUMBER) == (form == _A_NUMBER)
        }
        if not likely:
            return None
        choices = sorted(likely)
        other = self._generator.choices(choices, [likely[choice] for choice in choices])[0]
        question = _put(group.question, name, other)
        # What names the other thing may answer what is asked about it.
        rest = tuple(text for text in wrong if not _holds(text, other))
        return (
            Group(question, (right, *rest)[: _SIZE - 1], 0),
            Group(question, (_put(right, name, other), right, *rest)[:_SIZE], 1),
        )

    def _names(self, text: str) -> set[str]:
        return {name for name in _candidates(text) if self._is_name(name)}

    def _is_name(self, name: str) -> bool:
        if not _FIRST_CAPITAL.fullmatch(name):
            return True
        seen = self._seen[name]
        return seen >= _LEAST_SEEN and self._seen[name.lower()] < _MOST_SMALL * seen


@lru_cache(maxsize=100_000)
def _candidates(text: str) -> frozenset[str]:
    found = {name for name in _LATIN.findall(text) if len(name) > 1}
    found.update(number for number in _NUMBER.findall(text) if len(number) > 1)
    if _CHINESE.search(text):
        import jieba.posseg

        found.update(
            pair.word
            for pair in jieba.posseg.cut(text)
            if pair.flag in _PROPER and len(pair.word) > 1 and _CHINESE.match(pair.word)
        )
    return frozenset(found)


def _form(name: str) -> str:
    """Return what kind of letters and signs a name has."""
    if _NUMBER.fullmatch(name):
        return _A_NUMBER
    if _CHINESE.match(name):
        return "字"
    signs = "".join(sign for sign in "_.-" if sign in name)
    return ("A" if name.isupper() else "a") + ("1" if re.search(r"\d", name) else "") + signs


def _overlap(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return one in other or other in one


def _whole(name: str) -> re.Pattern[str]:
    if _CHINESE.match(name):
        return re.compile(re.escape(name))
    if _NUMBER.fullmatch(name):
        return re.compile(_ALONE.format(re.escape(name)))
    return re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")


def _holds(text: str, name: str) -> bool:
    return _whole(name).search(text) is not None


def _put(text: str, name: str, other: str) -> str:
    return _whole(name).sub(lambda _: other, text)
