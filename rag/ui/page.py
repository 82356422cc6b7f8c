"""The page in one language: its head, the reader, and the tabs, each a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.collection_set import CollectionSet
from rag.conversation_store import ConversationStore
from rag.ui.ask_tab import build_ask_tab, connect_ask_tab
from rag.ui.asking import Asker
from rag.ui.collections_tab import build_collections, collection_lister, switch
from rag.ui.examples import ExamplesOf
from rag.ui.inspect_tab import build_inspect_tab
from rag.ui.jobs import Jobs
from rag.ui.library_tab import build_library_tab
from rag.ui.markup import escape
from rag.ui.panel_texts import PANEL_TEXTS
from rag.ui.quality_tab import build_quality_tab
from rag.ui.reader import build_reader
from rag.ui.settings_tab import build_settings_tab
from rag.ui.texts import Texts

_ASSETS = Path(__file__).parent / "assets"


def assets() -> dict[str, str]:
    """Return the page's styles and scripts as Gradio takes them: every file of ``assets/``."""
    styles = sorted(_ASSETS.glob("*.css"))
    scripts = sorted(_ASSETS.glob("*.js"))
    return {
        "css": "\n".join(file.read_text(encoding="utf-8") for file in styles),
        "head": "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in scripts),
    }


def theme() -> Any:
    """Return a plain theme with the system's own fonts: nothing is fetched."""
    import gradio as gr

    sans = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        font=sans,
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )


def build_page(
    collections: CollectionSet,
    jobs: Jobs,
    asker_of: Callable[[Any], Asker],
    store_of: Callable[[str], ConversationStore],
    texts: Texts,
    examples_of: ExamplesOf,
    *,
    settings_file: Path,
) -> Any:
    """Return the Gradio blocks of the page.

    Args:
        asker_of: who answers the visitor that a request of Gradio's comes from.
        store_of: the kept conversations of a collection, by its name in the page's address.
        examples_of: questions to begin with in a collection, by its name.
        settings_file: where changed settings are saved, if that is wanted.
    """
    import gradio as gr

    with gr.Blocks(title="Verbatim", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(
            _header(texts),
            elem_id="masthead",
            apply_default_css=False,
            js_on_load="window.verbatimPanels.masthead(element, server)",
            server_functions=[collection_lister(collections, PANEL_TEXTS[texts.code])],
        )
        build_reader(collections, texts)
        with gr.Tabs():
            with gr.Tab(texts.ask_tab):
                ask_tab = build_ask_tab(store_of, texts, examples_of)
            with gr.Tab(texts.library_tab):
                build_library_tab(collections, jobs, texts)
                build_collections(collections, texts.code)
            with gr.Tab(texts.inspect_tab):
                inspected = build_inspect_tab(texts)
            words = PANEL_TEXTS[texts.code]
            with gr.Tab(words.quality_tab):
                build_quality_tab(collections, jobs, texts.code)
            with gr.Tab(words.settings_tab):
                build_settings_tab(collections, jobs, settings_file, texts.code)
        connect_ask_tab(ask_tab, inspected, asker_of, texts, examples_of)
    return page


def _header(texts: Texts) -> str:
    return (
        f"<header><h1>Verbatim</h1><p>{escape(texts.tagline)}</p><nav>"
        f"{switch(PANEL_TEXTS[texts.code])}"
        f'<a href="../{texts.other_code}/" lang="{texts.other_code}">{escape(texts.other_name)}</a>'
        f'<button type="button" class="theme" aria-label="{escape(texts.theme)}" '
        f'title="{escape(texts.theme)}">◐</button></nav></header>'
    )
