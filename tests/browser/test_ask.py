"""Conversations on the page: evidence first, a line, edits, ratings, what is kept."""

import re

import pytest

from rag.conversation_store import ConversationStore
from rag.evaluation.feedback import FILE_NAME
from rag.evaluation.questions import read_questions
from tests.browser.visits import ANSWER_MS, Visit, visiting

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

QUESTION = {"en": "What loss does CLIP train with?", "zh": "CLIP 用什么损失训练？"}
NEXT = {"en": "rank of LoRA", "zh": "LoRA 的秩"}
WAITING = {"en": "Waiting, 1 ahead of you.", "zh": "前面还有 1 个提问"}
STOPPED = {"en": "Stopped before", "zh": "已停止"}
SPAN = {"en": "characters", "zh": "字符"}


def open_drawer(visit: Visit) -> None:
    visit.page.click("#history .show")
    visit.page.wait_for_selector("#history dialog[open] .list > *")


def found(visit: Visit, words: str) -> int:
    """How many kept conversations hold ``words``."""
    visit.page.fill("#history input", words)
    visit.page.wait_for_selector('#history .list[aria-busy="false"]')
    return visit.page.locator("#history .entry").count()


def test_evidence_comes_first_and_a_citation_is_shown_where_it_is_pointed_at(visit: Visit) -> None:
    """What the page showed at each change of the sources is noted in the page itself."""
    page = visit.page
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => window.seen.push([
            document.querySelectorAll('#sources .card blockquote').length,
            document.querySelectorAll('#conversation .answer.pending').length,
          ])).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    visit.ask(QUESTION[visit.language])
    first = next(item for item in page.evaluate("window.seen") if item[0])
    assert first[1] == 1
    card = page.locator("#sources .card").first
    assert re.search(r"contrastive\.md", card.inner_text())
    assert re.search(r"[01]\.\d\d", card.locator(".where").inner_text())

    chip = page.locator("article.answer .chip").first
    quote = page.locator("#sources blockquote").first.inner_text()
    chip.hover()
    shown = page.locator("#citation")
    shown.wait_for(state="visible")
    assert shown.locator("blockquote").inner_text()[:20] in quote
    assert "contrastive.md" in shown.inner_text()
    box, width = shown.bounding_box(), page.viewport_size["width"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert visit.violations() == []
    page.keyboard.press("Escape")
    shown.wait_for(state="hidden")
    page.mouse.move(0, 0)
    chip.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    shown.wait_for(state="visible")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reader dialog[open] mark")
    assert shown.is_hidden()


def test_a_finger_shows_a_citation_first_and_opens_it_next(browser, address) -> None:
    with visiting(browser, address, "zh", 390, has_touch=True, is_mobile=True) as visit:
        visit.ask(QUESTION["zh"])
        chip = visit.page.locator("article.answer .chip").first
        chip.tap()
        visit.page.locator("#citation").wait_for(state="visible")
        assert not visit.page.locator("#reader dialog[open]").count()
        chip.tap()
        visit.page.wait_for_selector("#reader dialog[open] mark")


def test_all_of_it_can_be_read_in_the_dark(browser, address) -> None:
    with visiting(browser, address, "en", 390, color_scheme="dark") as visit:
        visit.ask(QUESTION["en"])
        visit.page.locator("article.answer .chip").first.hover()
        visit.page.locator("#citation").wait_for(state="visible")
        assert visit.violations() == []
        visit.page.click("article.answer .thumb.up")
        visit.page.click(".turn .edit")
        assert visit.violations() == []
        open_drawer(visit)
        visit.page.locator("#history .bin").first.click()
        assert visit.violations() == []


def test_what_could_come_next_is_asked_and_a_question_edited(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION[visit.language])
    offered = page.locator(".followups .example").all_inner_texts()
    assert 1 <= len(offered) <= 3
    assert QUESTION[visit.language] not in offered
    assert NEXT[visit.language] in offered[0]
    page.locator(".followups .example").first.click()
    visit.answered(2)
    assert page.locator(".question").all_inner_texts()[:2] == [QUESTION[visit.language], offered[0]]

    page.locator(".turn .edit").first.click()
    box = page.locator(".edit-form textarea").first
    assert box.input_value() == QUESTION[visit.language]
    assert page.locator(".edit-form .note").first.is_visible()
    box.press("Escape")
    assert box.is_hidden()
    page.locator(".turn .edit").first.click()
    box.fill("LoRA")
    box.press("Enter")
    visit.answered(1)
    assert page.locator("#conversation .question").all_inner_texts() == ["LoRA"]
    page.locator(".again").click()
    page.wait_for_selector(".pending", state="attached")
    visit.answered(1)
    assert page.locator("#conversation .question").all_inner_texts() == ["LoRA"]


def test_those_who_wait_are_told_their_place_and_may_leave(visit: Visit, served) -> None:
    line = served.app.state.line
    with line.join():
        visit.begin(QUESTION[visit.language])
        visit.page.wait_for_selector(f"text={WAITING[visit.language]}", timeout=ANSWER_MS)
        visit.page.click("#question .stop-button")
        visit.page.wait_for_selector(".unfinished", timeout=ANSWER_MS)
        assert STOPPED[visit.language] in visit.page.inner_text(".unfinished")
        visit.page.click(".unfinished .again")
        visit.page.wait_for_selector(f"text={WAITING[visit.language]}", timeout=ANSWER_MS)
    visit.page.wait_for_selector("article.answer .chip", timeout=ANSWER_MS)
    assert visit.page.locator("#conversation .question").count() == 1
    with line.join() as place:
        assert place.ahead == 0


def test_a_conversation_is_found_opened_taken_along_and_deleted(visit: Visit, tmp_path) -> None:
    page, mark = visit.page, visit.own("kept")
    visit.ask(f"{QUESTION[visit.language]} ({mark})")
    answer = page.inner_text("article.answer .sentence")
    page.reload()
    page.wait_for_selector(".welcome")
    open_drawer(visit)
    assert visit.violations() == []
    assert found(visit, f"{mark} nowhere") == 0
    assert found(visit, mark) == 1
    page.click("#history .entry")
    page.wait_for_selector("article.answer .chip")
    assert page.inner_text("article.answer .sentence") == answer
    assert page.locator("#sources .card").count() >= 1
    page.click("article.answer .chip")
    page.wait_for_selector("#reader dialog[open] mark")
    page.keyboard.press("Escape")
    visit.ask("LoRA")
    assert page.locator("#conversation .question").count() == 2

    with page.expect_download() as download:
        page.click("#history .toolbar .export")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert path.suffix == ".md"
    assert text.startswith(f"# {QUESTION[visit.language]} ({mark})\n")
    assert re.search(r"\[\^1\]$", text, re.M)
    (footnote,) = re.findall(r"^\[\^1\]: (.*)$", text, re.M)
    assert SPAN[visit.language] in footnote
    assert "contrastive.md" in footnote

    open_drawer(visit)
    assert found(visit, mark) == 1
    page.click("#history .bin")
    page.click("#history .sure .keep")
    assert page.locator("#history .sure").is_hidden()
    page.click("#history .bin")
    page.click("#history .sure .delete")
    page.wait_for_selector("#history .list .note")
    page.click("#history .close")
    page.wait_for_selector(".welcome")
    open_drawer(visit)
    assert found(visit, mark) == 0


def test_a_rating_with_its_note_is_a_question_for_rag_eval(visit: Visit, served) -> None:
    note = visit.own("note")
    visit.ask(QUESTION[visit.language])
    visit.page.click("article.answer .thumb.up")
    visit.page.fill(".note-form textarea", note)
    assert visit.violations() == []
    with visit.page.expect_response("**/queue/join*"):
        visit.page.click(".note-form button")
    visit.page.wait_for_selector(".note-form", state="hidden")
    path = served.folder / FILE_NAME
    rows = [item for item in read_questions(path) if item.note == note]
    assert [(row.question, row.split) for row in rows] == [(QUESTION[visit.language], "up")]
    assert rows[0].sections
    # The next answer is drawn with what was thought of the last.
    visit.ask("LoRA")
    assert visit.page.locator('.thumb.up[aria-pressed="true"]').count() == 1
    visit.page.locator(".thumb.up").first.click()
    visit.page.wait_for_timeout(500)
    assert note not in path.read_text(encoding="utf-8")


def test_sources_and_the_question_stay_in_view_of_a_long_conversation(visit: Visit) -> None:
    for question in (QUESTION[visit.language], "LoRA", "CLIP", "LoRA", QUESTION[visit.language]):
        visit.ask(question)
    assert visit.page.evaluate("scrollY") > 0
    edge = visit.page.viewport_size["height"]
    box = visit.page.locator("#question").bounding_box()
    assert box["y"] + box["height"] <= edge
    last = visit.page.locator("article.answer").last.bounding_box()
    assert 0 <= last["y"] < box["y"]
    if visit.is_wide:
        assert 0 <= visit.page.locator("#sources .card").first.bounding_box()["y"] < edge


def test_two_tabs_do_not_disturb_each_other(browser, address, served) -> None:
    with (
        visiting(browser, address, "en", 1440) as first,
        visiting(browser, address, "zh", 390) as second,
    ):
        first.begin(QUESTION["en"])
        second.begin(QUESTION["zh"])
        first.answered()
        second.answered()
        first.ask("LoRA")
        asked = "#conversation .question"
        assert first.page.locator(asked).all_inner_texts() == [QUESTION["en"], "LoRA"]
        assert second.page.locator(asked).all_inner_texts() == [QUESTION["zh"]]
        ids = {
            item.page.get_attribute("#conversation .turns", "data-conversation")
            for item in (first, second)
        }
    store = ConversationStore(served.folder)
    assert sorted(len(store.read(number).turns) for number in ids) == [1, 2]
    store.close()


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("zh", 390)])
def test_what_is_asked_and_noted_is_mere_text(language, width, browser, address) -> None:
    evil = '<img src=x onerror="document.title=1"><b>{{bold}}</b>${1+1}"\'`'
    with visiting(browser, address, language, width) as visit:
        visit.ask(evil)
        assert visit.page.inner_text("#conversation .question") == evil
        visit.page.click("article.answer .thumb.down")
        visit.page.fill(".note-form textarea", evil)
        visit.page.click(".note-form button")
        visit.page.wait_for_selector(".note-form", state="hidden")
        open_drawer(visit)
        assert found(visit, "onerror") >= 1
        assert visit.page.inner_text("#history .entry span") == evil
        visit.page.click("#history .entry")
        visit.page.wait_for_selector(".turn")
        assert visit.page.input_value(".note-form textarea") == evil
        assert visit.page.title() == "Verbatim"
        assert not visit.page.locator("#conversation img, #history img").count()
