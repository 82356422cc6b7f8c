"""``rag search``."""

from __future__ import annotations

import click

from rag.cli.options import NOTHING_RELEVANT, collection_option, print_json, settings_options
from rag.settings import Settings
from rag.types import Language


@click.command("search")
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help='print one JSON object: {"hits": […]}')
@click.option("--document", "documents", multiple=True, help="only in this document (repeatable)")
@click.option("--folder", help="only in documents whose name begins with this folder")
@click.option("--language", type=click.Choice([item.value for item in Language]))
@settings_options("index", "k", "embedder", "models", "threads")
@collection_option()
def search(
    question: str,
    as_json: bool,
    documents: tuple[str, ...],
    folder: str | None,
    language: str | None,
    settings: Settings,
) -> int:
    """Show the passages that bear on QUESTION, with each retriever's score."""
    from rich.console import Console

    from rag.cli.rendering import print_hits
    from rag.engine import Engine
    from rag.serialization import hit_to_json
    from rag.store import SearchFilter

    where = SearchFilter(
        documents=frozenset(documents),
        folder=folder,
        language=Language(language) if language else None,
    )
    with Engine(settings) as engine:
        hits = engine.search(question, where=where)
    if as_json:
        print_json({"hits": [hit_to_json(hit) for hit in hits]})
    elif hits:
        print_hits(Console(highlight=False, soft_wrap=True), hits)
    else:
        click.echo("No passage bears on this question.")
    return 0 if hits else NOTHING_RELEVANT
