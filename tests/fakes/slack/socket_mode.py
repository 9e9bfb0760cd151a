"""Socket Mode: single-use tickets, several connections in turn, envelopes and acknowledgements."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.patience import PATIENCE
from tests.fakes.slack.clock import Clock
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.world import World

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
ACK_SECONDS = 3.0
PING_SECONDS = 5.0
CLOSE_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class Connection:
    """One WebSocket; `waiting` has a future for every envelope that is not acknowledged yet."""

    id: str
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    opened_at: float
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    """It was told to reconnect and gets nothing new."""


class SocketMode:
    """The connections of the app, and the transport that uses them in turn."""

    def __init__(self, world: World, clock: Clock, faults: Faults, changed: Callable[[], None]) -> None:
        self.world = world
        self.clock = clock
        self.faults = faults
        self.connections: list[Connection] = []
        self.handshakes: list[str] = []
        """How every attempt to connect ended: `accepted`, `refused` or `ticket`."""
        self._tickets: dict[str, float] = {}
        self._changed = changed
        self._turn = 0
        self._arrived = asyncio.Event()
        self._envelopes = 0
        self._closing: set[asyncio.Task[None]] = set()
        self.patience = ACK_SECONDS
        """Seconds that an attempt waits for a connection where there is none."""

    def ticket(self) -> str:
        """A ticket for one connection."""
        name = f"{self.world.new_id('ticket')}"
        self._tickets[name] = self.clock.now() + TICKET_SECONDS
        return name

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A client connects to `/link/`."""
        if self.faults.handshake_refused():
            self._tickets.pop(request.query.get("ticket", ""), None)
            self._note("refused")
            return web.Response(status=503, text="not now")
        if self._tickets.pop(request.query.get("ticket", ""), 0.0) < self.clock.now():
            self._note("ticket")
            return web.Response(status=404, text="this ticket is unknown, used or too old")
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        self._note("accepted")
        connection = Connection(self.world.new_id("S"), socket, request.transport, self.clock.now())
        await socket.send_json(self._hello())
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json(self._goodbye("too_many_websockets"))
            await socket.close()
            return socket
        self.connections.append(connection)
        self._arrived.set()
        pings = asyncio.create_task(self._ping(connection))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(connection, message.data)
        finally:
            pings.cancel()
            self._forget(connection)
        return socket

    async def deliver(self, delivery: Delivery, number: int, reason: str) -> str:
        """Sends one envelope over the connection whose turn it is."""
        connection = await self._next()
        if connection is None:
            return "connection_failed"
        self._envelopes += 1
        envelope_id = f"00000000-0000-4000-8000-{self._envelopes:012d}"
        envelope = {
            "envelope_id": envelope_id,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = answer
        deadline = self.clock.now() + ACK_SECONDS
        try:
            await connection.socket.send_json(envelope)
        except (ConnectionError, RuntimeError):
            return "connection_failed"
        return await self._answered(connection, envelope_id, delivery, deadline)

    async def _answered(self, connection: Connection, envelope_id: str, delivery: Delivery, deadline: float) -> str:
        answer = connection.waiting[envelope_id]
        closed = asyncio.create_task(connection.closed.wait())
        late = asyncio.create_task(self.clock.sleep_until(deadline))
        try:
            await asyncio.wait((answer, closed, late), return_when=asyncio.FIRST_COMPLETED)
            if answer.done() and not answer.cancelled():
                delivery.response = answer.result()
                return ""
            return "timeout" if late.done() else "connection_failed"
        finally:
            connection.waiting.pop(envelope_id, None)
            for task in (closed, late):
                task.cancel()

    async def _next(self) -> Connection | None:
        """The connection whose turn it is; waits for one where there is none."""
        late = asyncio.create_task(self.clock.sleep(self.patience))
        try:
            while not late.done():
                ready = [one for one in self.connections if not one.leaving]
                if ready:
                    self._turn += 1
                    return ready[self._turn % len(ready)]
                self._arrived.clear()
                arrived = asyncio.create_task(self._arrived.wait())
                await asyncio.wait((arrived, late), return_when=asyncio.FIRST_COMPLETED)
                arrived.cancel()
            return None
        finally:
            late.cancel()

    def _acknowledge(self, connection: Connection, text: str) -> None:
        try:
            body = json.loads(text)
        except ValueError:
            return
        answer = connection.waiting.get(body.get("envelope_id", "")) if isinstance(body, dict) else None
        if answer is None or answer.done() or self.faults.ack_lost():
            return
        answer.set_result(body.get("payload"))

    async def connected(
        self,
        count: int = 1,
        *,
        besides: Connection | None = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - a bound for tests
    ) -> Connection:
        """Waits until so many connections are open, not counting `besides`; returns the newest."""
        async with asyncio.timeout(timeout):
            while len(ready := [one for one in self.connections if one is not besides]) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return ready[-1]

    async def ask_to_reconnect(self, reason: str = "refresh_requested") -> None:
        """Sends `disconnect` to every connection, and closes it a little later unless it was but a `warning`."""
        for connection in list(self.connections):
            with suppress(ConnectionError):
                await connection.socket.send_json(self._goodbye(reason))
            if reason != "warning":
                connection.leaving = True
                task = asyncio.create_task(self._close_later(connection))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def _close_later(self, connection: Connection) -> None:
        """Gives the client time to leave by itself."""
        with suppress(TimeoutError):
            await asyncio.wait_for(connection.closed.wait(), CLOSE_SECONDS)
        await connection.socket.close()

    def drop(self) -> int:
        """Cuts every connection without a word; says how many there were."""
        dropped = list(self.connections)
        for connection in dropped:
            self.drop_one(connection)
        return len(dropped)

    def drop_one(self, connection: Connection) -> None:
        if connection.transport is not None:
            connection.transport.abort()
        self._forget(connection)

    async def close(self) -> None:
        for task in list(self._closing):
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for connection in list(self.connections):
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(connection.socket.close(), 1.0)

    def _note(self, handshake: str) -> None:
        self.handshakes.append(handshake)
        self._changed()

    def _forget(self, connection: Connection) -> None:
        connection.closed.set()
        self._changed()
        if connection in self.connections:
            self.connections.remove(connection)

    async def _ping(self, connection: Connection) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(PING_SECONDS)
                await connection.socket.ping(b"Ping from the fake")

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": self._debug() | {"approximate_connection_time": 18060, "build_number": 1},
            "connection_info": {"app_id": self.world.app.id},
        }

    def _goodbye(self, reason: str) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": self._debug()}

    def _debug(self) -> dict[str, Any]:
        return {"host": "applink-of-the-fake"}
