"""Asking and reading on the page, wide and narrow, in both languages."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from rag import models
from rag.llama import LlamaCppModel
from rag.models import DEFAULT_LLM
from tests.browser.visits import ANSWER_MS, ASK, INSPECT, Visit, visiting

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

WELCOME = {"en": "Ask the documents a question", "zh": "向文档提一个问题"}
QUESTION = {"en": "What loss does CLIP train with?", "zh": "CLIP 用什么损失训练？"}
# Answered by several sentences.
AT_LENGTH = {"en": "What loss does CLIP train with?", "zh": "LoRA 的秩怎么选？"}
NOT_THERE = {"en": "Who won the 1998 football world cup?", "zh": "1998 年世界杯冠军是谁？"}
DECLINES = {"en": "do not answer", "zh": "没有找到"}
SUPPORT = {"en": "word for word", "zh": "原文引用"}
GROWING = "#conversation .answer.pending > p:not(.note)"


def bare(text: str) -> str:
    return "".join(text.split())


def marked(visit: Visit, quote: str) -> None:
    """Wait until the reader marks words of ``quote`` and nothing else."""
    visit.page.wait_for_function(
        r"""quote => {
          const marks = [...document.querySelectorAll('#reader dialog[open] mark')];
          const said = marks.map((mark) => mark.textContent).join('').replace(/\s/g, '');
          return said && quote.includes(said);
        }""",
        arg=bare(quote),
    )
    assert visit.page.locator("#reader mark").first.is_visible()


def test_an_example_leads_to_an_answer_and_its_very_words(visit: Visit) -> None:
    """Nothing keeps anyone out on the way: at first, with an answer, in the reader."""
    page = visit.page
    assert page.inner_text(".welcome h2") == WELCOME[visit.language]
    assert page.evaluate("document.documentElement.lang").startswith(visit.language)
    assert visit.violations() == []
    page.locator(".example").first.click()
    visit.answered()
    assert visit.violations() == []
    sentences = page.locator("article.answer .sentence")
    assert all(SUPPORT[visit.language] in text for text in sentences.all_text_contents())
    assert page.locator("article.answer .doubt").count() == 0

    page.locator("article.answer .chip").first.click()
    marked(visit, page.locator("#sources .card blockquote").first.inner_text())
    page.click("#reader .close")

    visit.ask(AT_LENGTH[visit.language])
    page.locator("article.answer").last.locator(".chip").first.click()
    quotes = page.locator("#sources .card:not(details *) blockquote").all_inner_texts()
    assert len(quotes) >= 2
    marked(visit, quotes[0])
    page.click("#reader [data-step='1']")
    marked(visit, quotes[1])
    page.click("#reader [data-step='-1']")
    marked(visit, quotes[0])
    assert visit.violations() == []
    page.click("#reader .close")
    assert not page.locator("#reader dialog[open]").count()


def test_an_answer_has_its_sources_beside_it_or_right_below(visit: Visit) -> None:
    visit.ask(QUESTION[visit.language])
    # Measured in one go at the end of the page, where the question's box stands in its own place.
    answer, card, next_ones, question = visit.page.evaluate(
        """(names) => {
          scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
          return names.map((name) => [...document.querySelectorAll(name)].at(-1)
            .getBoundingClientRect().toJSON());
        }""",
        ["article.answer", "#sources .card:not(details *)", ".followups", "#question"],
    )
    if visit.is_wide:
        assert card["x"] >= answer["x"] + answer["width"]
        assert answer["y"] < next_ones["y"] < question["y"]
    else:
        assert answer["y"] < card["y"] < next_ones["y"] < question["y"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_citation_s_number_never_begins_a_line(language: str, browser, address: str) -> None:
    with visiting(browser, address, language, 390) as visit:
        visit.ask(QUESTION[language])
        for width in range(300, 460, 4):
            visit.page.set_viewport_size({"width": width, "height": 900})
            alone = visit.page.evaluate(
                """() => [...document.querySelectorAll('.sentence')].filter((sentence) => {
                  const chip = sentence.querySelector('.chip').getBoundingClientRect();
                  const said = [...sentence.querySelectorAll('.said')].at(-1).getClientRects();
                  const last = said[said.length - 1];
                  return chip.top > last.bottom || chip.bottom < last.top;
                }).length"""
            )
            assert alone == 0, f"at {width} pixels"


def test_an_answer_is_copied(browser, address: str) -> None:
    given = {"permissions": ["clipboard-read", "clipboard-write"]}
    with visiting(browser, address, "zh", 390, **given) as visit:
        visit.ask(QUESTION["zh"])
        visit.page.click("article.answer .copy")
        visit.page.wait_for_selector(".copy:has-text('已复制')")
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        for text in visit.page.locator(".said").all_inner_texts():
            assert text.strip() in copied


def test_what_is_not_there_is_declined_and_the_inspection_shows_why(visit: Visit) -> None:
    page = visit.page
    visit.ask(QUESTION[visit.language])
    said = page.locator("article.answer .said").first.inner_text()
    visit.open_tab(INSPECT, "#inspection tbody tr")
    assert page.locator("#inspection tbody tr").count() >= 2
    assert said[:12] in page.locator("#inspection .read").last.inner_text()

    visit.open_tab(ASK, "#question")
    visit.ask(NOT_THERE[visit.language])
    declined = page.locator("article.answer").last
    assert DECLINES[visit.language] in declined.inner_text()
    assert declined.locator(".chip").count() == 0
    visit.open_tab(INSPECT, f"#inspection .question:has-text('{NOT_THERE[visit.language]}')")
    page.locator("#inspection summary").first.click()
    left_out = page.locator("#inspection details[open] .read li")
    assert left_out.count() >= 1
    assert re.search(r"0\.\d\d", left_out.first.inner_text())
    assert visit.violations() == []


@contextmanager
def paused_after(pieces: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the model write so much of an answer and no more, so that it cannot be done too soon."""
    generate, gate = LlamaCppModel.generate, threading.Event()

    def paused(*args, **options) -> Iterator[str]:
        for number, piece in enumerate(generate(*args, **options)):
            if number == pieces:
                gate.wait()
            yield piece

    with monkeypatch.context() as patch:
        patch.setattr(LlamaCppModel, "generate", paused)
        try:
            yield
        finally:
            gate.set()


