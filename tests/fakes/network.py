"""A resolver and connectors whose every step is recorded, so that a test can say where a client really went."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

import httpcore

PUBLIC_ADDRESS = "93.184.216.34"


class Names:
    """Answers like a careless system resolver: known names, every odd spelling of an IPv4 address, else something
    public. A list of answers is given one after the other, the last one for ever."""

    def __init__(self, known: Mapping[str, Sequence[Sequence[str]]] | None = None) -> None:
        self.known = {name: list(answers) for name, answers in (known or {}).items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.known.get(host)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if host.rstrip(".").endswith("localhost"):
            return ["127.0.0.1", "::1"]
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            return [PUBLIC_ADDRESS]


class Connector(httpcore.AsyncNetworkBackend):
    """Records every address. Connects to `detour` (a port of 127.0.0.1) whatever the address, or nowhere."""

    def __init__(self, *, detour: int | None = None) -> None:
        self.connected: list[tuple[str, int]] = []
        self._detour = detour
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if self._detour is None:
            raise httpcore.ConnectError("this connector leads nowhere")
        return await self._real.connect_tcp("127.0.0.1", self._detour, timeout)


class Loopback(Connector):
    """Connects for real, but only to loopback."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if host not in ("127.0.0.1", "::1", "0.0.0.0", "::"):
            raise httpcore.ConnectError("not loopback")
        return await self._real.connect_tcp(host, port, timeout)


class Listener:
    """A server that listens on every address of this machine's loopback and counts who came."""

    def __init__(self) -> None:
        self.accepted = 0
        self.port = 0
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        first = await asyncio.start_server(self._count, "127.0.0.1", 0)
        self.port = first.sockets[0].getsockname()[1]
        self._servers.append(first)
        if socket.has_ipv6:
            with suppress(OSError):
                self._servers.append(await asyncio.start_server(self._count, "::1", self.port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def speaker(answer: bytes | None) -> AsyncIterator[int]:
    """A port that gives the same bytes to everybody who says anything; None: it listens and stays silent."""
    closing = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(1)
            if answer is None:
                await closing.wait()
            writer.write(answer or b"")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        closing.set()
        server.close()
        await server.wait_closed()
