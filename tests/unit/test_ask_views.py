"""What the Ask tab shows of a conversation, as HTML."""

import re
from dataclasses import replace

import pytest

from rag.conversations import Conversation, Rating, Turn
from rag.types import (
    AnswerSentence,
    Chunk,
    Hit,
    Language,
    PassedOver,
    RetrievalScores,
    Span,
    StoredChunk,
    Support,
)
from rag.types import Document as Doc
from rag.ui import turn_view
from rag.ui.inspection import inspection
from rag.ui.panel_texts import PANEL_TEXTS
from rag.ui.reopening import is_gone, relocated
from rag.ui.source_view import sources
from rag.ui.texts import TEXTS
from tests.answers import made_answer

EN = TEXTS[Language.EN]
TEXT = "0123456789A model. The end."


def document(text: str) -> Doc:
    return Doc("/en/clip.md", "en/clip.md", "", text, Language.EN, "", "", (), ())


def shown(**given) -> str:
    turn = Turn("t", "What is CLIP?", made_answer(), **given)
    return turn_view.conversation(EN, Conversation("c", (turn,)), followups=["And LoRA?"])


def test_doubtful_sentences_say_so_and_sound_ones_only_to_a_screen_reader() -> None:
    sentences = tuple(AnswerSentence(item.value, item, (1,)) for item in Support)
    turn = Turn("t", "q", made_answer(sentences=sentences))
    html = turn_view.conversation(EN, Conversation("c", (turn,)))
    for doubt in (Support.PARTLY, Support.UNSUPPORTED):
        assert f'<span class="doubt">{EN.support(doubt)}</span>' in html
    for sound in (Support.QUOTED, Support.SUPPORTED):
        assert f'<span class="visually-hidden">{EN.support(sound)}</span>' in html


def test_a_rating_and_its_note_are_shown_again() -> None:
    html = shown(rating=Rating.DOWN, note="wrong <b>")
    assert html.count('aria-pressed="true"') == 1
    assert 'data-rating="down" aria-pressed="true"' in html
    assert "wrong &lt;b&gt;" in html


@pytest.mark.parametrize("evil", ["<script>x</script>", "{{x}}", "${x}", '" onclick="x'])
def test_nothing_of_a_text_becomes_markup(evil: str) -> None:
    answer = made_answer(evil, evil)
    turn = Turn("t", evil, answer, note=evil)
    last = replace(turn, id="u", answer=None, written=evil)
    html = turn_view.conversation(EN, Conversation("c", (turn, last)), followups=[evil])
    assert evil not in html
    assert evil not in sources(EN, answer)


def test_cited_words_that_moved_are_found_where_they_stand_now() -> None:
    kept = Conversation("c", (Turn("t", "q", made_answer()), Turn("u", "stopped")))
    quote = kept.turns[0].answer.citations[0].quote
    assert relocated(kept, lambda _: document(TEXT)) == kept
    moved = relocated(kept, lambda _: document(f"More. {TEXT}")).turns[0].answer.citations[0]
    assert (moved.start, moved.end) == (16, 16 + len(quote))


def test_cited_words_that_are_gone_lead_nowhere_and_say_so() -> None:
    kept = Conversation("c", (Turn("t", "q", made_answer()),))
    gone = relocated(kept, lambda _: document("Another text."))
    answer = gone.turns[0].answer
    assert is_gone(answer.citations[0])
    for html in (turn_view.conversation(EN, gone), sources(EN, answer)):
        assert "data-place" not in html
        assert EN.gone in html


def test_a_card_is_of_one_section_with_its_score() -> None:
    html = sources(EN, made_answer())
    assert html.count('<section class="card">') == 1
    assert "Models › What is CLIP?" in html
    assert "relevance 0.90" in html


def test_an_inspection_shows_what_was_scored_and_left_out_of_each_passage() -> None:
    text = "Tea is <b>hot</b>. It is brewed at seventy degrees. It is old."
    found = Chunk(text, Span(100, 100 + len(text)), ("Tea",), "tea", None, Language.EN)
    hit = Hit(StoredChunk(7, "tea.md", found), RetrievalScores(0.5, 0.5))
    start = 100 + text.index("It is brewed")
    passed = (PassedOver(7, Span(start, start + 31), 0.25), PassedOver(7, Span(90, 118), 0.75))
    elsewhere = PassedOver(8, Span(100, 118), 0.5)
    html = inspection(EN, made_answer(hits=(hit,), passed_over=(*passed, elsewhere)))
    rows = re.findall(r"<li>.*?>(0\.\d\d)</span><span>(.*?)</span></li>", html)
    assert rows == [
        ("0.75", "Tea is &lt;b&gt;hot&lt;/b&gt;."),
        ("0.25", "It is brewed at seventy degrees"),
    ]
    assert html.count(PANEL_TEXTS["en"].passed_over) == 1
    assert PANEL_TEXTS["en"].passed_over not in inspection(EN, made_answer(hits=(hit,)))


@pytest.mark.parametrize(("question", "kind"), [("hello", "sentence"), ("And BLIP?", "declined")])
def test_only_what_is_declined_stands_out_as_that(question: str, kind: str) -> None:
    answer = replace(made_answer(), question=question, abstained=True, text="It is so.")
    turn = Turn("t", question, answer)
    page = turn_view.conversation(EN, Conversation("c", (turn,)), followups=[])
    assert f'<p class="{kind}">It is so.</p>' in page
