"""How much of a question a text speaks to: the share of its terms, weighted by their rarity.

Unlike BM25 the measure is absolute: it does not depend on what else was found, so that a limit
can be set below which nothing counts as an answer. Knows nothing of stores or models; document
frequencies are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rag.language import is_cjk
from rag.rarity import idf
from rag.segmentation import query_terms, terms
from rag.thesaurus import alternatives

# What another word for a term counts beside the term itself.
_ALTERNATIVE_WORTH = 0.8
# FTS5 and the fusion see no gain from more; very long questions would only get slower.
MOST_TERMS = 48
# What a lone Chinese character counts beside a word as rare. Most are verbs (训, 取) or slips of
# segmentation, and rare only because documents have them inside of words.
LONE_CHARACTER_WORTH = 0.5


@dataclass(frozen=True, slots=True)
class WeightedQuery:
    """A question's terms, each with its weight; the weights sum to 1 (or there are none).

    ``alternatives`` are sets of terms that stand for a term where all of them are found.
    """

    weights: Mapping[str, float]
    alternatives: Mapping[str, frozenset[frozenset[str]]] = field(default_factory=dict)

    @property
    def expansion(self) -> list[str]:
        """The terms of all alternatives that are not the question's own, sorted."""
        phrases = [phrase for others in self.alternatives.values() for phrase in others]
        return sorted(frozenset().union(*phrases) - set(self.weights))

    def coverage(self, found: Iterable[str]) -> float:
        """Return the weight of the terms that are met by ``found``, in [0, 1]."""
        present = frozenset(found)
        met = self.weights.keys() & present
        total = sum(self.weights[term] for term in met)
        for term, others in self.alternatives.items():
            if term not in met and any(phrase <= present for phrase in others):
                total += _ALTERNATIVE_WORTH * self.weights.get(term, 0.0)
        return total

    def coverage_of(self, text: str) -> float:
        """Return the weight of the terms that stand in ``text``, in [0, 1]."""
        return self.coverage(terms(text))


def weigh_query(
    question: str, *, document_frequencies: Mapping[str, int], chunk_count: int
) -> WeightedQuery:
    """Weigh the question's terms by inverse document frequency.

    A term that no chunk has weighs most: a question about it cannot be covered.
    A lone Chinese character weighs less than a word as rare, and one that no chunk has is left out:
    it is a verb such as 取 or a slip of segmentation far more often than the question's subject.
    """
    others = alternatives(question)
    weights: dict[str, float] = {}
    for term in query_terms(question)[:MOST_TERMS]:
        frequency = max(
            document_frequencies.get(term, 0),
            *(
                min(document_frequencies.get(part, 0) for part in phrase)
                for phrase in others.get(term, frozenset())
            ),
            0,
        )
        if is_lone_character(term) and not frequency:
            continue
        worth = LONE_CHARACTER_WORTH if is_lone_character(term) else 1.0
        weights[term] = worth * idf(frequency, chunk_count)
    total = sum(weights.values())
    return WeightedQuery(
        weights={term: weight / total for term, weight in weights.items()} if total else {},
        alternatives=others,
    )


def is_lone_character(term: str) -> bool:
    """Whether a term is one Chinese character."""
    return len(term) == 1 and is_cjk(term)


def terms_to_count(question: str) -> list[str]:
    """Return the terms whose document frequencies ``weigh_query`` needs."""
    phrases = [phrase for others in alternatives(question).values() for phrase in others]
    own = query_terms(question)[:MOST_TERMS]
    return list(dict.fromkeys([*own, *sorted(frozenset().union(*phrases))]))
