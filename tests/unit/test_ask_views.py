"""What the Ask tab shows of a conversation, as HTML."""

from dataclasses import replace

import pytest

from rag.conversations import Conversation, Rating, Turn
from rag.types import AnswerSentence, Language, Support
from rag.types import Document as Doc
from rag.ui import turn_view
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
