"""``rag sources`` and ``rag stats``."""

from __future__ import annotations

import click

from rag.cli.options import collection_option, print_json, settings_options
from rag.errors import QuestionError
from rag.settings import Settings


@click.command("sources")
@click.argument("document", required=False)
@click.option("--start", type=int, help="first character of a citation")
@click.option("--end", type=int, help="end of the citation (exclusive)")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@settings_options("index")
@collection_option()
def sources(
    document: str | None, start: int | None, end: int | None, as_json: bool, settings: Settings
) -> None:
    """List the indexed documents; or show DOCUMENT, or the characters [--start, --end) of it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rag.cli.rendering import in_context
    from rag.store import IndexReader

    console = Console(highlight=False, soft_wrap=True)
    with IndexReader.open(settings.index) as reader:
        summaries = reader.documents()
        if document is None:
            if as_json:
                print_json(
                    {
                        "documents": [
                            {
                                "document": item.name,
                                "title": item.title,
                                "language": item.language.value,
                                "characters": item.characters,
                                "sections": item.sections,
                                "chunks": item.chunks,
                            }
                            for item in summaries
                        ]
                    }
                )
                return
            table = Table("Document", "Title", "Language", "Sections", "Chunks", box=None)
            for item in summaries:
                table.add_row(
                    Text(item.name),
                    Text(item.title),
                    item.language.value,
                    str(item.sections),
                    str(item.chunks),
                )
            console.print(table)
            return
        if document not in {item.name for item in summaries}:
            raise QuestionError(f"no document {document!r} in {settings.index}; see: rag sources")
        stored = reader.document(document)
    begin = 0 if start is None else start
    stop = len(stored.text) if end is None else end
    if not 0 <= begin <= stop <= len(stored.text):
        raise QuestionError(
            f"characters {begin}–{stop} are not in {document}, which has {len(stored.text)}"
        )
    if as_json:
        print_json(
            {"document": document, "start": begin, "end": stop, "text": stored.text[begin:stop]}
        )
    elif start is None and end is None:
        click.echo(stored.text)
    else:
        console.print(in_context(stored, begin, stop))


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@settings_options("index")
@collection_option()
def stats(as_json: bool, settings: Settings) -> None:
    """Show how much the index holds and how it searches."""
    from rag.serialization import stats_to_json
    from rag.store import IndexReader

    with IndexReader.open(settings.index) as reader:
        state = reader.stats()
    if as_json:
        print_json(stats_to_json(state))
        return
    languages = ", ".join(f"{name} {count}" for name, count in state.languages.items())
    click.echo(f"documents      {state.documents} ({languages})")
    click.echo(f"chunks         {state.chunks}")
    click.echo(f"characters     {state.characters}")
    click.echo(f"embedder       {state.embedder} ({state.dimension} dimensions)")
    click.echo(f"vector index   {state.vector_index}")
    click.echo(f"on disk        {state.bytes_on_disk / 2**20:.1f} MiB")
