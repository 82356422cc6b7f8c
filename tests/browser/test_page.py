"""Asking, reading and adding documents on the page, wide and narrow, in both languages."""

from pathlib import Path

import pytest

from tests.browser.visits import ANSWER_MS, Visit

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

QUESTION = {"en": "What loss does CLIP train with?", "zh": "LoRA 的秩怎么选？"}
NOT_THERE = {"en": "Who won the 1998 football world cup?", "zh": "1998 年世界杯冠军是谁？"}
DECLINES = {"en": "do not answer", "zh": "没有找到"}


def test_the_page_speaks_the_browser_s_language(visit: Visit) -> None:
    wanted = {"en": "Ask the documents a question", "zh": "向文档提一个问题"}[visit.language]
    assert visit.page.inner_text(".welcome h2") == wanted
    assert visit.page.evaluate("document.documentElement.lang").startswith(visit.language)


def test_a_citation_opens_at_the_very_words(visit: Visit) -> None:
    visit.ask(QUESTION[visit.language])
    quote = visit.page.locator("#sources blockquote").first
    visit.page.click("article.answer .chip")
    visit.page.wait_for_selector("#reader dialog[open] mark")
    marked = "".join(visit.page.locator("#reader mark").all_inner_texts())
    assert marked.strip()
    assert _bare(marked) in _bare(quote.inner_text())
    assert visit.page.locator("#reader mark").first.is_visible()
    visit.page.keyboard.press("Escape")
    assert not visit.page.locator("#reader dialog[open]").count()


def _bare(text: str) -> str:
    return "".join(text.split())


def test_what_is_not_there_is_declined(visit: Visit) -> None:
    visit.ask(NOT_THERE[visit.language])
    assert DECLINES[visit.language] in visit.page.inner_text("article.answer")
    assert visit.page.locator(".chip").count() == 0


def test_an_example_is_asked_with_one_click(visit: Visit) -> None:
    visit.page.locator(".example").first.click()
    visit.page.wait_for_selector("article.answer .chip", timeout=ANSWER_MS)


def test_inspect_shows_what_was_found_and_read(visit: Visit) -> None:
    visit.ask(QUESTION[visit.language])
    quote = visit.page.locator("article.answer .sentence").first.inner_text().split("\n")[0]
    visit.page.get_by_role("tab").nth(2).click()
    visit.page.wait_for_selector("#inspection .read li")
    assert visit.page.locator("#inspection tbody tr").count() >= 2
    assert quote[:12] in visit.page.locator("#inspection > * .read").last.inner_text()


def test_documents_are_added_and_refused_with_a_reason(visit: Visit, tmp_path: Path) -> None:
    name = f"kettle-{visit.language}-{visit.page.viewport_size['width']}.md"
    good, bad = tmp_path / name, tmp_path / "broken.pdf"
    good.write_text(f"# The {name} manual\n\nDescale it every ninety days.\n", encoding="utf-8")
    bad.write_bytes(b"no pdf at all")
    visit.page.get_by_role("tab").nth(1).click()
    visit.page.wait_for_selector("#library-files", state="attached")
    visit.page.set_input_files("#library-files", [str(good), str(bad)])
    visit.page.wait_for_selector("#library .done", timeout=ANSWER_MS)
    assert "broken.pdf" in visit.page.inner_text("#library .done")
    visit.page.wait_for_selector(f"#library tr:has-text('{name}')")


def test_nothing_keeps_anyone_out(visit: Visit) -> None:
    """Axe-core finds no serious violation: at first, with an answer, the reader, the list."""
    assert visit.violations() == []
    visit.ask(QUESTION[visit.language])
    assert visit.violations() == []
    visit.page.click("article.answer .chip")
    visit.page.wait_for_selector("#reader dialog[open] mark")
    assert visit.violations() == []
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("tab").nth(1).click()
    visit.page.wait_for_selector("#library table")
    assert visit.violations() == []
