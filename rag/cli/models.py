"""``rag models``: what can be used, what is here, and downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import print_json, settings_options
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.models import ModelEntry


@click.group("models", invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List models; `rag models pull NAME` downloads one."""
    if context.invoked_subcommand is None:
        context.invoke(list_models, as_json=False)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@settings_options("models")
def list_models(as_json: bool, settings: Settings) -> None:
    """List the catalogue: what is present, and what fits into this machine's memory."""
    from rich.console import Console
    from rich.table import Table

    from rag.models import CATALOGUE, fits_in_ram, locate

    rows = [
        (entry, locate(entry, settings.models) is not None, fits_in_ram(entry))
        for entry in CATALOGUE
    ]
    if as_json:
        print_json({"models": [_entry_to_json(entry, here, fits) for entry, here, fits in rows]})
        return
    table = Table("Name", "Role", "Size", "RAM", "Context", "Licence", "Here", "Fits", box=None)
    for entry, here, fits in rows:
        table.add_row(
            entry.name,
            entry.role.value,
            f"{entry.size_bytes / 2**20:,.0f} MiB",
            f"{entry.ram_bytes / 2**30:.1f} GiB",
            str(entry.context_tokens),
            entry.licence,
            "yes" if here else "",
            "yes" if fits else "no",
        )
    Console(highlight=False).print(table)
    click.echo("Download one: python -m rag models pull NAME")


@models.command("pull")
@click.argument("name")
@settings_options("models", "endpoint")
def pull(name: str, settings: Settings) -> None:
    """Download the model NAME; an interrupted download resumes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from rag.downloads import pull as download
    from rag.models import find_model

    entry = find_model(name)
    with Progress(
        BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    ) as bar:
        task = bar.add_task(entry.name, total=entry.size_bytes)
        path: Path = download(
            entry,
            settings.models,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            endpoint=settings.endpoint or None,
        )
    click.echo(f"{entry.name} is at {path}")


def _entry_to_json(entry: ModelEntry, here: bool, fits: bool) -> dict[str, object]:
    return {
        "name": entry.name,
        "role": entry.role.value,
        "licence": entry.licence,
        "size_bytes": entry.size_bytes,
        "ram_bytes": entry.ram_bytes,
        "context_tokens": entry.context_tokens,
        "languages": sorted(language.value for language in entry.languages),
        "present": here,
        "fits": fits,
    }
