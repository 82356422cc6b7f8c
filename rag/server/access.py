"""Who may ask: everyone on this machine, and elsewhere those with the password."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import secrets
from collections.abc import Callable

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import SettingsError

USER = "verbatim"


def require_password(host: str, password: str) -> None:
    """Refuse to let other machines ask without one.

    Raises:
        SettingsError: ``host`` is not this machine alone and there is no password.
    """
    if not is_loopback(host) and not password:
        raise SettingsError(
            f"--host {host} lets other machines ask: set a password with --password or "
            f"RAG_PASSWORD (the user's name is {USER}), or leave --host out"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def gate(password: str) -> Callable[[Request], None]:
    """Return a dependency that lets a request pass with the password, as bearer token or basic."""

    def check(request: Request) -> None:
        if not password:
            return
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, given = base64.b64decode(given, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                user, given = "", ""
            given = given if user == USER else ""
        if not secrets.compare_digest(given.encode(), password.encode()):
            raise HTTPException(
                401,
                "a password is needed: send it as bearer token, or as user verbatim",
                headers={"WWW-Authenticate": "Basic"},
            )

    return check


class GatedPath:
    """ASGI middleware that wants the password for what lies under a path.

    For routes that are not ours to declare and that a cookie of the page does not open.
    """

    def __init__(self, app: ASGIApp, path: str, password: str) -> None:
        """Pass on to ``app``; requests under ``path`` only with the password."""
        self._app = app
        self._path = path
        self._check = gate(password)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["path"].startswith(self._path):
            try:
                self._check(Request(scope))
            except HTTPException as refused:
                body = {"detail": refused.detail}
                answer = JSONResponse(body, refused.status_code, headers=refused.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
