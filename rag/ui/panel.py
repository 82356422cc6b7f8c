"""What the tabs with controls of their own share: a frame, calls from its script, small HTML.

A panel is HTML that its script in ``assets/`` fills by calling functions here; each takes one
object and returns one. Nothing is called that the page did not name.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.errors import VerbatimError
from rag.ui.jobs import Job
from rag.ui.markup import escape
from rag.ui.panel_texts import PanelTexts
from rag.ui.reasons import reason

_logger = logging.getLogger(__name__)

Call = Mapping[str, Any]
Reply = dict[str, Any]
Function = Callable[[Call], Reply]


def build_panel(name: str, functions: Sequence[Function], script_texts: Mapping[str, str]) -> Any:
    """Put a panel where it is called; ``assets/NAME.js`` fills it.

    Args:
        script_texts: words that the script needs, by name.
    """
    import gradio as gr

    words = escape(json.dumps(dict(script_texts), ensure_ascii=False))
    return gr.HTML(
        f'<div class="panel" data-texts="{words}"></div>',
        elem_id=name,
        apply_default_css=False,
        js_on_load=f"window.verbatimPanels.{name}(element, server, upload)",
        server_functions=list(functions),
    )


def answering(texts: PanelTexts, function: Function) -> Function:
    """Let a function's errors that are worded for people become ``{"error": …}``."""

    @functools.wraps(function)
    def call(given: Call) -> Reply:
        try:
            return function(given)
        except (VerbatimError, OSError) as error:
            _logger.info("%s: %s", function.__name__, error)
            return {"error": reason(texts.code, error)}

    # Gradio looks for a request among the types, and cannot read ours.
    call.__annotations__ = {}
    del call.__wrapped__
    return call


def text_of(given: Call, key: str) -> str:
    """Return a text of a call, "" where there is none."""
    value = given.get(key, "")
    return value if isinstance(value, str) else ""


def job_reply(job: Job | None, texts: PanelTexts, doing: str) -> Reply:
    """Return a job's state and, while it runs, its bar as HTML."""
    if job is None:
        return {"state": "", "html": ""}
    if not job.is_running:
        return {"state": job.state.value, "html": ""}
    return {"state": job.state.value, "html": bar(job, texts, doing)}


def bar(job: Job, texts: PanelTexts, doing: str) -> str:
    """Return how far a job is, with a button to stop it."""
    reach = job.reach
    known = reach.total > 0
    values = f'max="{reach.total}" value="{reach.done}"' if known else ""
    count = f"{reach.done:,} / {reach.total:,}" if known else ""
    return (
        f'<div class="job"><label><span>{escape(doing)}</span>'
        f"<progress {values}></progress></label>"
        f'<span class="reach">{escape(count)} <span>{escape(reach.name)}</span></span>'
        f'<button type="button" data-do="cancel">{escape(texts.cancel)}</button></div>'
    )


def problem(text: str) -> str:
    """Return a failure as a paragraph."""
    return f'<p class="problem" role="alert">{escape(text)}</p>'


def size(count: int | None) -> str:
    """Return bytes for people."""
    if count is None:
        return "–"
    for unit, least in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= least:
            return f"{count / least:.{0 if count >= 10 * least else 1}f} {unit}"
    return f"{count} B"
