"""Pictures of the page, for the eye and for the README (`make screenshots` keeps them)."""

import os
from pathlib import Path

import pytest
from PIL import Image

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

QUESTION = {"en": "What loss does CLIP train with?", "zh": "LoRA 的秩怎么选？"}
VIEWS = [
    ("wide-light", "en", 1440, 860, "light"),
    ("wide-dark", "zh", 1440, 860, "dark"),
    ("phone-light", "zh", 390, 844, "light"),
    ("phone-dark", "en", 390, 844, "dark"),
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view[0])
def test_a_picture_shows_answer_sources_and_reader(view, browser, address, tmp_path) -> None:
    name, language, width, height, scheme = view
    folder = Path(os.environ.get("RAG_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale={"en": "en-US", "zh": "zh-CN"}[language],
        color_scheme=scheme,
    )
    page = context.new_page()
    page.goto(address + "/")
    page.fill("#question textarea", QUESTION[language])
    page.keyboard.press("Enter")
    page.wait_for_selector("article.answer .chip", timeout=60_000)
    page.screenshot(path=folder / f"{name}.png")
    page.click("article.answer .chip")
    page.wait_for_selector("#reader dialog[open] mark")
    page.screenshot(path=folder / f"{name}-reader.png")
    context.close()
    answer, reader = (Image.open(folder / f"{name}{end}.png") for end in ("", "-reader"))
    assert answer.size == reader.size == (width, height)
    assert answer.tobytes() != reader.tobytes()
    corner = answer.convert("L").getpixel((2, 2))
    assert (corner < 80) == (scheme == "dark")
