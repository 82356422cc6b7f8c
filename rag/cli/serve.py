"""``rag serve``."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import collection_flag, settings_options
from rag.errors import SettingsError
from rag.settings import FILE_NAME, Settings

if TYPE_CHECKING:
    from rag.collection_set import CollectionSet

_LOCAL = "127.0.0.1"


@click.command("serve")
@click.option("--host", default=_LOCAL, show_default=True, help="address to listen on")
@click.option("--password", envvar="RAG_PASSWORD", default="", help="asked for; the user: verbatim")
@settings_options(
    "port", "index", "k", "llm", "embedder", "mode", "models", "threads", "min_confidence"
)
@collection_flag
def serve(host: str, password: str, collection: str | None, settings: Settings) -> None:
    """Open the page on this machine."""
    from rag.collection_set import DEFAULT_COLLECTION, CollectionSet

    with CollectionSet(settings, opened=collection or DEFAULT_COLLECTION) as collections:
        _ = collections.engine().reader  # a missing index is said before anything is loaded
        config = click.get_current_context().find_root().params.get("config")
        file = config or Path(FILE_NAME)
        open_page(collections, host=host, password=password, settings_file=file)


def open_page(
    collections: CollectionSet,
    *,
    host: str = _LOCAL,
    password: str = "",
    settings_file: Path = Path(FILE_NAME),
) -> None:
    """Load the models and serve the page until interrupted.

    Raises:
        SettingsError: the port is taken, or other machines could ask without a password.
    """
    from rag.server.access import require_password
    from rag.server.app import serve as run

    require_password(host, password)
    port = collections.settings.port
    with socket.socket() as probe:
        if probe.connect_ex((_LOCAL, port)) == 0:
            raise SettingsError(
                f"port {port} is taken, perhaps by another Verbatim; choose one with --port or "
                "RAG_PORT"
            )
    click.echo("Loading the models …", err=True)
    collections.warm_up()
    run(
        collections,
        host=host,
        port=port,
        password=password,
        settings_file=settings_file,
        ready=lambda: click.echo(f"Verbatim is at http://{host}:{port} – Ctrl+C ends it", err=True),
    )
