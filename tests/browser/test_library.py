"""The library on the real page: documents and their states, collections, PDF pages."""

from pathlib import Path

import pytest

from tests.browser.visits import ANSWER_MS, ASK, LIBRARY, Visit, visiting
from tests.pdfs import make_pdf

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

QUESTION = {"en": "What loss does CLIP train with?", "zh": "CLIP 用什么损失训练？"}
NO_PDF = {"en": "is something else", "zh": "但内容是其他格式"}
NOWHERE = {"en": "does not exist on this machine", "zh": "本机上没有 /no/such/folder"}
TOO_MANY = {"en": "201 files at once", "zh": "201 个文件"}
TAKEN = {"en": "there is a collection", "zh": "请换一个名称"}
CANCELLED = {"en": "Cancelled.", "zh": "已取消"}
# What is asked of a document about tea is its heading.
TEA = {
    "en": ("How hot is sencha brewed?", "Sencha is brewed at seventy degrees.", "seventy"),
    "zh": ("煎茶用多少度的水冲泡？", "煎茶用七十度的水冲泡，时间约一分钟。", "七十度"),
}


def row(visit: Visit, name: str):
    return visit.page.locator(f"#library tr:has-text('{name}')")


def test_documents_are_added_watched_refused_and_taken_out(visit: Visit, tmp_path: Path) -> None:
    page, name = visit.page, visit.own("folder")
    paths = [tmp_path / f"{name}-{part}.md" for part in ("same", "edited")]
    for path in paths:
        path.write_text(f"# {path.stem}\n\nIt is oiled every nine days.\n", encoding="utf-8")
    (tmp_path / f"{name}.pdf").write_bytes(b"no pdf at all")
    visit.open_tab(LIBRARY, "#library-folder")
    page.fill("#library-folder", str(tmp_path))
    page.click("#library .folder button")
    page.wait_for_selector("#library .done", timeout=ANSWER_MS)
    assert f"{name}.pdf" in page.inner_text("#library .done")
    row(visit, f"{name}.pdf").locator(".failed").wait_for()
    assert NO_PDF[visit.language] in row(visit, f"{name}.pdf").inner_text()

    paths[1].write_text("# New\n\nIt is oiled every ten days.\n", encoding="utf-8")
    page.reload()
    visit.open_tab(LIBRARY, "#library table")
    row(visit, paths[1].name).locator(".changed").wait_for()
    row(visit, paths[1].name).locator("[data-do=again]").click()
    row(visit, paths[1].name).locator(".indexed").wait_for(timeout=ANSWER_MS)
    assert visit.violations() == []

    upload = tmp_path / "in" / f"{name}-upload.md"
    upload.parent.mkdir()
    upload.write_text(f"# The {name} kettle\n\nDescale it every ninety days.\n", encoding="utf-8")
    page.set_input_files("#library-files", [str(upload), str(tmp_path / f"{name}.pdf")])
    row(visit, upload.name).locator(".indexed").wait_for(timeout=ANSWER_MS)
    assert f"{name}.pdf" in page.inner_text("#library .done")

    page.fill("[data-filter]", f"{name}-same")
    assert page.locator("#library tbody tr:visible").count() == 1
    row(visit, paths[0].name).locator("[data-do=remove]").click()
    page.wait_for_selector("dialog.certain[open]")
    assert visit.violations() == []
    page.click("dialog.certain .yes")
    row(visit, paths[0].name).wait_for(state="detached")
    assert paths[0].exists()

    page.fill("#library-folder", "/no/such/folder")
    page.click("#library .folder button")
    page.wait_for_selector("#library .problem")
    assert NOWHERE[visit.language] in page.inner_text("#library .problem")
    many = [{"name": f"{n}.md", "mimeType": "text/markdown", "buffer": b"# x"} for n in range(201)]
    page.set_input_files("#library-files", many)
    refused = f"#library .problem:has-text('{TOO_MANY[visit.language]}')"
    page.wait_for_selector(refused, timeout=ANSWER_MS)


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_questions_are_answered_while_documents_are_read(
    language: str, width: int, browser, served, tmp_path: Path
) -> None:
    for number in range(400):
        text = "\n\n".join(f"Valve {number}.{part} is oiled every nine days." for part in range(60))
        (tmp_path / f"valve-{number}.md").write_text(f"# Valve {number}\n\n{text}\n")
    with visiting(browser, served.address, language, width) as visit:
        page = visit.page
        visit.open_tab(LIBRARY, "#library-folder")
        page.fill("#library-folder", str(tmp_path))
        page.click("#library .folder button")
        page.wait_for_selector("#library .reach:has-text('/ 400')", timeout=ANSWER_MS)
        assert visit.violations() == []
        visit.open_tab(ASK, "#question")
        visit.ask(QUESTION[language])
        assert page.locator("article.answer .chip").count() >= 1
        visit.open_tab(LIBRARY, "#library .job")
        # A hundred files are more than are stored at once: what is kept can be seen.
        page.wait_for_function(
            "parseInt(document.querySelector('#library .reach').textContent) >= 100",
            timeout=ANSWER_MS,
        )
        page.click("#library [data-do=cancel]")
        cancelled = f"#library .problem:has-text('{CANCELLED[language]}')"
        page.wait_for_selector(cancelled, timeout=ANSWER_MS)
        # The list is drawn a moment after the words above it.
        row(visit, "valve-").first.wait_for(timeout=ANSWER_MS)
    engine = served.collections.engine()
    engine.remove([item.name for item in engine.reader.documents() if "valve-" in item.name])


