"""Connects to the address that was checked: a name is resolved once, and nothing resolves it again."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import httpcore

from core.backends.web.addresses import Address, Allowed, read_address
from core.errors import Refused, Unavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Every address of a host, best first. Raises OSError or UnicodeError when there is none."""

SECONDS_TO_RESOLVE = 10.0
SECONDS_TO_CONNECT = 5.0
ADDRESSES_TO_TRY = 4


def system_resolver(threads: ThreadPoolExecutor) -> Resolve:
    """The operating system's resolver, in threads of its own: a name server that hangs must not hold up the
    threads that everything else runs in."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(threads, _look_up, host, port)
        return tuple(dict.fromkeys(found))

    return resolve


def _look_up(host: str, port: int) -> list[str]:
    return [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens the connection of one exchange, but only where every address of the host may be connected to.

    Leaving it closes the connection also where httpcore does not, as when a TLS handshake is cancelled.
    """

    def __init__(self, allowed: Allowed, *, resolve: Resolve, connector: httpcore.AsyncNetworkBackend) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._connector = connector
        self._opened: httpcore.AsyncNetworkStream | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers."""
        seconds = SECONDS_TO_CONNECT if timeout is None else timeout
        failure: Exception = httpcore.ConnectError("no address")
        for address in (await self._addresses(host, port))[:ADDRESSES_TO_TRY]:
            try:
                return self._keep(
                    await self._connector.connect_tcp(str(address), port, seconds, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _keep(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        self._opened = stream
        return stream

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        """Every address of a host. One that is not allowed refuses the host: a mixed answer is an attack or a
        split view, and in both cases not the public web."""
        addresses = _literal(host) or await self._resolved(host, port)
        if not all(self._allowed.permits(address, host=host, port=port) for address in addresses):
            raise Refused("fetch.private", host=host)
        return addresses

    async def _resolved(self, host: str, port: int) -> Sequence[Address]:
        try:
            async with asyncio.timeout(SECONDS_TO_RESOLVE):
                addresses = [read_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise Unavailable("fetch.unknown_host", host=host) from error
        except ValueError as error:
            raise Refused("fetch.private", host=host) from error
        if not addresses:
            raise Unavailable("fetch.unknown_host", host=host)
        return addresses


def _literal(host: str) -> Sequence[Address]:
    try:
        return (read_address(host),)
    except ValueError:
        return ()
