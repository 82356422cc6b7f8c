"""Other words for what a question asks: its terms' alternatives from a small thesaurus.

Lexical retrieval only finds the words that a document uses. The thesaurus bridges the commonest
gaps between how people ask and how documents speak, within and across the two languages. Knows
nothing of documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from rag.segmentation import query_terms

Phrase = frozenset[str]


def alternatives(question: str) -> Mapping[str, frozenset[Phrase]]:
    """Return, for terms of the question, the sets of terms that mean the same.

    A multi-word phrase of the question gives each of its terms the same alternatives: the term
    counts as met where all terms of an alternative are.
    """
    asked = set(query_terms(question))
    found: dict[str, frozenset[Phrase]] = {}
    for group in _groups():
        present = [phrase for phrase in group if phrase <= asked]
        if not present:
            continue
        others = frozenset(phrase for phrase in group if not phrase <= asked)
        for term in frozenset().union(*present):
            found[term] = found.get(term, frozenset()) | others
    return found


@cache
def _groups() -> tuple[frozenset[Phrase], ...]:
    return tuple(_read())


def _read() -> Iterator[frozenset[Phrase]]:
    text = resources.files("rag").joinpath("thesaurus.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        phrases = (frozenset(query_terms(phrase)) for phrase in line.split(","))
        yield frozenset(phrase for phrase in phrases if phrase)
