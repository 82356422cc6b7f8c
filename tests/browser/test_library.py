"""Library, collections, settings, quality and PDF pages, on the real page."""

import json
from pathlib import Path

import pytest

from tests.browser.visits import ANSWER_MS, Visit, visiting
from tests.unit.documents.test_formats import make_pdf

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

LIBRARY, QUALITY, SETTINGS = 1, 3, 4
QUESTION = {"en": "What loss does CLIP train with?", "zh": "LoRA 的秩怎么选？"}


def open_tab(visit: Visit, number: int, ready: str) -> None:
    visit.page.get_by_role("tab").nth(number).click()
    visit.page.wait_for_selector(ready)


def own(visit: Visit, name: str) -> str:
    """A name that is no other visit's."""
    return f"{name}-{visit.language}-{visit.page.viewport_size['width']}"


def row(visit: Visit, name: str):
    return visit.page.locator(f"#library tr:has-text('{name}')")


def test_a_folder_is_added_watched_and_taken_out(visit: Visit, tmp_path: Path) -> None:
    name = own(visit, "folder")
    paths = [tmp_path / f"{name}-{part}.md" for part in ("same", "edited")]
    for path in paths:
        path.write_text(f"# {path.stem}\n\nIt is oiled every nine days.\n", encoding="utf-8")
    (tmp_path / f"{name}.pdf").write_bytes(b"no pdf at all")
    open_tab(visit, LIBRARY, "#library-folder")
    visit.page.fill("#library-folder", str(tmp_path))
    visit.page.click("#library .folder button")
    visit.page.wait_for_selector("#library .done", timeout=ANSWER_MS)
    assert f"{name}.pdf" in visit.page.inner_text("#library .done")
    row(visit, f"{name}.pdf").locator(".failed").wait_for()
    why = {"en": "is something else", "zh": "但内容是其他格式"}[visit.language]
    assert why in row(visit, f"{name}.pdf").inner_text()

    paths[1].write_text("# New\n\nIt is oiled every ten days.\n", encoding="utf-8")
    visit.page.reload()
    open_tab(visit, LIBRARY, "#library table")
    row(visit, paths[1].name).locator(".changed").wait_for()
    row(visit, paths[1].name).locator("[data-do=again]").click()
    row(visit, paths[1].name).locator(".indexed").wait_for(timeout=ANSWER_MS)
    assert visit.violations() == []

    visit.page.fill("[data-filter]", f"{name}-same")
    assert visit.page.locator("#library tbody tr:visible").count() == 1
    row(visit, paths[0].name).locator("[data-do=remove]").click()
    visit.page.wait_for_selector("dialog.certain[open]")
    assert visit.violations() == []
    visit.page.click("dialog.certain .yes")
    row(visit, paths[0].name).wait_for(state="detached")
    assert paths[0].exists()


def test_what_cannot_be_added_is_refused_in_the_page_s_language(visit: Visit) -> None:
    open_tab(visit, LIBRARY, "#library-folder")
    visit.page.fill("#library-folder", "/no/such/folder")
    visit.page.click("#library .folder button")
    visit.page.wait_for_selector("#library .problem")
    nowhere = {"en": "does not exist on this machine", "zh": "本机上没有 /no/such/folder"}
    assert nowhere[visit.language] in visit.page.inner_text("#library .problem")
    many = [{"name": f"{n}.md", "mimeType": "text/markdown", "buffer": b"# x"} for n in range(201)]
    visit.page.set_input_files("#library-files", many)
    visit.page.wait_for_selector("#library .problem:has-text('201')")
    wanted = {"en": "201 files at once", "zh": "201 个文件"}[visit.language]
    assert wanted in visit.page.inner_text("#library .problem")


