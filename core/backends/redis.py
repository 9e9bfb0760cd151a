"""History, claims and leases on a Redis server, for more than one process. JSON only; the server keeps the time."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from core.backends.redis_lease import RedisLeases
from core.backends.redis_tallies import RedisTallies
from core.backends.redis_wire import milliseconds, translating
from core.backends.written import TURNS_KEPT, read_turn, session_key, workspace_key, write_turn
from core.errors import Refused
from core.types import Session, Turn, digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

CONNECTIONS = 32
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
SCANNED_AT_ONCE = 1000

APPEND = """
if #ARGV > 2 then
    redis.call('RPUSH', KEYS[1], unpack(ARGV, 3))
    redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1)
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""
"""Arguments: how long the session lives, how many turns are kept, and the turns. A transaction of three commands takes
this process twice as long."""
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisHistory:
    """`History` on Redis; `ttl` is in seconds."""

    def __init__(self, client: "Redis", *, prefix: str, ttl: float) -> None:
        self._client = client
        self._prefix = prefix
        self._milliseconds = milliseconds(ttl)

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns, keeps the last two hundred and renews the time to live. Raises Unavailable."""
        said = map(write_turn, turns[-TURNS_KEPT:])
        with translating():
            await self._client.eval(APPEND, 1, self._key(session), self._milliseconds, TURNS_KEPT, *said)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first. Raises Unavailable."""
        if limit <= 0:
            return ()
        with translating():
            bodies = await self._client.lrange(self._key(session), -min(limit, TURNS_KEPT), -1)
        return tuple(map(read_turn, cast("list[bytes]", bodies)))

    async def clear(self, session: Session) -> None:
        """Forgets the session. Raises Unavailable."""
        with translating():
            await self._client.delete(self._key(session))

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace. Raises Unavailable."""
        beginning = f"{self._prefix}:history:{workspace_key(platform, workspace)}"
        with translating():
            async for key in self._client.scan_iter(f"{beginning}*", count=SCANNED_AT_ONCE):
                await self._client.delete(key)

    def _key(self, session: Session) -> str:
        return f"{self._prefix}:history:{session_key(session)}"


class RedisClaims:
    """`Claims` on Redis. Releases only what it claimed itself, not what somebody else claimed after an expiry."""

    def __init__(self, client: "Redis", *, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._owner = secrets.token_hex(16)

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller until the claim expires. Raises Unavailable."""
        with translating():
            return bool(await self._client.set(self._key(key), self._owner, nx=True, px=milliseconds(seconds)))

    async def release(self, key: str) -> None:
        """Gives an own claim back. Raises Unavailable."""
        with translating():
            await self._client.eval(RELEASE, 1, self._key(key), self._owner)

    def _key(self, key: str) -> str:
        return f"{self._prefix}:claim:{digest(key)}"


class RedisStore:
    """The ports that a Redis server serves."""

    def __init__(self, client: "Redis", *, prefix: str, history_ttl: float) -> None:
        self._client = client
        self.history = RedisHistory(client, prefix=prefix, ttl=history_ttl)
        self.claims = RedisClaims(client, prefix=prefix)
        self.leases = RedisLeases(client, prefix=prefix)
        self.tallies = RedisTallies(client, prefix=prefix)

    async def ping(self) -> None:
        """Returns while the server answers. Raises Unavailable."""
        with translating():
            await self._client.ping()


@asynccontextmanager
async def open_redis(url: str, *, history_ttl: float = 3600, prefix: str = "saseo") -> AsyncIterator[RedisStore]:
    """Opens a pool of connections to the server at `url`; connects when something is asked.

    `history_ttl` is in seconds; `prefix` starts every key. Raises Refused for an address that is none.
    """
    client = _client(url)
    try:
        yield RedisStore(client, prefix=prefix, history_ttl=history_ttl)
    finally:
        await client.aclose()


def _client(url: str) -> "Redis":
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.connection import parse_url
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    usual: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "timeout": ANSWER_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        # A command whose reply was lost may have been carried out: sending it again would add turns twice.
        "retry": Retry(NoBackoff(), 0),
        # With these the pool hands out connections that the server has closed.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    try:
        pool = BlockingConnectionPool(**usual | dict(parse_url(url)) | {"decode_responses": False})
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError):
        # What these say may quote the password.
        raise Refused("store.redis_url") from None
    return Redis.from_pool(pool)
