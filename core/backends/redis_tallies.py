"""Counted windows on a Redis server, for more than one process. Who counts does so in one script, alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from core.backends.redis_wire import milliseconds, translating
from core.limits import Counted, Window
from core.types import digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

ADMIT = """
local counts = redis.call('MGET', unpack(KEYS, 2))
local known = redis.call('EXISTS', KEYS[1])
local full = false
for i = 1, #counts do
    counts[i] = tonumber(counts[i] or '0')
    full = full or counts[i] >= tonumber(ARGV[2 * i])
end
if known == 1 or full then
    return {known, unpack(counts)}
end
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
for i = 1, #counts do
    counts[i] = redis.call('INCR', KEYS[i + 1])
    redis.call('PEXPIRE', KEYS[i + 1], ARGV[2 * i + 1])
end
return {1, unpack(counts)}
"""
"""Keys: what is counted, and the windows. Arguments: how long it is known, and of each window how much it holds and
how long it lasts."""


class RedisTallies:
    """`Tallies` on Redis."""

    def __init__(self, client: "Redis", *, prefix: str) -> None:
        self._client = client
        # In braces: a cluster keeps what has the same word there together.
        self._tag = f"{prefix}:{{limits}}"

    async def admit(self, name: str, windows: Sequence[Window]) -> Counted:
        """Counts what has this name once in every window, or in none where one is full. Raises Unavailable."""
        keys = [self._key("name", name), *(self._key("window", each.name) for each in windows)]
        lives = [milliseconds(each.seconds) for each in windows]
        arguments = [
            max(lives),
            *(value for each, life in zip(windows, lives, strict=True) for value in (each.most, life)),
        ]
        with translating():
            known, *counts = await self._client.eval(ADMIT, len(keys), *keys, *arguments)
        return Counted(tuple(counts), admitted=bool(known))

    async def add(self, window: Window, amount: int) -> int:
        """Adds to a window, and returns how much there is. Raises Unavailable."""
        key = self._key("window", window.name)
        with translating():
            async with self._client.pipeline(transaction=True) as commands:
                commands.incrby(key, amount)
                commands.pexpire(key, milliseconds(window.seconds))
                used, _ = await commands.execute()
        return int(used)

    async def used(self, windows: Sequence[Window]) -> Sequence[int]:
        """How much there is in each. Raises Unavailable."""
        if not windows:
            return []
        with translating():
            counts = await self._client.mget([self._key("window", each.name) for each in windows])
        return [int(count or 0) for count in cast("list[bytes | None]", counts)]

    def _key(self, kind: str, name: str) -> str:
        return f"{self._tag}:{kind}:{digest(name)}"
