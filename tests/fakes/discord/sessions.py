"""Sessions of the gateway: what each was told, so that it can be told again after a resume."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.discord.compression import Pack

GUILDS = 1 << 0
MEMBERS = 1 << 1
PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
GUILD_TYPING = 1 << 11
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
DIRECT_TYPING = 1 << 14
MESSAGE_CONTENT = 1 << 15
MOST_KEPT = 10_000
MOST_WAITING = 100_000
MOST_A_MINUTE = 120
"""Frames that a client may send."""


@dataclass(slots=True, eq=False)
class Connection:
    """One WebSocket. What is sent waits in `outgoing` until the socket takes it."""

    number: int
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    compress: str
    path: str
    pack: Pack | None
    heartbeat_at: float
    outgoing: "asyncio.Queue[bytes | tuple[int, str] | None]" = field(
        default_factory=lambda: asyncio.Queue(MOST_WAITING)
    )
    session: "Session | None" = None
    heartbeats: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    arrivals: "deque[float]" = field(default_factory=lambda: deque(maxlen=MOST_A_MINUTE))
    """When the last frames of the client came."""
    close_code: int | None = None
    """The code that the fake closed it with."""

    def send(self, op: int, data: Any = None, *, sequence: int | None = None, name: str | None = None) -> None:
        frame = {"op": op, "d": data, "s": sequence, "t": name}
        self.outgoing.put_nowait(json.dumps(frame, ensure_ascii=False).encode())

    def too_fast(self, now: float) -> bool:
        """Notes a frame of the client; whether there were more than it may send."""
        full = len(self.arrivals) == MOST_A_MINUTE and self.arrivals[0] > now - 60
        self.arrivals.append(now)
        return full

    def close(self, code: int, reason: str = "") -> None:
        """Closes it once everything before has been sent."""
        self.close_code = code
        self.outgoing.put_nowait((code, reason))

    async def write(self) -> None:
        """Sends what waits, in order, until the connection ends."""
        while (item := await self.outgoing.get()) is not None:
            if isinstance(item, tuple):
                await self.socket.close(code=item[0], message=item[1].encode())
                return
            if self.pack is None:
                await self.socket.send_str(item.decode())
            else:
                await self.socket.send_bytes(self.pack(item))


@dataclass(slots=True, eq=False)
class Session:
    """An identified client; it lives on for a while without a connection."""

    id: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None = None
    sequence: int = 0
    sent: "deque[tuple[int, str, Any]]" = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    lost_at: float | None = None
    """When it lost its connection."""
    ended: bool = False
    resumed: int = 0

    def tell(self, name: str, data: Any) -> None:
        """Dispatches an event: at once where there is a connection, else when the session is resumed."""
        self.sequence += 1
        self.sent.append((self.sequence, name, data))
        if self.connection is not None:
            self.connection.send(0, data, sequence=self.sequence, name=name)

    def concerns(self, guild_id: str | None) -> bool:
        """Whether this shard is told of that guild; shard 0 gets the direct messages."""
        number, count = self.shard
        return number == (0 if guild_id is None else (int(guild_id) >> 22) % count)

    def wants(self, intents: int) -> bool:
        return not intents or bool(self.intents & intents)


Told = Callable[[Session], Any]
"""What one session is told of an event; None: nothing."""
