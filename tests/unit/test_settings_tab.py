"""What the settings' script calls, over a stub hub on loopback."""

import time
from pathlib import Path

import pytest

from rag.collection_set import CollectionSet
from rag.settings import Settings
from rag.ui.jobs import Jobs
from rag.ui.panel import answering
from rag.ui.panel_texts import EN
from rag.ui.settings_tab import SettingsDesk
from tests.unit.test_downloads import StubHub, hub

__all__ = ["hub"]


@pytest.fixture
def desk(hub: StubHub, tmp_path: Path) -> SettingsDesk:
    hub.files = {"Qwen3-0.6B-Q8_0.gguf": hub.files["model.gguf"]}
    flags = {"index": tmp_path / "i", "models": tmp_path / "m", "endpoint": hub.address}
    collections = CollectionSet(Settings.load(environment={}, flags=flags))
    return SettingsDesk(collections, Jobs(), tmp_path / "rag.toml", EN)


def ended(desk: SettingsDesk, name: str) -> dict:
    for _ in range(400):
        reply = desk.model_progress({"name": name})
        if reply["state"] != "running":
            return reply
        time.sleep(0.05)
    raise AssertionError("the download did not end")


def test_a_model_is_downloaded_only_when_it_is_asked_for(
    desk: SettingsDesk, hub: StubHub, tmp_path: Path
) -> None:
    html = desk.settings_view({})["html"]
    assert hub.requests == 0
    assert 'data-name="qwen3-0.6b"' in html
    assert desk.model_download({"name": "qwen3-0.6b"}) == {}
    reply = ended(desk, "qwen3-0.6b")
    assert (reply["state"], reply["said"]) == ("done", "qwen3-0.6b is here.")
    assert (tmp_path / "m" / "qwen3-0.6b" / "Qwen3-0.6B-Q8_0.gguf").exists()
    assert 'data-name="qwen3-0.6b"' not in desk.settings_view({})["html"]


def test_a_failed_download_says_why(desk: SettingsDesk, hub: StubHub) -> None:
    hub.corrupt = True
    desk.model_download({"name": "qwen3-0.6b"})
    reply = ended(desk, "qwen3-0.6b")
    assert reply["state"] == "failed" and "checksum" in reply["html"]


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"k": "many"}, "1 to 100"),
        ({"min_confidence": 7}, "0 to 1"),
        ({"mode": "sing"}, "auto, quote, write"),
        ({"llm": "qwen3-4b"}, "download it first"),
        ({"llm": "../../etc/passwd"}, "no model"),
    ],
)
def test_what_cannot_hold_is_refused_and_nothing_changes(desk, values, part) -> None:
    before = desk.settings_view({})["html"]
    reply = answering(EN, desk.settings_apply)({"values": values, "save": True})
    assert part in reply["error"]
    assert desk.settings_view({})["html"] == before


def test_what_is_not_in_the_catalogue_is_not_downloaded(desk: SettingsDesk, tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF")
    reply = answering(EN, desk.model_download)({"name": str(file)})
    assert "not in the catalogue" in reply["error"]
