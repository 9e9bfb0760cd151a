"""A web site on loopback that speaks the wire: pages, redirects, robots.txt, and the ways in which sites misbehave."""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

CERTIFICATE = Path(__file__).with_name("site.pem")
"""For `secure.example.com`, signed by itself, with its key; worth nothing outside these tests."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Page:
    """What stands under a path. `etag` and `modified` answer conditional requests."""

    body: bytes = b"<p>hello</p>"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]


class _Server(web.Server):
    accepted = 0

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        self.accepted += 1
        super().connection_made(handler, transport)


class Site:
    """Use it inside `async with`; `at(path)` is the URL of a path."""

    def __init__(self, *, tls: bool = False) -> None:
        self.pages: dict[str, Page] = {}
        self.handlers: dict[str, Handler] = {}
        self.seen: list[Seen] = []
        self.port = 0
        self.most_at_once = 0
        self._at_once = 0
        self._tls = tls
        self._server = _Server(self._count, handler_cancellation=True)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=1.0)
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        place = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await place.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return self._server.accepted

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order, without robots.txt."""
        return [seen.path for seen in self.seen if seen.path != "/robots.txt"]

    def at(self, path: str, *, host: str = "127.0.0.1") -> str:
        """The URL of a path."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes | str, **headers: str) -> Page:
        """Puts a page under a path; underscores in header names become hyphens."""
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(raw, headers=named)
        return self.pages[path]

    def status(self, path: str, status: int, **headers: str) -> None:
        """Has a path answer with a bare status."""
        self.page(path, b"", **headers).status = status

    def redirect(self, path: str, location: str, *, status: int = 302) -> None:
        """Passes a path on."""
        self.status(path, status, Location=location)

    def bomb(self, path: str, *, size: int) -> None:
        """A page of `size` bytes that travels as a thousandth of them."""
        self.page(path, gzip.compress(bytes(size)), Content_Encoding="gzip")

    def endless(self, path: str, piece: bytes = b"x" * 65536) -> None:
        """A page that never ends."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while not self._closing.is_set() and request.transport is not None:
                await response.write(piece)
            return response

        self.handlers[path] = handler

    def stalled(self, path: str) -> None:
        """A page that begins and then says nothing."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(b"begin")
            await self._closing.wait()
            return response

        self.handlers[path] = handler

    def trickling(self, path: str, *, seconds: float = 0.02) -> None:
        """A page that sends a byte now and then, so that no single read ever takes long."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while not self._closing.is_set() and request.transport is not None:
                await response.write(b"x")
                await asyncio.sleep(seconds)
            return response

        self.handlers[path] = handler

    def cut_short(self, path: str) -> None:
        """A page whose Content-Length promises more than it sends."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b"half")
            if request.transport is not None:
                request.transport.close()
            return response

        self.handlers[path] = handler

    async def _count(self, request: web.BaseRequest) -> web.StreamResponse:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(request)
        finally:
            self._at_once -= 1

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(Seen(request.path_qs, dict(request.headers)))
        if (handler := self.handlers.get(request.path)) is not None:
            try:
                return await handler(request)
            except ConnectionError:
                return web.Response()
        page = self.pages.get(request.path, Page(b"not here", status=404))
        headers = dict(page.headers)
        if page.etag:
            headers["ETag"] = page.etag
        if page.modified:
            headers["Last-Modified"] = page.modified
        if _unchanged(page, request.headers):
            return web.Response(status=304, headers=headers)
        return web.Response(body=page.body, status=page.status, headers=headers)


def _unchanged(page: Page, asked: Mapping[str, str]) -> bool:
    """If-None-Match goes before If-Modified-Since."""
    if (etag := asked.get("If-None-Match")) is not None:
        return etag == page.etag
    return page.modified is not None and asked.get("If-Modified-Since") == page.modified
