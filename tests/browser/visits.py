"""A visitor of the page in a real browser, who notices what nobody should meet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe

ANSWER_MS = 60_000
ASK, LIBRARY, INSPECT, QUALITY, SETTINGS = range(5)
_LOCALES = {"en": "en-US", "zh": "zh-CN"}


@dataclass
class Visit:
    page: object
    language: str
    address: str
    problems: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        """Ask and wait for the whole answer."""
        before = self.page.locator("article.answer").count()
        self.begin(question)
        self.answered(before + 1)

    def begin(self, question: str) -> None:
        self.page.fill("#question textarea", question)
        self.page.keyboard.press("Enter")

    def answered(self, answers: int = 1) -> None:
        """Wait until so many answers are whole."""
        self.page.wait_for_function(
            "n => document.querySelectorAll('article.answer').length === n"
            " && !document.querySelector('.pending')",
            arg=answers,
            timeout=ANSWER_MS,
        )

    def own(self, name: str) -> str:
        """A name that is no other visit's."""
        return f"{name}-{self.language}-{self.page.viewport_size['width']}"

    @property
    def is_wide(self) -> bool:
        return self.page.viewport_size["width"] > 800

    def open_tab(self, number: int, ready: str) -> None:
        """Open a tab and wait for what stands in it."""
        self.page.get_by_role("tab").nth(number).click()
        self.page.wait_for_selector(ready)

    def violations(self) -> list[str]:
        """What axe-core finds that keeps somebody out."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{item['id']}: {item['nodes'][0]['html'][:200]}"
            for item in found
            if item["impact"] in ("serious", "critical")
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@contextmanager
def visiting(browser, address: str, language: str, width: int, **given) -> Iterator[Visit]:
    """Visit the page; afterwards, no error, no request beyond this machine, no overflow."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=_LOCALES[language], **given
    )
    page = context.new_page()
    visit = Visit(page, language, address)
    note = visit.problems.append
    page.on("console", lambda m: note(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: note(str(error)))
    page.on("request", lambda r: None if _is_local(r.url, address) else note(r.url))
    page.goto(address + "/")
    page.wait_for_selector("#question textarea")
    yield visit
    overflow = visit.overflow()
    context.close()
    assert visit.problems == []
    assert overflow <= 0


def _is_local(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))
