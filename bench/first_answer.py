"""``python -m bench.first_answer``: from opening the page to the first cited sentence.

Serves the index of the settings in this process, opens the page in Chromium, each time with nothing
cached, clicks the first example question, and takes the time from the start of the navigation to
the answer's first citation on screen. The models are warm: one visit goes before those that count.
Needs the test requirements and a Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.settings import Settings, go_offline

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_LONGEST_MS = 120_000


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds from the start of the navigation to the first example and to the answer."""

    example_s: float
    answer_s: float


def measure(browser: Any, address: str, locale: str) -> Visit:
    """Open the page as somebody new and click the first example."""
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(f"{address}/", wait_until="commit")
    page.wait_for_selector(".example", timeout=_LONGEST_MS)
    example_ms = page.evaluate("performance.now()")
    page.locator(".example").first.click()
    page.wait_for_selector("article.answer .sentence .chip", timeout=_LONGEST_MS)
    answer_ms = page.evaluate("performance.now()")
    context.close()
    return Visit(example_ms / 1000, answer_ms / 1000)


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the page on a free port; yields its address."""
    import uvicorn

    from rag.collection_set import CollectionSet
    from rag.server.app import create_app

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with CollectionSet(settings) as collections:
        collections.warm_up()
        config = uvicorn.Config(create_app(collections), port=port, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(timeout=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, help="folder of an index [default: the settings']")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--locale", default="en-US", help="the browser's: en-US or zh-CN")
    arguments = parser.parse_args()
    go_offline()
    from playwright.sync_api import sync_playwright

    flags = {"index": arguments.index} if arguments.index else {}
    executable = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with served(Settings.load(flags=flags)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        measure(browser, address, arguments.locale)
        visits = [measure(browser, address, arguments.locale) for _ in range(arguments.times)]
        browser.close()
    answers = [visit.answer_s for visit in visits]
    print(f"{len(visits)} visits, {arguments.locale}, seconds from the start of the navigation")
    print(f"first example on screen  median {statistics.median(v.example_s for v in visits):.2f}")
    print(
        f"first cited sentence     median {statistics.median(answers):.2f}, "
        f"from {min(answers):.2f} to {max(answers):.2f}"
    )


if __name__ == "__main__":
    main()
