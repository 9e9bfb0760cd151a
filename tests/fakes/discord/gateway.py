"""The gateway: hello, identify, heartbeats, dispatch, resume, and every way in which it breaks off."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.discord.compression import PACKINGS
from tests.fakes.discord.guild_wire import application_json, guild_create
from tests.fakes.discord.sessions import GUILDS, MEMBERS, MESSAGE_CONTENT, PRESENCES, Connection, Session, Told
from tests.fakes.discord.state import Json
from tests.fakes.discord.wire import me_json, member_json
from tests.fakes.patience import PATIENCE

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage

RESUME_SECONDS = 180.0
CLOSE_SECONDS = 0.5
DAILY_STARTS = 1000


class Gateway:
    """All connections and sessions of the bot."""

    def __init__(self, stage: "Stage", changed: Callable[[], None]) -> None:
        self.stage = stage
        self.world = stage.world
        self.clock = stage.clock
        self.changed = changed
        self.connections: list[Connection] = []
        self.sessions: dict[str, Session] = {}
        self.handshakes: list[str] = []
        """How every attempt went: `accepted`, `refused`, `identified`, `resumed`, `invalid` or a close code."""
        self.received: deque[tuple[int, Json]] = deque(maxlen=10_000)
        """What clients sent: the connection's number and the payload."""
        self.heartbeat_seconds = 41.25
        self.acknowledges = True
        """Whether heartbeats are answered; a connection where they are not is a dead one."""
        self.starts_left = DAILY_STARTS
        self.refusals = 0
        """So many of the next attempts to connect are refused with 503."""
        self._ids = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A client connects."""
        if self.refusals > 0:
            self.refusals -= 1
            self._note("refused")
            return web.Response(status=503, text="not now")
        compress = request.query.get("compress", "")
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, max_msg_size=8192, compress=False)
        await socket.prepare(request)
        self._note("accepted")
        self._ids += 1
        pack = PACKINGS[compress]() if compress in PACKINGS else None
        now = asyncio.get_running_loop().time()
        connection = Connection(self._ids, socket, request.transport, compress, request.path, pack, now)
        self.connections.append(connection)
        connection.send(10, {"heartbeat_interval": int(self.heartbeat_seconds * 1000), "_trace": ["fake"]})
        tasks = [asyncio.create_task(self._write(connection)), asyncio.create_task(self._listen_for_beats(connection))]
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(connection, message.data)
        finally:
            for task in tasks:
                task.cancel()
            self._forget(connection)
        return socket

    async def _write(self, connection: Connection) -> None:
        with suppress(ConnectionError, RuntimeError):
            await connection.write()

    async def _listen_for_beats(self, connection: Connection) -> None:
        """A client that misses its heartbeats is closed, as a session that timed out."""
        loop = asyncio.get_running_loop()
        while True:
            due = connection.heartbeat_at + self.heartbeat_seconds * 1.5
            if (left := due - loop.time()) <= 0:
                self._refuse(connection, 4009, "Session timed out.")
                return
            await asyncio.sleep(left)

    def _take(self, connection: Connection, text: str) -> None:
        try:
            frame = json.loads(text)
            op, data = int(frame["op"]), frame.get("d")
        except (ValueError, KeyError, TypeError):
            return self._refuse(connection, 4002, "Error while decoding payload.")
        if connection.too_fast(asyncio.get_running_loop().time()):
            return self._refuse(connection, 4008, "You are being rate limited.")
        self.received.append((connection.number, frame))
        known = {1: self._beat, 2: self._identify, 3: self._ignore, 4: self._ignore, 6: self._resume, 8: self._members}
        if op not in (1, 2, 6) and connection.session is None:
            return self._refuse(connection, 4003, "Not authenticated.")
        if op not in known:
            return self._refuse(connection, 4001, "Unknown opcode.")
        if op != 1 and not isinstance(data, dict):
            return self._refuse(connection, 4002, "Error while decoding payload.")
        known[op](connection, data)
        return self.changed()

    def _ignore(self, connection: Connection, data: Json) -> None:
        """Presence and voice are taken and forgotten."""

    def _beat(self, connection: Connection, data: Any) -> None:
        connection.heartbeat_at = asyncio.get_running_loop().time()
        connection.heartbeats += 1
        if self.acknowledges:
            connection.send(11)

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            return self._refuse(connection, 4005, "Already authenticated.")
        if data.get("token", "").removeprefix("Bot ") != self.world.token:
            return self._refuse(connection, 4004, "Authentication failed.")
        if self.starts_left <= 0:
            return self._refuse(connection, 4004, "Authentication failed.")
        shard = tuple(data.get("shard") or (0, 1))
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            return self._refuse(connection, 4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents >> 27:
            return self._refuse(connection, 4013, "Invalid intent(s).")
        if self._forbidden(intents):
            return self._refuse(connection, 4014, "Disallowed intent(s).")
        self.starts_left -= 1
        session = Session(f"session{len(self.sessions) + 1:06d}", intents, (shard[0], shard[1]), connection)
        self.sessions[session.id] = session
        connection.session = session
        self._welcome(session)
        self._note("identified")
        return None

    def _forbidden(self, intents: int) -> bool:
        """Whether they hold privileged ones that the application was not granted."""
        granted = (MESSAGE_CONTENT if self.world.message_content else 0) | (MEMBERS if self.world.members_intent else 0)
        return bool(intents & (MESSAGE_CONTENT | MEMBERS | PRESENCES) & ~granted)

    def _welcome(self, session: Session) -> None:
        ours = [one for one in self.world.guilds.values() if self.world.bot.id in one.members]
        ours = [one for one in ours if session.concerns(one.id)]
        application = application_json(self.world, self.stage.base_url)
        session.tell(
            "READY",
            {
                "v": 10,
                "user": me_json(self.world),
                "guilds": [{"id": one.id, "unavailable": True} for one in ours],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": f"{self.stage.gateway_url}resume/",
                "private_channels": [],
                "shard": list(session.shard),
                "application": {"id": application["id"], "flags": application["flags"]},
            },
        )
        for guild in ours:
            if guild.available and session.wants(GUILDS):
                session.tell("GUILD_CREATE", guild_create(self.world, guild, everybody=bool(session.intents & MEMBERS)))

    def _resume(self, connection: Connection, data: Json) -> None:
        if data.get("token", "").removeprefix("Bot ") != self.world.token:
            return self._refuse(connection, 4004, "Authentication failed.")
        session = self.sessions.get(data.get("session_id", ""))
        sequence = int(data.get("seq") or 0)
        if session is None or session.ended or self._too_old(session):
            connection.send(9, data=False)
            self._note("invalid")
            return None
        if sequence > session.sequence:
            return self._refuse(connection, 4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.close(4000, "Resumed elsewhere.")
            session.connection.session = None
        session.connection, connection.session, session.lost_at = connection, session, None
        session.resumed += 1
        for number, name, event in session.sent:
            if number > sequence:
                connection.send(0, event, sequence=number, name=name)
        session.tell("RESUMED", {"_trace": ["fake"]})
        self._note("resumed")
        return None

    def _too_old(self, session: Session) -> bool:
        return session.lost_at is not None and self.clock.now() - session.lost_at > RESUME_SECONDS

    def _members(self, connection: Connection, data: Json) -> None:
        session = connection.session
        guild = self.world.guilds.get(str(data.get("guild_id")))
        if session is None or guild is None:
            return
        wanted = data.get("user_ids")
        if wanted is not None:
            ids = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
            found = [guild.members[one] for one in ids if one in guild.members]
        else:
            query = data.get("query", "").lower()
            found = [one for one in guild.members.values() if one.user.name.lower().startswith(query)]
        chunk = {"guild_id": guild.id, "members": [member_json(one) for one in found], "chunk_index": 0}
        session.tell("GUILD_MEMBERS_CHUNK", chunk | {"chunk_count": 1, "nonce": data.get("nonce"), "not_found": []})

    def dispatch(self, name: str, told: Told | Json, *, guild_id: str | None = None, intents: int = 0) -> int:
        """Tells every session that wants it and whose shard it is; says how many there were."""
        count = 0
        for session in self.sessions.values():
            if session.ended or not session.wants(intents) or not session.concerns(guild_id):
                continue
            data = told(session) if callable(told) else told
            if data is not None:
                session.tell(name, data)
                count += 1
        self.changed()
        return count

    def _refuse(self, connection: Connection, code: int, reason: str) -> None:
        if connection.session is not None:
            connection.session.lost_at = self.clock.now()
        connection.close(code, reason)
        self._note(str(code))

    def _forget(self, connection: Connection) -> None:
        connection.closed.set()
        if connection in self.connections:
            self.connections.remove(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            session.lost_at = self.clock.now()
            # Whoever leaves with one of these codes gives the session up.
            session.ended = session.ended or (
                connection.socket.close_code in (1000, 1001) and not connection.close_code
            )
        self.changed()

    def _note(self, handshake: str) -> None:
        self.handshakes.append(handshake)
        self.changed()

    async def ready(self, count: int = 1, *, timeout: float = PATIENCE) -> Connection:  # noqa: ASYNC109 - a bound for tests
        """Waits until so many connections have a session; returns the newest."""

        def look() -> list[Connection]:
            return [one for one in self.connections if one.session is not None][count - 1 :]

        return (await self.stage.until(look, what=f"{count} identified connections", timeout=timeout))[-1]

    async def close(self) -> None:
        for connection in list(self.connections):
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(connection.socket.close(code=1001), 1.0)
