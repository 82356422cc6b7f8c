"""Settings and quality on the real page, every tab on a phone, and the page over the routes."""

import json
from pathlib import Path

import pytest

from tests.browser.visits import ANSWER_MS, QUALITY, SETTINGS, Visit, visiting

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

QUESTION = {"en": "What loss does CLIP train with?", "zh": "LoRA 的秩怎么选？"}
NOT_AS_EXPECTED = {"en": "Not as expected", "zh": "不符合预期"}
NO_JSON = {"en": "line 1 is not valid JSON", "zh": "第 1 行不是合法的 JSON"}


def test_settings_hold_and_are_saved(visit: Visit, served) -> None:
    page = visit.page
    visit.open_tab(SETTINGS, "#settings .settings")
    assert visit.violations() == []
    before = [page.input_value(f"#setting-{name}") for name in ("k", "min_confidence")]
    page.fill("#setting-k", "5")
    page.locator("#setting-min_confidence").fill("0.5")
    assert page.inner_text("#settings output") == "0.50"
    page.click("#settings [data-save=yes]")
    page.wait_for_selector("#settings .saying:has-text('rag.toml')", timeout=ANSWER_MS)
    saved = (served.folder.parent / "rag.toml").read_text(encoding="utf-8")
    assert "k = 5" in saved and "min_confidence = 0.5" in saved
    assert served.collections.settings.k == 5
    page.fill("#setting-k", before[0])
    page.locator("#setting-min_confidence").fill(before[1])
    page.click("#settings [data-save='']")
    page.wait_for_selector("#settings .saying:not(:has-text('rag.toml')):not(:empty)")
    assert served.collections.settings.k == int(before[0])
    assert "qwen3-4b" in page.inner_text("#settings .models")
    assert page.locator("#settings [data-do=download]").count() > 3


def test_a_question_set_is_drafted_asked_and_reported(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.open_tab(QUALITY, "#quality form")
    page.fill("#draft-count", "3")
    page.click("#quality [data-do=draft] button")
    page.wait_for_selector("#quality .drafted li", timeout=ANSWER_MS)
    with page.expect_download() as download:
        page.click("#quality [data-do=save-draft]")
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert 1 <= len(lines) <= 3 and all(json.loads(line)["q"] for line in lines)

    questions = tmp_path / "set.jsonl"
    hostile = {"q": "What loss does CLIP train with <script>alert(1)</script>?", "facts": ["x9"]}
    questions.write_text("\n".join([*lines, json.dumps(hostile)]), encoding="utf-8")
    page.set_input_files("#question-set", str(questions))
    page.click("#quality .main")
    page.wait_for_selector("#quality iframe", timeout=ANSWER_MS)
    assert page.get_attribute("#quality iframe", "sandbox") == ""
    report = page.frame_locator("#quality iframe").locator("body")
    assert "alert(1)" in report.inner_text()
    assert NOT_AS_EXPECTED[visit.language] in report.inner_text()
    assert report.locator("script").count() == 0
    with page.expect_download() as download:
        page.click("#quality [data-do=save-report]")
    assert download.value.suggested_filename == "set.html"
    assert visit.violations() == []

    questions.write_text("no json", encoding="utf-8")
    page.set_input_files("#question-set", str(questions))
    page.click("#quality .main")
    page.wait_for_selector(f"#quality .problem:has-text('{NO_JSON[visit.language]}')")


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("zh", 390)])
def test_an_evaluation_is_watched_and_cancelled(
    language: str, width: int, browser, address: str, tmp_path: Path
) -> None:
    questions = tmp_path / "many.jsonl"
    asked = json.dumps({"q": QUESTION[language]})
    questions.write_text("\n".join([asked] * 200), encoding="utf-8")
    with visiting(browser, address, language, width) as visit:
        visit.open_tab(QUALITY, "#quality form")
        visit.page.fill("#set-path", str(questions))
        visit.page.click("#quality .main")
        visit.page.wait_for_selector("#quality .reach:has-text('/ 200')", timeout=ANSWER_MS)
        assert visit.violations() == []
        visit.page.click("#quality [data-do=cancel]")
        visit.page.wait_for_selector("#quality .problem", timeout=ANSWER_MS)
        assert visit.page.locator("#quality iframe").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_the_routes_have_a_page_of_their_own(width: int, browser, address: str) -> None:
    with visiting(browser, address, "en", width) as visit:
        visit.page.goto(address + "/docs")
        text = visit.page.inner_text("main")
        assert "/v1/chat/completions" in text and "/api/ask" in text and "curl" in text
        assert visit.violations() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tab_finds_room_on_a_phone(language: str, browser, address: str) -> None:
    with visiting(browser, address, language, 390, color_scheme="dark") as visit:
        for number, ready in enumerate(
            ["#question", "#library-folder", "#inspection", "#quality form", "#settings form"]
        ):
            visit.open_tab(number, ready)
            assert visit.overflow() <= 0
            assert visit.violations() == []