@pytest.fixture
def let_write(served, monkeypatch) -> Iterator[Callable[..., None]]:
    """Have the embedded model write as one that is trusted to: its words are shown as they come."""
    before = served.collections.settings
    trusted = tuple(
        replace(entry, answer_mode="write") if entry.name == DEFAULT_LLM else entry
        for entry in models.CATALOGUE
    )
    with monkeypatch.context() as patch:
        patch.setattr(models, "CATALOGUE", trusted)
        yield lambda **changes: served.collections.adopt(
            before.changed({"mode": "write", **changes})
        )
    served.collections.adopt(before)


def test_a_written_answer_grows_tells_its_doubts_and_is_stopped(
    browser, served, let_write, monkeypatch
) -> None:
    """The small model writes what no document says, too; that is told apart."""
    let_write(max_answer_tokens=120)
    with visiting(browser, served.address, "en", 390) as visit:
        page = visit.page
        page.evaluate(
            """of => {
              window.seen = new Set();
              const note = () => {
                const growing = document.querySelector(of);
                if (growing) window.seen.add(growing.innerText.trim());
              };
              new MutationObserver(note).observe(
                document.body, { childList: true, subtree: true, characterData: true });
            }""",
            GROWING,
        )
        visit.ask(QUESTION["en"])
        grown = sorted(page.evaluate("[...window.seen]"), key=len)
        assert len(grown) >= 2
        assert all(later.startswith(grown[0][:8]) for later in grown)
        for sentence in page.locator("article.answer .sentence").all():
            support = sentence.get_attribute("class").split()[-1]
            doubts = sentence.locator(".doubt").count()
            assert doubts == (support in ("partly", "unsupported"))
        assert visit.violations() == []

        with paused_after(45, monkeypatch):
            visit.begin(QUESTION["en"])
            page.wait_for_selector(GROWING, timeout=ANSWER_MS)
            page.click("#question .stop-button")
            page.wait_for_selector(".unfinished p", timeout=ANSWER_MS)
        assert "Stopped before" in page.inner_text(".unfinished footer")
