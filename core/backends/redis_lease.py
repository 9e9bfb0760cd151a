"""Leases on a Redis server, for more than one process; the server keeps the time."""

import math
from typing import TYPE_CHECKING

from core.backends.redis_wire import milliseconds, translating
from core.types import digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

ACQUIRE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    return false
end
local token = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token
"""
RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisLeases:
    """`Leases` on Redis. The tokens of a name are counted as long as a key can live, so that none is given twice."""

    def __init__(self, client: "Redis", *, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def acquire(self, name: str, *, seconds: float) -> int | None:
        """The token, or None while somebody holds it. Raises Unavailable."""
        with translating():
            token = await self._client.eval(
                ACQUIRE, 2, *self._keys(name), milliseconds(seconds), milliseconds(math.inf)
            )
        return None if token is None else int(token)

    async def renew(self, name: str, token: int, *, seconds: float) -> bool:
        """False when this token does not hold it any more. Raises Unavailable."""
        with translating():
            return bool(await self._client.eval(RENEW, 1, self._keys(name)[0], token, milliseconds(seconds)))

    async def release(self, name: str, token: int) -> None:
        """Gives it up, if this token holds it. Raises Unavailable."""
        with translating():
            await self._client.eval(RELEASE, 1, self._keys(name)[0], token)

    def _keys(self, name: str) -> tuple[str, str]:
        # In braces: a cluster keeps what has the same word there together.
        tag = f"{self._prefix}:lease:{{{digest(name)}}}"
        return tag, f"{tag}:tokens"
