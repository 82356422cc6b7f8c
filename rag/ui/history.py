"""The drawer of kept conversations: found, opened, taken along as Markdown, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from rag.conversation_store import ConversationStore
from rag.conversations import ConversationSummary
from rag.errors import VerbatimError
from rag.ui.export import file_name, markdown
from rag.ui.icons import BIN, DOWN
from rag.ui.markup import escape
from rag.ui.reasons import reason
from rag.ui.texts import Texts

_LONGEST_SEARCH = 200

Call = Mapping[str, str]
Reply = dict[str, str]
Function = Callable[[Call], Reply]


def build_history(store_of: Callable[[str], ConversationStore], texts: Texts) -> Any:
    """Put the drawer and the buttons above a conversation where it is called.

    Args:
        store_of: the kept conversations of a collection, by its name in the page's address; "" is
            the one that was opened.

    Returns:
        The component; it tells of ``select`` with the ``id`` to open, of ``delete`` with the one
        that is gone, and of ``clear`` when a new conversation is wanted.
    """
    import gradio as gr

    return gr.HTML(
        _toolbar(texts) + _drawer(texts),
        elem_id="history",
        apply_default_css=False,
        js_on_load="window.verbatimAsk.attachHistory(element, server, trigger)",
        server_functions=_functions(store_of, texts),
    )


def _functions(store_of: Callable[[str], ConversationStore], texts: Texts) -> list[Function]:
    """Return what the page's script calls, by these very names."""

    def search(call: Call) -> Reply:
        words = str(call.get("words", ""))[:_LONGEST_SEARCH]
        found = _store(call).listing(words)
        return {"html": listing(texts, found, searched=bool(words.strip()))}

    def remove(call: Call) -> Reply:
        _store(call).delete(str(call["id"]))
        return {}

    def export(call: Call) -> Reply:
        found = _store(call).read(str(call["id"]))
        if found is None:
            return {"error": texts.no_history}
        return {"name": file_name(found), "text": markdown(texts, found)}

    def _store(call: Call) -> ConversationStore:
        return store_of(str(call.get("collection", "")))

    return [_explained(function, texts) for function in (search, remove, export)]


def _explained(function: Function, texts: Texts) -> Function:
    """Return ``function``, which tells of a failure in words."""

    @wraps(function)
    def tell(call: Call) -> Reply:
        try:
            return function(call)
        except VerbatimError as error:
            said = texts.failed.format(reason=reason(texts.code, error))
            return {"error": said, "html": f'<p class="note">{escape(said)}</p>'}

    # Gradio reads the types at run time, where ours are mere text.
    tell.__annotations__ = {}
    del tell.__wrapped__
    return tell


def listing(texts: Texts, found: list[ConversationSummary], *, searched: bool) -> str:
    """Return the list of conversations."""
    if not found:
        note = texts.no_match if searched else texts.no_history
        return f'<p class="note">{escape(note)}</p>'
    return f"<ul>{''.join(_entry(texts, item) for item in found)}</ul>"


def _entry(texts: Texts, item: ConversationSummary) -> str:
    title = escape(item.title)
    when = item.changed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f'<li data-id="{escape(item.id)}"><button type="button" class="entry"><span>{title}</span>'
        f"<small>{escape(when)}</small></button>"
        f"{_icon('export', texts.export_as, item.title, DOWN)}"
        f"{_icon('bin', texts.delete, item.title, BIN)}"
        f'<div class="sure" hidden><span>{escape(texts.delete_sure)}</span>'
        f'<button type="button" class="delete">{escape(texts.delete)}</button>'
        f'<button type="button" class="keep">{escape(texts.keep)}</button></div></li>'
    )


def _icon(kind: str, label: str, title: str, drawing: str) -> str:
    return (
        f'<button type="button" class="icon {kind}" aria-label="{escape(f"{label}: {title}")}" '
        f'title="{escape(label)}">{drawing}</button>'
    )


def _toolbar(texts: Texts) -> str:
    return (
        f'<div class="toolbar"><button type="button" class="show" aria-haspopup="dialog">'
        f"{escape(texts.history)}</button>"
        f'<button type="button" class="new">{escape(texts.clear)}</button>'
        f'<button type="button" class="export" title="{escape(texts.export_as)}">'
        f"{escape(texts.export)}</button></div>"
    )


def _drawer(texts: Texts) -> str:
    search = escape(texts.history_search)
    close = escape(texts.close)
    return (
        f'<dialog aria-labelledby="history-title"><header><h2 id="history-title">'
        f"{escape(texts.history)}</h2>"
        f'<button type="button" class="close" aria-label="{close}" title="{close}">×</button>'
        f'</header><input type="search" aria-label="{search}" placeholder="{search}" '
        f'maxlength="{_LONGEST_SEARCH}"><div class="list" tabindex="-1"></div></dialog>'
    )