def test_collections_are_made_asked_renamed_and_deleted(visit: Visit, tmp_path: Path) -> None:
    name = own(visit, "茶")
    open_tab(visit, LIBRARY, "#create-collection")
    visit.page.fill("#create-collection", "../escape")
    visit.page.click("#collections [data-do=create] button")
    visit.page.wait_for_selector("#collections .problem")
    visit.page.fill("#create-collection", name)
    visit.page.click("#collections [data-do=create] button")
    visit.page.wait_for_url("**collection=**")
    visit.page.wait_for_selector(".switch:not([hidden])")
    assert visit.page.locator("#collection option:checked").inner_text() == name

    tea = tmp_path / "tea.md"
    tea.write_text("# Sencha\n\nSencha is brewed at seventy degrees.\n", encoding="utf-8")
    open_tab(visit, LIBRARY, "#library .note")
    visit.page.set_input_files("#library-files", str(tea))
    row(visit, "tea.md").wait_for(timeout=ANSWER_MS)
    assert visit.page.locator("#library tbody tr").count() == 1
    visit.page.get_by_role("tab").nth(0).click()
    visit.ask("How hot is sencha brewed?")
    assert "seventy" in visit.page.locator("article.answer").last.inner_text()
    visit.page.click("article.answer .chip")
    visit.page.wait_for_selector("#reader dialog[open] mark")
    visit.page.keyboard.press("Escape")

    open_tab(visit, LIBRARY, "#rename-collection")
    assert visit.page.input_value("#rename-collection") == name
    visit.page.fill("#rename-collection", "default")
    visit.page.click("#collections [data-do=rename] button")
    taken = {"en": "there is a collection", "zh": "请换一个名称"}[visit.language]
    visit.page.wait_for_selector(f"#collections .problem:has-text('{taken}')")
    name = f"{name} 2"
    visit.page.fill("#rename-collection", name)
    assert visit.violations() == []
    visit.page.click("#collections [data-do=rename] button")
    visit.page.wait_for_url("**%202**")
    visit.page.wait_for_selector(".switch:not([hidden])")
    assert visit.page.locator("#collection option:checked").inner_text() == name
    visit.page.click("#history .show")
    visit.page.click("#history .entry")
    visit.page.wait_for_selector("article.answer .chip")
    visit.page.click("article.answer .chip")
    visit.page.wait_for_selector("#reader dialog[open] mark")
    visit.page.keyboard.press("Escape")

    open_tab(visit, LIBRARY, "#collections [data-do=delete]")
    visit.page.click("#collections [data-do=delete]")
    visit.page.click("dialog.certain .yes")
    visit.page.wait_for_url(lambda url: "collection=" not in url)
    visit.page.wait_for_selector("#question textarea")
    assert name not in (visit.page.text_content(".switch") or "")


def test_settings_hold_and_are_saved(visit: Visit, served) -> None:
    open_tab(visit, SETTINGS, "#settings .settings")
    assert visit.violations() == []
    visit.page.fill("#setting-k", "5")
    visit.page.locator("#setting-min_confidence").fill("0.5")
    assert visit.page.inner_text("#settings output") == "0.50"
    visit.page.click("#settings [data-save=yes]")
    visit.page.wait_for_selector("#settings .saying:has-text('rag.toml')", timeout=ANSWER_MS)
    saved = (served.folder.parent / "rag.toml").read_text(encoding="utf-8")
    assert "k = 5" in saved and "min_confidence = 0.5" in saved
    visit.page.fill("#setting-k", "8")
    visit.page.locator("#setting-min_confidence").fill("0.45")
    visit.page.click("#settings [data-save='']")
    visit.page.wait_for_selector("#settings .saying:not(:has-text('rag.toml')):not(:empty)")
    assert "qwen3-4b" in visit.page.inner_text("#settings .models")
    assert visit.page.locator("#settings [data-do=download]").count() > 3


