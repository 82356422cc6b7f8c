"""The tab that shows how the last answer came about."""

from __future__ import annotations

from typing import Any

from rag.ui.inspection import inspection
from rag.ui.texts import Texts


def build_inspect_tab(texts: Texts) -> Any:
    """Lay the tab out where it is called; return the part that shows an inspection."""
    import gradio as gr

    return gr.HTML(inspection(texts, None), elem_id="inspection", apply_default_css=False)
