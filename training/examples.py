"""What the large models learn from, as arrays: made where the data is, read where a GPU is.

    python -m training.examples BASE OUT --near EMBEDDER [--again] [--data FOLDER]

writes `OUT/embedder.npz` and `OUT/scorer.npz`. BASE gives the tokenizer. EMBEDDER, any that is
there, finds what is near: the topics that batches are cut from, and the sections that wrong
sentences are taken from. With `--again` BASE is a scorer that is to go on learning: of the groups
stay the hardest texts of those that it gets wrong, and the sections written to be asked about come
in twice, so that they are nearly half; this reads 1.4 million pairs and wants a GPU.
"""

from __future__ import annotations

import argparse
import logging
import random
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from training import sources
from training.contrasting import question_rows
from training.encoder import Encoder
from training.groups import Group, make_groups
from training.mining import Scorer, hardest
from training.own_groups import make_own_groups
from training.ragged import Ragged
from training.renaming import Renaming
from training.scoring import Cross
from training.topics import topics_of

_logger = logging.getLogger(__name__)
_MOST_TOKENS = 190
_SEED = 77
_TOPIC_ROWS = 1500
_GROUP_SIZE = 12
_OPEN_CHINESE = 13_000
# Of the groups, when a scorer goes on learning: wrong texts that stay, and how many are asked about
# another name too.
_WRONG = 5
_RENAMED = 30_000


class _Index:
    """Texts, each once, with the number of its row."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self.rows.setdefault(text, len(self.rows))


def embedder_examples(data: Path, near: Encoder, tokenizer: Any) -> dict[str, np.ndarray]:
    """Return the arrays of questions with passages and of parallel texts.

    `questions`, `passages`: rows of the texts; `contexts`, `topics`: numbers that what is of one
    section, or of one source and subject, shares; `zh`, `en`: rows of parallel texts; `words`: how
    many of these, the last ones, are a dictionary's.
    """
    index = _Index()
    columns: dict[str, list[int]] = {"questions": [], "passages": [], "contexts": [], "topics": []}
    contexts = _Index()
    made = 0
    for name, rows in sorted(question_rows(data, _SEED).items()):
        topics = topics_of(near, rows, len(rows) // _TOPIC_ROWS, _SEED)
        _logger.info("%s: %d rows of %d topics", name, len(rows), len(topics))
        for topic in topics:
            for row in topic:
                columns["questions"].append(index.of(row.question))
                columns["passages"].append(index.of(row.passage))
                columns["contexts"].append(contexts.of(row.context))
                columns["topics"].append(made)
            made += 1
    pairs = sources.read_pairs(data)
    words = sources.read_dictionary()
    found = {name: np.array(values, np.int32) for name, values in columns.items()}
    found["zh"] = np.array([index.of(pair.zh) for pair in [*pairs, *words]], np.int32)
    found["en"] = np.array([index.of(pair.en) for pair in [*pairs, *words]], np.int32)
    found["words"] = np.array(len(words))
    return found | _tokens(index, tokenizer)


def scorer_examples(groups: list[Group], tokenizer: Any) -> dict[str, np.ndarray]:
    """Return the arrays of groups.

    `asked` (g,) and `texts` (all,) are rows; `sizes` and `positives` (g,) numbers of texts.
    """
    index = _Index()
    found = {
        "asked": np.array([index.of(group.question) for group in groups], np.int32),
        "texts": np.array([index.of(text) for group in groups for text in group.texts], np.int32),
        "sizes": np.array([len(group.texts) for group in groups], np.int8),
        "positives": np.array([group.positives for group in groups], np.int8),
    }
    return found | _tokens(index, tokenizer)


def groups_again(
    groups: list[Group], own: list[Group], scorer: Scorer, generator: random.Random
) -> list[Group]:
    """Return what a scorer goes on with: `groups` that it gets wrong, `own` ones, other names."""
    renamed = [
        *Renaming(own, generator).renamed(own),
        *Renaming(groups, generator).renamed(groups[:_RENAMED]),
    ]
    return [*hardest(groups, scorer, wrong=_WRONG), *own, *own, *renamed]


def _tokens(index: _Index, tokenizer: Any) -> dict[str, np.ndarray]:
    ragged = Ragged.of(list(index.rows), tokenizer, _MOST_TOKENS)
    return {"tokens": ragged.tokens, "starts": ragged.starts}


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--near", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=sources.DEFAULT_DATA)
    parser.add_argument("--again", action="store_true", help="BASE is a scorer that goes on")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(options.base / "tokenizer.json"))
    near = Encoder.load(options.near)
    groups = make_groups(
        options.data, near, seed=_SEED, size=_GROUP_SIZE, open_chinese=_OPEN_CHINESE
    )
    if options.again:
        generator = random.Random(_SEED)
        own = make_own_groups(options.data, near, generator)
        scorer = Cross(Encoder.load(options.base), options.base)
        groups = groups_again(groups, own, scorer, generator)
    else:
        np.savez(options.out / "embedder.npz", **embedder_examples(options.data, near, tokenizer))
    np.savez(options.out / "scorer.npz", **scorer_examples(groups, tokenizer))


if __name__ == "__main__":
    main()
