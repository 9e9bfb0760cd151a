"""Fetches a link for the library: conditional, bounded in time and size, and deaf to private addresses."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Self

import httpcore

from core.backends.web.addresses import Allowed
from core.backends.web.body import beginning, collect, too_large, unpacked
from core.backends.web.client import Client, Reply
from core.backends.web.headers import file_name, is_login, media_type
from core.backends.web.link_headers import LinkHeaders
from core.backends.web.network import CheckedNetwork, Resolve, system_resolver
from core.backends.web.robots import MAX_BYTES as ROBOTS_BYTES
from core.backends.web.robots import Robots
from core.backends.web.urls import Target, check
from core.errors import Refused, Unavailable
from core.ports import Fetched
from core.refresh import GONE, retry_after
from core.types import now

AT_ONCE = 8
"""Pages held in memory side by side, each up to the limit."""
ROBOTS_SECONDS = 10.0
RESOLVER_THREADS = 8
PASSING = (408, 425, 429, 503)
"""States that pass by themselves although most of them are said to be our fault."""


class WebFetcher:
    """The Fetcher and Asker ports over HTTP; use it inside `async with`."""

    def __init__(
        self,
        *,
        max_bytes: int,
        timeout: float,
        allow_private_hosts: Collection[str] = (),
        link_headers: LinkHeaders | None = None,
        user_agent: str = "Saseo/0.1",
        resolve: Resolve | None = None,
        connector: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`max_bytes` bounds a page unpacked, `timeout` is in seconds over all redirects. Hosts as `wiki`,
        `wiki:8080` or `10.0.0.0/8` in `allow_private_hosts` may be private; those in `link_headers` are asked with
        headers of their own. Resolver, connector and TLS context are
        the system's where none are given."""
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._allowed = Allowed.parse(allow_private_hosts)
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolve")
        network = partial(
            CheckedNetwork,
            self._allowed,
            resolve=resolve or system_resolver(self._threads),
            connector=connector or httpcore.AnyIOBackend(),
        )
        self._client = Client(
            allowed=self._allowed,
            network=network,
            user_agent=user_agent,
            tls=tls,
            link_headers=link_headers or LinkHeaders(),
        )
        self._places = asyncio.Semaphore(AT_ONCE)
        self._robots = Robots(self._read_robots, agent=user_agent.partition("/")[0].partition(" ")[0])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The page behind a link, or `data=None` where it is still the one with this etag or date.

        Raises Refused where the link or the page is at fault and Unavailable where trying again may help; its
        details hold `retry_after` in seconds where the site asked to be left alone for a while.
        """
        target = check(url, self._allowed)
        async with self._turn(target):
            return await self._fetch(target, _conditions(etag, modified))

    async def ask(self, url: str, question: Mapping[str, object], *, page: str) -> Fetched:
        """The answer to a question in JSON that the page with this address asks its site. Raises like `fetch`, also
        where robots.txt shuts the page or what is asked."""
        target, shown = check(url, self._allowed), check(page, self._allowed)
        async with self._turn(target):
            await self._robots.check(shown)
            return await self._fetch(target, {}, json.dumps(question).encode())

    @asynccontextmanager
    async def _turn(self, target: Target) -> AsyncIterator[None]:
        async with self._places:
            try:
                async with asyncio.timeout(self._timeout):
                    yield
            except TimeoutError as error:
                raise _slow(target, self._timeout) from error

    async def _fetch(self, target: Target, conditions: Mapping[str, str], question: bytes | None = None) -> Fetched:
        arriving = self._client.arrive(target, conditions, before_each=self._robots.check, question=question)
        async with arriving as reply:
            if is_login(reply.target.url) and not is_login(target.url):
                raise Refused("fetch.login")
            if reply.status == 304 and conditions:
                return _fetched(reply, None)
            _raise_for_status(reply)
            if _declared(reply) > self._max_bytes:
                raise too_large(self._max_bytes)
            async with aclosing(_content(reply)) as content:
                return _fetched(reply, await collect(content, limit=self._max_bytes))

    async def _read_robots(self, target: Target) -> bytes:
        """A robots.txt that is not there or refused to us counts as empty; a fault of the site raises Unavailable."""
        try:
            async with asyncio.timeout(ROBOTS_SECONDS), self._client.arrive(target, {}) as reply:
                _raise_for_status(reply)
                async with aclosing(_content(reply)) as content:
                    return await beginning(content, limit=ROBOTS_BYTES)
        except Refused:
            return b""
        except TimeoutError as error:
            raise _slow(target, ROBOTS_SECONDS) from error


def _conditions(etag: str | None, modified: str | None) -> Mapping[str, str]:
    """Both where both are known. Values that cannot stand in a header are left out; the page then comes whole."""
    known = {"If-None-Match": etag, "If-Modified-Since": modified}
    return {name: value for name, value in known.items() if value and value.isascii() and value.isprintable()}


def _content(reply: Reply) -> AsyncGenerator[bytes, None]:
    encoding = reply.headers.get("content-encoding", "").strip().lower()
    return unpacked(reply.pieces, encoding=encoding, host=reply.target.host)


def _declared(reply: Reply) -> int:
    text = reply.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _fetched(reply: Reply, data: bytes | None) -> Fetched:
    return Fetched(
        url=reply.target.url,
        data=data,
        media_type=media_type(reply.headers),
        name=file_name(reply.headers, reply.target.path),
        etag=reply.headers.get("etag"),
        modified=reply.headers.get("last-modified"),
        headers=reply.headers,
    )


def _slow(target: Target, seconds: float) -> Unavailable:
    return Unavailable("fetch.slow", host=target.host, seconds=round(seconds))


def _raise_for_status(reply: Reply) -> None:
    status, host = reply.status, reply.target.host
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise Refused("fetch.rejected", host=host) if reply.is_own else Refused("fetch.forbidden")
    if status in (404, 410):
        raise Refused(GONE)
    if status in PASSING or status >= 500:
        seconds = retry_after(reply.headers.get("retry-after"), now=now())
        raise Unavailable("fetch.server", host=host, status=status, retry_after=seconds)
    raise Refused("fetch.status", host=host, status=status)
