"""Leases in memory, for one process: a small, real twin of those that several processes share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.backends.written import lifetime, micros
from core.types import now


@dataclass(slots=True)
class Held:
    """The latest token of a name, and until when it holds, in microseconds since 1970."""

    token: int
    until: int


class MemoryLeases:
    """`Leases` in memory. Enough where one process owns the data directory, and so is alone."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._held: dict[str, Held] = {}

    async def acquire(self, name: str, *, seconds: float) -> int | None:
        """The token, or None while somebody holds it."""
        present = micros(self._clock())
        held = self._held.setdefault(name, Held(0, 0))
        if present < held.until:
            return None
        held.token += 1
        held.until = present + lifetime(seconds)
        return held.token

    async def renew(self, name: str, token: int, *, seconds: float) -> bool:
        """False when this token does not hold it any more."""
        held, present = self._held.get(name), micros(self._clock())
        if held is None or held.token != token or held.until <= present:
            return False
        held.until = present + lifetime(seconds)
        return True

    async def release(self, name: str, token: int) -> None:
        """Gives it up, if this token holds it."""
        held = self._held.get(name)
        if held is not None and held.token == token:
            held.until = 0
