"""Chinese text with words put into English by a dictionary, so that the two come to mean the same.

There are few questions in one language about a text in the other, and those are about software.
Training on text whose words are exchanged one by one carries over to whole texts in the other
language (Litschko, Artemova & Plank 2023, "Boosting Zero-shot Cross-lingual Retrieval by Training
on Artificially Code-Switched Data", arXiv:2305.05295).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from training.sources import Pair
from training.topics import Row

# A longer gloss explains the word instead of translating it.
_MOST_WORDS = 3
_SENSES = 2
_CHINESE = re.compile("[\u3400-\u9fff]")
_ENDS = str.maketrans("，。！？；：（）", ",.!?;:()")


def translations(pairs: Iterable[Pair]) -> dict[str, tuple[str, ...]]:
    """Return each Chinese word's first short English senses."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        sense = re.sub(r"^to ", "", re.split("[;,]", pair.en)[0].strip())
        known = found.get(pair.zh, ())
        is_short = 0 < len(sense.split()) <= _MOST_WORDS and not _CHINESE.search(sense)
        if len(pair.zh) > 1 and is_short and len(known) < _SENSES and sense not in known:
            found[pair.zh] = (*known, sense)
    return found


def switched(
    text: str, senses: Mapping[str, tuple[str, ...]], share: float, generator: random.Random
) -> str:
    """Return `text` with that share of the words that have a translation exchanged for it."""
    import jieba

    pieces: list[str] = []
    for word in jieba.cut(text):
        if word in senses and generator.random() < share:
            pieces.append(f" {generator.choice(senses[word])} ")
        else:
            pieces.append(word)
    return re.sub(r"  +", " ", "".join(pieces)).strip()


def mostly_english(
    text: str, senses: Mapping[str, tuple[str, ...]], generator: random.Random
) -> str:
    """Return every word's translation; what is Chinese and has none is left out."""
    kept = switched(text, senses, 1.0, generator).translate(_ENDS)
    return " ".join(re.sub("[\u3400-\u9fff]+", " ", kept).split())


def with_switched(
    rows: Iterable[Row], senses: Mapping[str, tuple[str, ...]], share: float, seed: int
) -> list[Row]:
    """Return the rows, that share of the Chinese ones with question or passage put into English.

    A question keeps what has no translation, its names above all; half of the passages do.
    """
    generator = random.Random(seed)
    changed: list[Row] = []
    for row in rows:
        is_chinese = _CHINESE.search(row.question) and _CHINESE.search(row.passage)
        if not is_chinese or generator.random() >= share:
            changed.append(row)
            continue
        side = "question" if generator.random() < 0.4 else "passage"
        text = getattr(row, side)
        if side == "question" or generator.random() < 0.5:
            text = switched(text, senses, generator.uniform(0.4, 1.0), generator)
        else:
            text = mostly_english(text, senses, generator)
        changed.append(replace(row, **{side: text}))
    return changed
