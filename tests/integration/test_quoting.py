"""Which evidence a quoted answer consists of, with the embedded LLM."""

import pytest

from rag.answering import quote_pieces, select_quotes
from rag.engine import Engine
from rag.llm import LanguageModel
from rag.types import Chunk, Evidence, Hit, Language, RetrievalScores, Span, StoredChunk

pytestmark = pytest.mark.slow

TEXTS = (
    "LoRA adds small matrices.",
    "Its rank is usually 8 to 64.",
    "Higher ranks suit far-off tasks.",
    "Merged matrices cost nothing.",
    "Adapters came earlier.",
    "Prefixes are another way.",
)


@pytest.fixture
def llm(engine: Engine) -> LanguageModel:
    return engine.llm


def evidence(*scores: float) -> list[Evidence]:
    """Sentences of one section, in reading order, with these scores."""
    found, position = [], 0
    for number, (text, score) in enumerate(zip(TEXTS, scores, strict=False), start=1):
        span = Span(position, position + len(text))
        chunk = Chunk(text, span, ("LoRA",), "lora", None, Language.EN)
        hit = Hit(StoredChunk(number, "lora.md", chunk), RetrievalScores(0.5, 0.5))
        found.append(Evidence(number, hit, span, text, score))
        position = span.end + 1
    return found


def test_a_clear_ranking_is_not_put_to_the_llm(llm: LanguageModel) -> None:
    selection = select_quotes("which rank", evidence(0.3, 0.9, 0.6), llm, max_sentences=4)
    assert (selection.chosen_by, selection.prompt_tokens) == ("ranking", 0)
    assert [item.text for item in selection.evidence] == [TEXTS[1], TEXTS[2]]


def test_between_sentences_about_as_good_the_llm_chooses(llm: LanguageModel) -> None:
    items = evidence(0.80, 0.82, 0.81, 0.83, 0.2)
    selection = select_quotes("usual rank of LoRA", items, llm, max_sentences=1)
    assert selection.chosen_by == "llm"
    assert selection.prompt_tokens > 0
    assert len(selection.evidence) == 1
    # Whatever it says, it cannot choose what the ranking puts far behind.
    assert selection.evidence[0].score >= 0.8


def test_quotes_are_streamed_word_for_word_in_reading_order(llm: LanguageModel) -> None:
    items = evidence(0.7, 0.9, 0.85, 0.1, 0.75)
    selection = select_quotes("which rank", items, llm, max_sentences=4)
    expected = [f"{item.text} [{n}]" for n, item in enumerate(selection.evidence, start=1)]
    # Each is of a passage of its own, and so has a line of its own.
    assert "".join(quote_pieces(selection)) == "\n".join(expected)
    numbers = [item.number for item in selection.evidence]
    assert numbers == sorted(numbers)
