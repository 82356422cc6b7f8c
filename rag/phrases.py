"""How much of a question's wording stands in a text: its pairs of neighbouring words.

Words alone cannot tell "language model of vision" from "vision language model". Pairs of
neighbours can (Metzler & Croft 2005, "A Markov Random Field Model for Term Dependencies"), and
pairs of Chinese characters do not depend on how either text is segmented, where the question's
words may be cut differently from the document's (Nie et al. 2000, "On the Use of Words and n-grams
for Chinese Information Retrieval"). Knows nothing of stores or models.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.language import is_cjk
from rag.rarity import idf
from rag.segmentation import is_stopword, normalize, stem, without_contractions

_Pair = tuple[str, str]
# A Chinese character, a word or number, or a sign; one that joins the parts of a name is none.
_UNIT = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+|[^\s\w/-]")


def shared_phrases(question: str, texts: Sequence[str]) -> list[float]:
    """Return what share of the question's pairs stands in each text, in [0, 1].

    A pair weighs more the fewer of ``texts`` have it, by BM25's idf, and most if none has. English
    stopwords make no pairs; Chinese ones do, since their characters are parts of words as well, and
    without them fewer development questions found their section. All shares are 0 where the
    question has no pair.
    """
    asked = set(_pairs(without_contractions(question)))
    found = [asked.intersection(_pairs(text)) for text in texts]
    frequencies = Counter(pair for pairs in found for pair in pairs)
    weights = {pair: idf(frequencies[pair], len(texts)) for pair in asked}
    total = sum(weights.values()) or 1.0
    return [sum(weights[pair] for pair in pairs) / total for pairs in found]


def _pairs(text: str) -> Iterator[_Pair]:
    """Yield the neighbours: Chinese characters, and words that are no stopwords, as stems."""
    units = [stem(unit) for unit in _UNIT.findall(normalize(text))]
    for first, second in pairwise(units):
        if not (first[0].isalnum() and second[0].isalnum()):
            continue
        both_chinese = is_cjk(first[0]) and is_cjk(second[0])
        if both_chinese or not (is_stopword(first) or is_stopword(second)):
            yield first, second
