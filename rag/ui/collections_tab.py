"""Collections on the page: the switch in its head; making, renaming and deleting them."""

from __future__ import annotations

from rag.collection_set import DEFAULT_COLLECTION, CollectionSet
from rag.errors import CollectionError
from rag.ui.markup import escape
from rag.ui.panel import Call, Function, Reply, answering, build_panel, text_of
from rag.ui.panel_texts import PANEL_TEXTS, PanelTexts


def switch(texts: PanelTexts) -> str:
    """Return the switch, which ``assets/collections.js`` fills; hidden where there is no choice."""
    return (
        '<span class="switch" hidden><label class="visually-hidden" for="collection">'
        f"{escape(texts.collection)}</label>"
        f'<select id="collection" title="{escape(texts.collection)}"></select></span>'
    )


def collection_lister(collections: CollectionSet, texts: PanelTexts) -> Function:
    """Return what the switch's script calls, by this very name."""

    def collection_names(call: Call) -> Reply:
        names = [
            {"name": name, "title": title(texts, name), "chosen": name == _chosen(call)}
            for name in collections.names()
        ]
        if not any(entry["chosen"] for entry in names):
            names = [{**entry, "chosen": entry["name"] == collections.opened} for entry in names]
        return {"names": names, "opened": collections.opened}

    return answering(texts, collection_names)


def build_collections(collections: CollectionSet, code: str) -> None:
    """Put making, renaming and deleting of collections where it is called."""
    texts = PANEL_TEXTS[code]

    def collections_view(call: Call) -> Reply:
        name = _chosen(call) or collections.opened
        known = name if name in collections.names() else collections.opened
        fixed = known in (DEFAULT_COLLECTION, collections.opened)
        return {"html": _html(texts, known, is_fixed=fixed), "opened": collections.opened}

    def collections_create(call: Call) -> Reply:
        return {"name": collections.create(text_of(call, "name"))}

    def collections_rename(call: Call) -> Reply:
        if not _chosen(call):
            raise CollectionError("choose a collection first")
        return {"name": collections.rename(_chosen(call), text_of(call, "name"))}

    def collections_delete(call: Call) -> Reply:
        if not _chosen(call):
            raise CollectionError("choose a collection first")
        collections.delete(_chosen(call))
        return {}

    build_panel(
        "collections",
        [
            answering(texts, function)
            for function in (
                collections_view,
                collections_create,
                collections_rename,
                collections_delete,
            )
        ],
        {"yes": texts.delete_collection, "no": texts.cancel},
    )


def title(texts: PanelTexts, name: str) -> str:
    """Return how a collection is called on the page."""
    return texts.default_collection if name == DEFAULT_COLLECTION else name


def _chosen(call: Call) -> str:
    return text_of(call, "collection")


def _html(texts: PanelTexts, name: str, *, is_fixed: bool) -> str:
    heading = texts.collection_title.replace("{name}", title(texts, name))
    return (
        f"<section><h2>{escape(heading)}</h2>"
        f'<p class="hint">{escape(texts.collections_about)}</p>'
        '<div class="outcome"></div><div class="making">'
        f"{_name_form('create', texts.new_collection, texts.create, '', texts)}"
        f"{'' if is_fixed else _changing(texts, name)}</div></section>"
    )


def _changing(texts: PanelTexts, name: str) -> str:
    """Return what can be done with a collection that is not the opened or the default one."""
    sure = texts.delete_collection_sure.replace("{name}", name)
    return (
        f"{_name_form('rename', texts.rename_collection, texts.rename, name, texts)}"
        f'<button type="button" data-do="delete" data-sure="{escape(sure)}">'
        f"{escape(texts.delete_collection)}</button>"
    )


def _name_form(what: str, label: str, button: str, value: str, texts: PanelTexts) -> str:
    return (
        f'<form data-do="{what}"><label for="{what}-collection">{escape(label)}</label>'
        f'<span class="row"><input type="text" id="{what}-collection" name="name" required '
        f'maxlength="60" autocomplete="off" value="{escape(value)}" '
        f'placeholder="{escape(texts.collection_name)}">'
        f'<button type="submit">{escape(button)}</button></span></form>'
    )
