"""The application that is served: the page in both languages, and the routes for programs.

``/`` leads to the page in the browser's language.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag import __version__
from rag.collection_set import CollectionSet
from rag.errors import SettingsError, VerbatimError
from rag.server import api, openai_api
from rag.server.access import USER, GatedPath, gate, require_password
from rag.server.docs_page import docs_page
from rag.server.metrics import Metrics
from rag.server.tools import build_tools
from rag.settings import FILE_NAME
from rag.ui.askers import Askers
from rag.ui.examples import examples_of
from rag.ui.jobs import Jobs
from rag.ui.line import Line
from rag.ui.page import assets, build_page, theme
from rag.ui.texts import TEXTS

_logger = logging.getLogger(__name__)
# Gradio serves MCP's clients without asking for the password of the page.
_TOOLS_PATH = "/gradio_api/mcp"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#1f5fbf"/>'
    '<path d="M8 9l8 15 8-15" fill="none" stroke="#fff" stroke-width="3.6" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


def create_app(
    collections: CollectionSet, *, password: str = "", settings_file: Path = Path(FILE_NAME)
) -> FastAPI:
    """Return the ASGI application.

    ``/openapi.json`` describes the routes for programs, and ``/docs`` is a page of our own over it:
    the usual ones fetch their scripts from elsewhere.
    """
    app = FastAPI(title="Verbatim", version=__version__, docs_url=None, redoc_url=None)
    app.add_middleware(GatedPath, path=_TOOLS_PATH, password=password)
    app.add_exception_handler(VerbatimError, api.explain)
    metrics = Metrics()
    for routes in (api.router(collections, metrics), openai_api.router(collections, metrics)):
        app.include_router(routes, dependencies=[Depends(gate(password))])

    @app.get("/", include_in_schema=False)
    def choose_language(request: Request) -> RedirectResponse:
        wanted = request.headers.get("accept-language", "").lower()
        return RedirectResponse("zh/" if wanted.startswith("zh") else "en/")

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(gate(password))])
    def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi(), str(request.base_url).rstrip("/")))

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(_ICON, media_type="image/svg+xml")

    app.state.line = line = Line()
    askers = Askers(collections, line, metrics.count)
    jobs = Jobs()
    for language, texts in TEXTS.items():
        page = build_page(
            collections,
            jobs,
            askers.asker_of(texts),
            askers.store_of,
            texts,
            examples_of(collections, language),
            settings_file=settings_file,
        )
        app = _mount(app, page, f"/{texts.code}", collections, password)
    # Gradio's MCP server answers at the root only, so the tools are mounted there, and last: what
    # comes before them keeps its path.
    return _mount(
        app, build_tools(collections, metrics), "/", collections, password, mcp_server=True
    )


def _mount(
    app: FastAPI,
    blocks: Any,
    path: str,
    collections: CollectionSet,
    password: str,
    **given: Any,
) -> FastAPI:
    import gradio as gr

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        theme=theme(),
        auth=(USER, password) if password else None,
        footer_links=[],
        max_file_size=f"{collections.settings.max_file_mb}mb",
        ssr_mode=False,
        show_error=False,
        **assets(),
        **given,
    )
    return mounted


def serve(
    collections: CollectionSet,
    *,
    host: str,
    port: int,
    password: str = "",
    settings_file: Path = Path(FILE_NAME),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted; settings that the page saves go into ``settings_file``.

    Args:
        ready: called once the port answers.

    Raises:
        SettingsError: ``host`` is not this machine alone and there is no password, or the port
            cannot be listened on.
    """
    import uvicorn

    class Announcing(uvicorn.Server):  # type: ignore[misc]
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    require_password(host, password)
    app = create_app(collections, password=password, settings_file=settings_file)
    server = Announcing(uvicorn.Config(app, host=host, port=port, log_level="warning"))
    try:
        with suppress(KeyboardInterrupt):
            server.run()
    except SystemExit as error:  # uvicorn's word for a port that it cannot have
        raise SettingsError(
            f"cannot listen on {host}:{port}; see the line above, or choose another with --port"
        ) from error
