"""What the panels make of hostile names and reasons, and that every word is there twice."""

from dataclasses import fields
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.library import DocumentState, Holding
from rag.server.docs_page import docs_page
from rag.settings import Settings
from rag.types import Failure, IndexReport, Language
from rag.ui.library_view import library_html, report_html
from rag.ui.panel import answering, size
from rag.ui.panel_texts import EN, PANEL_TEXTS, ZH
from rag.ui.settings_view import settings_html
from rag.ui.texts import TEXTS

HOSTILE = "<img src=x onerror=alert(1)>\"'{{x}} ${y}"
WORDS = TEXTS[Language.EN]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


@given(name=st.text(max_size=60), reason=st.text(max_size=60))
def test_no_name_and_no_reason_becomes_markup(name: str, reason: str) -> None:
    name, reason = name + HOSTILE, reason + HOSTILE
    holdings = [
        Holding(name, "/" + name, name, state, reason=reason, bytes=3, is_upload=is_upload)
        for state in DocumentState
        for is_upload in (False, True)
    ]
    html = library_html(WORDS, EN, holdings, max_mib=64, max_files=200)
    html += report_html(EN, IndexReport(failures=[Failure(name, reason)]))
    tags = Tags(html)
    assert not tags.seen & {"img", "script", "iframe"}
    assert tags.handlers == []
    assert "{{" not in html and "${" not in html


def test_settings_show_what_holds() -> None:
    settings = Settings(k=7, min_confidence=0.3, mode="quote", unsupported="remove")
    html = settings_html(EN, settings, [], HOSTILE)
    assert 'value="7"' in html and "0.30" in html
    assert '<option value="quote" selected>' in html
    assert '<option value="remove" selected>' in html
    assert "img" not in Tags(html).seen


@pytest.mark.parametrize("texts", PANEL_TEXTS.values(), ids=list(PANEL_TEXTS))
def test_every_word_is_there(texts) -> None:
    for item in fields(texts):
        value = getattr(texts, item.name)
        words = value.values() if isinstance(value, dict) else [value]
        assert all(word.strip() for word in words), item.name


def test_both_languages_fill_in_the_same() -> None:
    import string

    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for item in fields(EN):
        ours, theirs = getattr(EN, item.name), getattr(ZH, item.name)
        if isinstance(ours, dict):
            assert ours.keys() == theirs.keys(), item.name
        else:
            assert holes(ours) == holes(theirs), item.name


@pytest.mark.parametrize(
    ("count", "shown"),
    [(None, "–"), (9, "9 B"), (1536, "1.5 KiB"), (94 << 20, "94 MiB"), (3 << 30, "3.0 GiB")],
)
def test_sizes_are_for_people(count: int | None, shown: str) -> None:
    assert size(count) == shown


def test_errors_worded_for_people_reach_them_and_others_do_not_hide() -> None:
    def refuse(call) -> dict:
        raise OSError(f"{call['x']} is read-only")

    def break_(call) -> dict:
        return {"y": call["nothing"]}

    assert answering(EN, refuse)({"x": "the disk"}) == {"error": "the disk is read-only"}
    with pytest.raises(KeyError):
        answering(EN, break_)({})


def test_a_description_of_routes_is_escaped() -> None:
    body = {"schema": {"properties": {HOSTILE: {"type": "string"}}, "required": [HOSTILE]}}
    operation = {
        "summary": HOSTILE,
        "description": HOSTILE,
        "operationId": HOSTILE,
        "requestBody": {"content": {"application/json": body}},
    }
    html = docs_page(
        {"info": {"title": HOSTILE, "version": "1"}, "paths": {"/" + HOSTILE: {"post": operation}}},
        "http://127.0.0.1:7860",
    )
    tags = Tags(html)
    assert not tags.seen & {"img", "script"} and tags.handlers == []
    assert "curl" in html
