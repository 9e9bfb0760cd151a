"""Room for questions: so many at once, so many who wait, and a sentence for everybody beyond, before memory grows."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Unavailable

AT_ONCE = 256
WAITING = 1024


class Room:
    """`at_once` questions are answered at a time, and `waiting` more are let in."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._most = at_once + waiting
        self._inside = 0
        self.turn = asyncio.Semaphore(at_once)
        """Held while a question is answered."""

    def check(self) -> None:
        """Raises Unavailable while nobody more is let in."""
        if self._inside >= self._most:
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
