"""What was said and claimed, in memory: small, real twins of the durable stores."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from core.backends.written import TURNS_KEPT, lifetime, micros
from core.types import Session, Turn, now


class MemoryHistory:
    """`History` in memory; `ttl` is in seconds."""

    def __init__(self, *, ttl: float = 3600, clock: Callable[[], datetime] = now) -> None:
        self._ttl = lifetime(ttl)
        self._clock = clock
        self._sessions: dict[Session, tuple[int, deque[Turn]]] = {}

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns, keeps the last two hundred and renews the time to live."""
        present = micros(self._clock())
        self._sessions = {name: kept for name, kept in self._sessions.items() if kept[0] > present}
        _, kept = self._sessions.get(session, (0, deque[Turn](maxlen=TURNS_KEPT)))
        kept.extend(turns)
        if kept:
            self._sessions[session] = (present + self._ttl, kept)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first."""
        expires, kept = self._sessions.get(session, (0, deque[Turn]()))
        return tuple(kept)[-limit:] if limit > 0 and expires > micros(self._clock()) else ()

    async def clear(self, session: Session) -> None:
        """Forgets the session."""
        self._sessions.pop(session, None)

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace."""
        there = (platform, workspace)
        self._sessions = {name: kept for name, kept in self._sessions.items() if _where(name) != there}


class MemoryClaims:
    """`Claims` in memory."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._expiries: dict[str, int] = {}

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller until the claim expires."""
        present = micros(self._clock())
        self._expiries = {name: expiry for name, expiry in self._expiries.items() if expiry > present}
        if key in self._expiries:
            return False
        self._expiries[key] = present + lifetime(seconds)
        return True

    async def release(self, key: str) -> None:
        """Gives a claim back."""
        self._expiries.pop(key, None)


def _where(session: Session) -> tuple[str, str]:
    return session.platform, session.workspace
