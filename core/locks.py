"""A lock for each of many names, which takes no memory while nobody holds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import Unavailable


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class Locks:
    """Holders of one name take their turns in the order in which they came; different names do not wait."""

    def __init__(self, *, waiting: int = 1000) -> None:
        self._waiting = waiting
        self._queues: dict[str, _Queue] = {}

    def __len__(self) -> int:
        return len(self._queues)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Holds the name for the length of the block. Raises Unavailable when too many wait for it already."""
        queue = self._queues.setdefault(name, _Queue())
        # The one who holds it does not wait.
        if queue.people > self._waiting:
            raise Unavailable("chat.busy")
        queue.people += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.people -= 1
            if not queue.people:
                del self._queues[name]
