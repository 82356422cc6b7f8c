"""The tab of the library: what is indexed, and files that a reader adds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rag.errors import VerbatimError
from rag.types import IndexReport
from rag.ui import answer_view as view
from rag.ui.library import Library
from rag.ui.markup import escape
from rag.ui.texts import Texts

Update = tuple[Any, ...]


def build_library_tab(library: Library, texts: Texts) -> None:
    """Lay the tab out where it is called, and say what its parts do."""
    import gradio as gr

    files = gr.File(label=texts.add, file_count="multiple", height=140, elem_id="upload")
    note = gr.HTML("", elem_id="upload-note", apply_default_css=False)
    listing = gr.HTML(library.listing(texts), elem_id="library", apply_default_css=False)
    files.upload(
        partial(_add, library, texts),
        inputs=[files],
        outputs=[files, listing, note],
        concurrency_limit=1,
        api_name=False,
    )


def _add(library: Library, texts: Texts, files: Sequence[str] | None) -> Update:
    import gradio as gr

    if not files:
        return None, gr.skip(), ""
    try:
        report = library.add([Path(file) for file in files])
    except (VerbatimError, OSError) as error:
        return None, gr.skip(), view.failure(texts, str(error))
    return None, library.listing(texts), _report(texts, report)


def _report(texts: Texts, report: IndexReport) -> str:
    lines = [escape(texts.added.format(count=report.added + report.changed))]
    if report.failures:
        reasons = "".join(
            f"<li>{escape(Path(item.path).name)}: {escape(item.reason)}</li>"
            for item in report.failures
        )
        lines.append(f"{escape(texts.not_added)}<ul>{reasons}</ul>")
    return f'<div class="note" role="status">{"<br>".join(lines)}</div>'
