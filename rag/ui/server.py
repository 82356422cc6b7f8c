"""Serve the page on this machine.

``/`` leads to the page in the browser's language. Other hosts than loopback are served only with a
password.
"""

from __future__ import annotations

import ipaddress
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from rag.engine import Engine
from rag.errors import SettingsError
from rag.ui.examples import examples
from rag.ui.library import Library
from rag.ui.page import assets, build_page, theme
from rag.ui.texts import TEXTS

_logger = logging.getLogger(__name__)
_UPLOADS = "uploads"
_USER = "verbatim"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#1f5fbf"/>'
    '<path d="M8 9l8 15 8-15" fill="none" stroke="#fff" stroke-width="3.6" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


def create_app(engine: Engine, *, password: str = "") -> Any:
    """Return the ASGI application: the page in both languages, and ``/healthz``."""
    import gradio as gr

    app = FastAPI(title="Verbatim", docs_url=None, redoc_url=None)
    library = Library(engine, engine.settings.index / _UPLOADS)

    @app.get("/", include_in_schema=False)
    def choose_language(request: Request) -> RedirectResponse:
        wanted = request.headers.get("accept-language", "").lower()
        return RedirectResponse("zh/" if wanted.startswith("zh") else "en/")

    @app.get("/healthz")
    def health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(_ICON, media_type="image/svg+xml")

    for language, texts in TEXTS.items():
        page = build_page(engine, library, texts, examples(engine, language))
        app = gr.mount_gradio_app(
            app,
            page,
            path=f"/{texts.code}",
            theme=theme(),
            auth=(_USER, password) if password else None,
            footer_links=[],
            max_file_size=f"{engine.settings.max_file_mb}mb",
            ssr_mode=False,
            show_error=False,
            **assets(),
        )
    return app


def serve(engine: Engine, *, host: str, port: int, password: str = "") -> None:
    """Serve until interrupted.

    Raises:
        SettingsError: ``host`` is not this machine alone and there is no password.
    """
    import uvicorn

    require_password(host, password)
    app = create_app(engine, password=password)
    uvicorn.run(app, host=host, port=port, log_level="warning")


def require_password(host: str, password: str) -> None:
    """Refuse to let other machines ask without one.

    Raises:
        SettingsError: ``host`` is not this machine alone and there is no password.
    """
    if not is_loopback(host) and not password:
        raise SettingsError(
            f"--host {host} lets other machines ask: set a password with --password or "
            "RAG_PASSWORD (the user's name is verbatim), or leave --host out"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
