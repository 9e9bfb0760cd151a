"""Room for questions: so many at once, so many who wait, and a sentence for everybody beyond, before memory grows."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from core.errors import Unavailable

AT_ONCE = 256
WAITING = 1024
PATIENCE = 60.0
"""Seconds that nobody is let in to wait longer than: whoever is told to come back in a minute is served sooner."""
LATELY = 64
"""Answers by which is told how long the wait is."""


class Room:
    """`at_once` questions are answered at a time, and `waiting` more are let in, as long as their wait is bearable."""

    def __init__(
        self, *, at_once: int = AT_ONCE, waiting: int = WAITING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._clock = clock
        self._inside = 0
        self._turns = asyncio.Semaphore(at_once)
        self._ended: deque[float] = deque(maxlen=LATELY)

    def check(self) -> None:
        """Raises Unavailable while nobody more is let in."""
        if self._inside >= self._most or self._wait() > PATIENCE:
            raise Unavailable("chat.busy")

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Is inside for the length of the block. Raises like `check`."""
        self.check()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Held while a question is answered."""
        async with self._turns:
            try:
                yield
            finally:
                self._ended.append(self._clock())

    def _wait(self) -> float:
        """Seconds until the next one to come has a turn, at the pace of late; 0 while that is not known."""
        ahead = self._inside + 1 - self._at_once
        if ahead <= 0 or len(self._ended) < LATELY:
            return 0.0
        return ahead * (self._clock() - self._ended[0]) / (LATELY - 1)
