"""Answers for property tests, built from the dataclasses alone."""

from hypothesis import strategies as st

from rag.conversations import Rating, Turn, new_id
from rag.types import (
    Answer,
    AnswerSentence,
    Chunk,
    Citation,
    Evidence,
    Hit,
    Language,
    PassedOver,
    RetrievalScores,
    Span,
    StoredChunk,
    Support,
    Timings,
    TokenCounts,
)

TEXTS = st.text(max_size=40)
SCORES = st.floats(0, 1)
MAYBE = st.none() | st.integers(1, 999)
SPANS = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda pair: Span(*sorted(pair)))
PATHS = st.lists(TEXTS, max_size=3).map(tuple)


def several(values: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    return st.lists(values, max_size=most).map(tuple)


CHUNKS = st.builds(Chunk, TEXTS, SPANS, PATHS, TEXTS, MAYBE, st.sampled_from(Language))
HITS = st.builds(
    Hit,
    st.builds(StoredChunk, st.integers(1), TEXTS, CHUNKS),
    st.builds(RetrievalScores, SCORES, SCORES, st.none() | SCORES, st.none() | SCORES),
    st.integers(0, 5),
)
PASSED_OVER = st.builds(PassedOver, st.integers(1), SPANS, SCORES)
EVIDENCE = st.builds(Evidence, st.integers(1, 99), HITS, SPANS, TEXTS, SCORES)
NUMBERS = st.integers(1, 99)
CITATIONS = st.builds(
    Citation, NUMBERS, TEXTS, PATHS, TEXTS, MAYBE, NUMBERS, NUMBERS, TEXTS, SCORES
)
SENTENCES = st.builds(AnswerSentence, TEXTS, st.sampled_from(Support), several(NUMBERS))
ANSWERS = st.builds(
    Answer,
    question=TEXTS,
    text=TEXTS,
    abstained=st.booleans(),
    model=TEXTS,
    citations=several(CITATIONS),
    sentences=several(SENTENCES),
    hits=several(HITS),
    evidence=several(EVIDENCE, 2),
    timings=st.builds(Timings, SCORES, SCORES, SCORES, SCORES),
    tokens=st.builds(TokenCounts, NUMBERS, NUMBERS),
    confidence=SCORES,
    passed_over=several(PASSED_OVER),
)
TURNS = st.builds(
    Turn,
    id=st.builds(new_id),
    question=TEXTS,
    answer=ANSWERS,
    rating=st.sampled_from(Rating),
    note=TEXTS,
)


def made_answer(question: str = "What is CLIP?", text: str = "A model.[1]", **given) -> Answer:
    """An answer of one sentence with one citation."""
    citation = Citation(
        1, "en/clip.md", ("Models", "What is CLIP?"), "clip", None, 10, 18, text[:8], 0.9
    )
    made = {
        "abstained": False,
        "citations": (citation,),
        "sentences": (AnswerSentence(text.removesuffix("[1]"), Support.QUOTED, (1,)),),
    }
    return Answer(question=question, text=text, model="m", **(made | given))