def test_a_question_set_is_drafted_asked_and_reported(visit: Visit, tmp_path: Path) -> None:
    open_tab(visit, QUALITY, "#quality form")
    visit.page.fill("#draft-count", "3")
    visit.page.click("#quality [data-do=draft] button")
    visit.page.wait_for_selector("#quality .drafted li", timeout=ANSWER_MS)
    with visit.page.expect_download() as download:
        visit.page.click("#quality [data-do=save-draft]")
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert 1 <= len(lines) <= 3 and all(json.loads(line)["q"] for line in lines)

    questions = tmp_path / "set.jsonl"
    hostile = {"q": "What loss does CLIP train with <script>alert(1)</script>?", "facts": ["x9"]}
    questions.write_text("\n".join([*lines, json.dumps(hostile)]), encoding="utf-8")
    visit.page.set_input_files("#question-set", str(questions))
    visit.page.click("#quality .main")
    visit.page.wait_for_selector("#quality iframe", timeout=ANSWER_MS)
    assert visit.page.get_attribute("#quality iframe", "sandbox") == ""
    report = visit.page.frame_locator("#quality iframe")
    assert "alert(1)" in report.locator("body").inner_text()
    assert report.locator("script").count() == 0
    assert {"en": "Not as expected", "zh": "不符合预期"}[visit.language] in report.locator(
        "body"
    ).inner_text()
    with visit.page.expect_download() as download:
        visit.page.click("#quality [data-do=save-report]")
    assert download.value.suggested_filename == "set.html"
    assert visit.violations() == []

    questions.write_text("no json", encoding="utf-8")
    visit.page.set_input_files("#question-set", str(questions))
    visit.page.click("#quality .main")
    wrong = {"en": "line 1 is not valid JSON", "zh": "第 1 行不是合法的 JSON"}[visit.language]
    visit.page.wait_for_selector(f"#quality .problem:has-text('{wrong}')")


def test_a_pdf_opens_at_its_page_with_the_words_marked(visit: Visit, tmp_path: Path) -> None:
    name = own(visit, "tramway")
    path = tmp_path / f"{name}.pdf"
    second = [f"The {name} carries ninety passengers a day.", "It stops at the old mill."]
    make_pdf(path, [["The first page says little."], second])
    open_tab(visit, LIBRARY, "#library-folder")
    visit.page.set_input_files("#library-files", str(path))
    row(visit, path.name).wait_for(timeout=ANSWER_MS)
    visit.page.get_by_role("tab").nth(0).click()
    visit.ask(f"How many passengers does the {name} carry a day?")
    visit.page.locator("article.answer .chip").last.click()
    visit.page.wait_for_selector("#reader .sheet .box")
    assert "2" in visit.page.inner_text("#reader .at")
    assert visit.page.locator("#reader .box").first.is_visible()
    assert visit.violations() == []
    visit.page.click("#reader [data-turn='-1']")
    visit.page.wait_for_selector("#reader [data-turn='-1']:disabled")
    visit.page.click("#reader [data-view=text]")
    assert visit.page.locator("#reader mark").first.is_visible()
    assert not visit.page.locator("#reader .sheet").is_visible()


def test_the_routes_have_a_page_of_their_own(visit: Visit, address: str) -> None:
    visit.page.goto(address + "/docs")
    text = visit.page.inner_text("main")
    assert "/v1/chat/completions" in text and "/api/ask" in text and "curl" in text
    assert visit.violations() == []


def test_an_evaluation_is_watched_and_cancelled(visit: Visit, tmp_path: Path) -> None:
    questions = tmp_path / "many.jsonl"
    row_of = {"q": QUESTION[visit.language]}
    questions.write_text("\n".join([json.dumps(row_of)] * 200), encoding="utf-8")
    open_tab(visit, QUALITY, "#quality form")
    visit.page.fill("#set-path", str(questions))
    visit.page.click("#quality .main")
    visit.page.wait_for_selector("#quality .reach:has-text('/ 200')", timeout=ANSWER_MS)
    assert visit.violations() == []
    visit.page.click("#quality [data-do=cancel]")
    visit.page.wait_for_selector("#quality .problem", timeout=ANSWER_MS)
    assert visit.page.locator("#quality iframe").count() == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tab_finds_room_on_a_phone(language: str, browser, address: str) -> None:
    with visiting(browser, address, language, 390, color_scheme="dark") as visit:
        for number, ready in enumerate(
            ["#question", "#library-folder", "#inspection", "#quality form", "#settings form"]
        ):
            open_tab(visit, number, ready)
            assert visit.overflow() <= 0
            assert visit.violations() == []
