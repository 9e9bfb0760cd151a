"""What every request passes first: a request id, the token, a count and a clock."""

import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.stats import Traffic
from core.messages import render

log = logging.getLogger(__name__)

TOO_LARGE = 413
OPEN = frozenset({"/", "/health", "/console"})
CONSOLE = "/console/"
"""What stands below asks for the token itself, with a form and a cookie."""


class Watched:
    """Gives each request an id, which every log line carries, counts it, and logs it at this level."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic, level: int) -> None:
        self._app = app
        self._traffic = traffic
        self._level = level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        started = time.monotonic()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, noted)
            finally:
                seconds = time.monotonic() - started
                self._traffic.count(_route(scope), status=status, seconds=seconds)
                log.log(self._level, "%s %s %d in %.3f s", scope["method"], _route(scope), status, seconds)


def _route(scope: Mapping[str, object]) -> str:
    return str(getattr(scope.get("route"), "path", "unmatched"))


class Shaped:
    """Gives the framework's refusal of a large body, which is plain text, the shape that errors have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refused = False

        async def shaped(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == TOO_LARGE:
                refused = Headers(scope=message).get("content-type", "").startswith("text/plain")
            if not refused:
                await send(message)
            elif message["type"] == "http.response.body":
                await JSONResponse({"detail": render("http.too_large")}, status_code=TOO_LARGE)(scope, receive, send)

        await self._app(scope, receive, shaped)


class Local:
    """Where no token is asked for, answers only who calls this machine by its own name.

    A page of a stranger can give its own name our address, and its scripts would then read whatever is here.
    """

    def __init__(self, app: ASGIApp, *, open_paths: frozenset[str]) -> None:
        self._app = app
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in self._open or is_own_name(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        await JSONResponse({"detail": render("http.local")}, status_code=403)(scope, receive, send)


def is_own_name(host: str) -> bool:
    """Whether a Host header names this machine as only it itself can be named."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:
        return False


class Guarded:
    """Asks for the token, compared in constant time, everywhere but at the open paths."""

    def __init__(self, app: ASGIApp, *, token: str, open_paths: frozenset[str] = OPEN) -> None:
        self._app = app
        self._open = open_paths
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or self._is_open(scope["path"]) or self._known(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse(
            {"detail": render("http.token")}, status_code=401, headers={"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(CONSOLE)

    def _known(self, headers: Headers) -> bool:
        given = headers.get("authorization", "").encode("latin-1")
        return hmac.compare_digest(given, self._expected)
