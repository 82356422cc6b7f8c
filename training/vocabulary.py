"""A WordPiece tokenizer that reads English as before and Chinese in words.

BERT's own pre-tokenizer cuts Chinese into characters. Here a run of Han characters stays whole and
is cut by WordPiece's longest match into words of the vocabulary. A run begins with a mark of its
own (`▁`), so that every Chinese word is a continuation (`##模型`) and has one entry, not two.
"""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Iterable
from pathlib import Path

MARK = "▁"
_HAN_WORD = re.compile(r"[\u3400-\u9fff]+")
# Scripts that neither language needs, and the slots BERT leaves empty.
_UNNEEDED = re.compile(r"\[unused|[^\x00-\x7f\u00a0-\u024f\u0370-\u03ff\u2000-\u22ff\u3001-\u3011]")
_LONGEST = 6


def count_words(texts: Iterable[str]) -> collections.Counter[str]:
    """Return how often each Chinese word and character stands in the texts."""
    import rjieba

    counts: collections.Counter[str] = collections.Counter()
    for text in texts:
        for run in _HAN_WORD.findall(text):
            for word in rjieba.cut(run, False):
                counts[word] += 1
                if len(word) > 1:
                    counts.update(word)
    return counts


def general_words() -> dict[str, int]:
    """Return the word frequencies of jieba's dictionary: what everyday text holds."""
    import jieba

    path = Path(jieba.__file__).with_name("dict.txt")
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0]: int(row[1]) for row in rows if _HAN_WORD.fullmatch(row[0])}


def choose_words(counts: collections.Counter[str], known: set[str], size: int) -> list[str]:
    """Return `size` words, the most frequent in the data and in everyday text.

    Args:
        known: words with an entry in the dictionary; those come first among the rare.
    """
    general = general_words()
    scale = sum(counts.values()) / sum(general.values())
    score: dict[str, float] = {}
    for word in counts.keys() | general.keys():
        if len(word) > _LONGEST:
            continue
        frequency = counts[word] + scale * general.get(word, 0)
        score[word] = frequency * (1.0 if word in known else 0.6)
        if len(word) == 1:
            # A character stands in for every word that got no entry.
            score[word] *= 4
    return sorted(score, key=lambda word: (-score[word], word))[:size]


def graft(tokenizer: Path, words: list[str]) -> tuple[str, list[int]]:
    """Return the new `tokenizer.json` and, for each kept row of the old embedding, its old index.

    The new vocabulary is the kept old entries in their old order, then the mark, then the words.
    """
    data = json.loads(tokenizer.read_text(encoding="utf-8"))
    old: dict[str, int] = data["model"]["vocab"]
    kept = [
        word
        for word in sorted(old, key=old.__getitem__)
        if not _UNNEEDED.match(word.removeprefix("##"))
    ]
    vocabulary = [*kept, MARK, *(f"##{word}" for word in words)]
    ids = {word: i for i, word in enumerate(vocabulary)}
    data["model"]["vocab"] = ids
    data["model"]["max_input_chars_per_word"] = 2000
    data["truncation"] = data["padding"] = None
    for added in data["added_tokens"]:
        added["id"] = ids[added["content"]]
    for special, entry in data["post_processor"]["special_tokens"].items():
        entry["ids"] = [ids[special]]
    data["normalizer"] = {
        "type": "Sequence",
        "normalizers": [
            # Full-width letters and punctuation become the ASCII forms that the model knows.
            {"type": "NFKC"},
            {**data["normalizer"], "handle_chinese_chars": False},
            _replace(r"(?<=\p{Han})(?=[^\p{Han}\s])", " "),
            _replace(r"(?<!\p{Han})(?=\p{Han})", f" {MARK}"),
        ],
    }
    return json.dumps(data, ensure_ascii=False), [old[word] for word in kept]


def _replace(pattern: str, content: str) -> dict[str, object]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}
