"""``rag index``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import FAILED, collection_option, print_json, settings_options
from rag.settings import Settings
from rag.types import IndexReport

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.indexing import Progress as Step


@click.command("index")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="read files again that have not changed, too")
@click.option("--json", "as_json", is_flag=True, help="print the counts as one JSON object")
@settings_options(
    "index",
    "embedder",
    "models",
    "threads",
    "chunk_tokens",
    "max_file_mb",
    "corpus",
)
@collection_option(create=True)
def index(paths: tuple[Path, ...], force: bool, as_json: bool, settings: Settings) -> int:
    """Index PATHS (files or folders; the corpus by default), touching only what changed.

    Exit code 1 if nothing could be indexed because every file failed.
    """
    from rag.engine import Engine
    from rag.serialization import report_to_json

    roots = list(paths) or [settings.corpus]
    with Engine(settings) as engine:
        report = index_with_progress(engine, roots, quiet=as_json, force=force)
    if as_json:
        print_json(report_to_json(report))
    else:
        _print_report(report)
    indexed = report.added + report.changed + report.unchanged
    return FAILED if report.failures and not indexed else 0


def index_with_progress(
    engine: Engine, roots: list[Path], *, quiet: bool, force: bool = False
) -> IndexReport:
    """Index ``roots`` with a progress bar on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty():
        return engine.index(roots, force=force)
    with Progress(
        TextColumn("Indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[name]}"),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None, name="")

        def show(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total, name=step.name)

        return engine.index(roots, force=force, on_progress=show)


def _print_report(report: IndexReport) -> None:
    click.echo(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.failures)} failed; {report.chunks} new chunks"
    )
    for failure in report.failures:
        click.echo(f"  not indexed: {failure.path}: {failure.reason}", err=True)
