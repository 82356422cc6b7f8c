"""The real page over a small library, in a real browser."""

import shutil
from collections.abc import Iterator

import pytest

from tests.browser.visits import Visit, visiting

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package `chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(
    params=[("en", 1440), ("zh", 1440), ("en", 390), ("zh", 390)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def visit(request, browser, address: str) -> Iterator[Visit]:
    """A visitor, who must meet no error, no request beyond this machine, no overflow."""
    language, width = request.param
    with visiting(browser, address, language, width) as visit:
        yield visit
