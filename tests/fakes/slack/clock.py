"""A clock that runs with the real one until a test moves it; whoever sleeps on it wakes when it is moved."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any


class Clock:
    """Seconds since 1970, as the fake sees them."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last_stamp = 0
        self._moved = asyncio.Event()

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Moves time forwards; everything that is due by then happens."""
        if seconds < 0:
            raise ValueError("time only goes forwards")
        self._ahead += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Ends when that time has passed, on the real clock or because the clock was moved; it counts from the call."""
        return self.sleep_until(self.now() + seconds)

    async def sleep_until(self, deadline: float) -> None:
        while (left := deadline - self.now()) > 0:
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), left)
            except TimeoutError:
                return

    def stamp(self) -> str:
        """The present as a message's `ts`; never the same one twice."""
        self._last_stamp = max(int(self.now() * 1_000_000), self._last_stamp + 1)
        seconds, micros = divmod(self._last_stamp, 1_000_000)
        return f"{seconds}.{micros:06d}"
