"""What ``make run`` and ``python app.py`` do."""

from __future__ import annotations

import click

from rag.cli.index import index_with_progress
from rag.cli.serve import open_page
from rag.collection_set import CollectionSet
from rag.errors import IndexLockedError
from rag.settings import Settings


def start(settings: Settings | None = None) -> None:
    """Index the corpus where it changed, then serve the page until interrupted.

    Raises:
        VerbatimError: settings, corpus, index or models cannot be used.
    """
    with CollectionSet(settings or Settings.load()) as collections:
        engine = collections.engine()
        try:
            report = index_with_progress(engine, [engine.settings.corpus], quiet=False)
        except IndexLockedError as error:
            # Someone else is indexing; what is there can be asked meanwhile.
            click.echo(f"note: {error}", err=True)
        else:
            for failure in report.failures:
                click.echo(f"not indexed: {failure.path}: {failure.reason}", err=True)
        open_page(collections)
