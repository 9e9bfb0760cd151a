"""What stands in for a shared store while it is away: claims and conversations in memory, handed over afterwards."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from core.bounded import keep
from core.breaker import Breaker
from core.errors import Unavailable
from core.ports import Claims, History
from core.types import Session, Turn

log = logging.getLogger(__name__)

CLAIMS_KEPT = 20_000
SESSIONS_KEPT = 1000
TURNS_KEPT = 40
"""Of each session, while the store is away."""
LOOK_SECONDS = 2.0
"""Between two looks whether a store that is away is back."""
RELEASED = 0.0


class Standby(Protocol):
    """Something that stands in."""

    async def hand_over(self) -> None:
        """Gives the store what was kept meanwhile. Raises Unavailable while it is away; nothing is lost then."""
        ...


async def handing_over(parts: Sequence[Standby], *, seconds: float = LOOK_SECONDS) -> None:
    """For ever looks whether the store is back, and then gives it what was kept in its place."""
    while True:
        await asyncio.sleep(seconds)
        for part in parts:
            try:
                await part.hand_over()
            except Unavailable as error:
                log.debug("nothing is handed over yet: %s", error.code)


@contextmanager
def asking(breaker: Breaker, *, otherwise: str) -> Iterator[None]:
    """Asks the store in this block, and tells what happens otherwise. Raises Unavailable."""
    # It is news only once.
    level = logging.WARNING if breaker.closed else logging.DEBUG
    try:
        with breaker.asking():
            yield
    except Unavailable as error:
        log.log(level, "%s: %s", otherwise, error.code)
        raise


class StandbyClaims:
    """`Claims` that never fail: while the store is away they hold in this process alone.

    What this process has claimed it knows by itself as well, so that it answers nothing twice in an outage.
    """

    def __init__(self, claims: Claims, breaker: Breaker, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._claims = claims
        self._breaker = breaker
        self._clock = clock
        self._own: OrderedDict[str, float] = OrderedDict()
        """Until when each of them holds."""
        self._owed: OrderedDict[str, float] = OrderedDict()
        """What the store does not know of: until when it holds, or `RELEASED`."""

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller; False while that claim lives."""
        if self._holds(key):
            return False
        until = self._clock() + seconds
        try:
            with asking(self._breaker, otherwise="a claim is kept in memory"):
                free = await self._claims.claim(key, seconds=seconds)
        except Unavailable:
            if self._holds(key):
                return False
            free = True
            keep(self._owed, key, until, most=CLAIMS_KEPT)
        if free:
            keep(self._own, key, until, most=CLAIMS_KEPT)
        return free

    async def release(self, key: str) -> None:
        """Gives a claim back, so that it can be taken at once."""
        self._own.pop(key, None)
        try:
            with asking(self._breaker, otherwise="a claim is given back later"):
                await self._claims.release(key)
        except Unavailable:
            keep(self._owed, key, RELEASED, most=CLAIMS_KEPT)

    async def hand_over(self) -> None:
        """Tells the store what was claimed and given back meanwhile. Raises Unavailable."""
        told = len(self._owed)
        while self._owed:
            key, until = next(iter(self._owed.items()))
            with self._breaker.asking():
                if until == RELEASED:
                    await self._claims.release(key)
                elif until > self._clock():
                    await self._claims.claim(key, seconds=until - self._clock())
            if self._owed.get(key) == until:
                del self._owed[key]
        if told:
            log.info("the store is back, and knows of %d claims that were kept in memory", told)

    def _holds(self, key: str) -> bool:
        if self._own.get(key, RELEASED) > self._clock():
            return True
        self._own.pop(key, None)
        return False


class StandbyHistory:
    """`History` that goes on in memory while the store is away. What was said before is missing until it is back."""

    def __init__(
        self, history: History, breaker: Breaker, *, ttl: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`ttl` is that of the store, in seconds."""
        self._history = history
        self._breaker = breaker
        self._ttl = ttl
        self._clock = clock
        self._owed: OrderedDict[Session, tuple[float, tuple[Turn, ...]]] = OrderedDict()
        """Until when they are kept, and the turns."""

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns."""
        if session not in self._owed:
            with suppress(Unavailable), asking(self._breaker, otherwise="a conversation is kept in memory"):
                await self._history.append(session, turns)
                return
        kept = (*self._kept(session), *turns)[-TURNS_KEPT:]
        keep(self._owed, session, (self._clock() + self._ttl, kept), most=SESSIONS_KEPT)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first; while the store is away, those since then."""
        turns: Sequence[Turn] = ()
        with suppress(Unavailable), asking(self._breaker, otherwise="what was said before is not known"):
            turns = await self._history.recent(session, limit=limit)
        together = (*turns, *self._kept(session))
        return together[-limit:] if limit > 0 else ()

    async def clear(self, session: Session) -> None:
        """Forgets the session. Raises Unavailable while the store is away: it would come back."""
        self._owed.pop(session, None)
        await self._history.clear(session)

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace. Raises like `clear`."""
        for session in [one for one in self._owed if (one.platform, one.workspace) == (platform, workspace)]:
            del self._owed[session]
        await self._history.forget_workspace(platform, workspace)

    async def hand_over(self) -> None:
        """Adds what was said meanwhile to what the store has. Raises Unavailable."""
        told = len(self._owed)
        while self._owed:
            session, kept = next(iter(self._owed.items()))
            turns = self._kept(session)
            with self._breaker.asking():
                # The first of them may have arrived, and only the reply was lost.
                known = set(await self._history.recent(session, limit=TURNS_KEPT))
                await self._history.append(session, [turn for turn in turns if turn not in known])
            if self._owed.get(session) == kept:
                del self._owed[session]
        if told:
            log.info("the store is back, and knows of %d conversations that were kept in memory", told)

    def _kept(self, session: Session) -> tuple[Turn, ...]:
        until, turns = self._owed.get(session, (RELEASED, ()))
        return turns if until > self._clock() else ()