def test_collections_are_made_asked_renamed_and_deleted(visit: Visit, tmp_path: Path) -> None:
    page, name = visit.page, visit.own("茶")
    heading, sentence, wanted = TEA[visit.language]
    visit.open_tab(LIBRARY, "#create-collection")
    page.fill("#create-collection", "../escape")
    page.click("#collections [data-do=create] button")
    page.wait_for_selector("#collections .problem")
    page.fill("#create-collection", name)
    page.click("#collections [data-do=create] button")
    page.wait_for_url("**collection=**")
    page.wait_for_selector(".switch:not([hidden])")
    assert page.locator("#collection option:checked").inner_text() == name
    page.wait_for_function("() => !document.querySelector('.example')")

    tea = tmp_path / "tea.md"
    tea.write_text(f"# {heading}\n\n{sentence}\n", encoding="utf-8")
    visit.open_tab(LIBRARY, "#library .note")
    page.set_input_files("#library-files", str(tea))
    row(visit, "tea.md").wait_for(timeout=ANSWER_MS)
    assert page.locator("#library tbody tr").count() == 1
    page.reload()
    page.wait_for_selector(".example")
    assert page.locator(".example").all_inner_texts() == [heading]
    page.click(".example")
    visit.answered()
    assert wanted in page.locator("article.answer").inner_text()

    visit.open_tab(LIBRARY, "#rename-collection")
    assert page.input_value("#rename-collection") == name
    page.fill("#rename-collection", "default")
    page.click("#collections [data-do=rename] button")
    page.wait_for_selector(f"#collections .problem:has-text('{TAKEN[visit.language]}')")
    assert visit.violations() == []
    name = f"{name} 2"
    page.fill("#rename-collection", name)
    page.click("#collections [data-do=rename] button")
    page.wait_for_url("**2")
    page.wait_for_selector(".switch:not([hidden])")
    assert page.locator("#collection option:checked").inner_text() == name
    page.click("#history .show")
    page.click("#history .entry")
    page.wait_for_selector("article.answer .chip")
    page.click("article.answer .chip")
    page.wait_for_selector("#reader dialog[open] mark")
    page.keyboard.press("Escape")

    visit.open_tab(LIBRARY, "#collections [data-do=delete]")
    page.click("#collections [data-do=delete]")
    page.click("dialog.certain .yes")
    page.wait_for_url(lambda url: "collection=" not in url)
    page.wait_for_selector("#question textarea")
    assert name not in (page.text_content(".switch") or "")


def test_a_pdf_opens_at_its_page_with_the_words_marked(visit: Visit, tmp_path: Path) -> None:
    page, name = visit.page, visit.own("tramway")
    path = tmp_path / f"{name}.pdf"
    second = [f"The {name} carries ninety passengers a day.", "It stops at the old mill."]
    make_pdf(path, [["The first page says little."], second])
    visit.open_tab(LIBRARY, "#library-folder")
    page.set_input_files("#library-files", str(path))
    row(visit, path.name).wait_for(timeout=ANSWER_MS)
    visit.open_tab(ASK, "#question")
    visit.ask(f"How many passengers does the {name} carry a day?")
    page.locator("article.answer .chip").last.click()
    page.wait_for_selector("#reader .sheet .box")
    assert "2" in page.inner_text("#reader .at")
    assert page.locator("#reader .box").first.is_visible()
    assert visit.violations() == []
    page.click("#reader [data-turn='-1']")
    page.wait_for_selector("#reader [data-turn='-1']:disabled")
    page.click("#reader [data-view=text]")
    assert page.locator("#reader mark").first.is_visible()
    assert not page.locator("#reader .sheet").is_visible()
    page.click("#reader .close")

    visit.open_tab(LIBRARY, "#library table")
    row(visit, path.name).locator("[data-do=remove]").click()
    page.click("dialog.certain .yes")
    row(visit, path.name).wait_for(state="detached")
