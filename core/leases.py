"""Leases: who acts where only one may, and how that one knows that it is no longer the one."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from core.errors import Unavailable

log = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
"""So long after its owner died, a thing has no owner."""
TRUSTED = 0.9
"""The part of that time in which an owner relies on its lease: clocks do not run alike."""


class Leases(Protocol):
    """Something that one holds at a time, until it is not renewed. A later holder has a larger token."""

    async def acquire(self, name: str, *, seconds: float) -> int | None:
        """The token of the new holder, larger than every earlier one of this name; None while somebody holds it."""
        ...

    async def renew(self, name: str, token: int, *, seconds: float) -> bool:
        """False when this token does not hold it any more."""
        ...

    async def release(self, name: str, token: int) -> None:
        """Gives it up, if this token holds it."""
        ...


def uptime() -> float:
    """Seconds that went by, also while the machine slept, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Owner:
    """Holds one lease, or waits for it. `holds` needs nobody else to answer, so it can be asked before every act."""

    def __init__(
        self,
        leases: Leases,
        name: str,
        *,
        seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._leases = leases
        self._name = name
        self._seconds = seconds
        self._clock = clock
        self._until = 0.0
        self.token: int | None = None
        """Larger than that of every owner before."""

    def holds(self) -> bool:
        """Whether nobody else can be the owner right now."""
        return self.token is not None and self._clock() < self._until

    async def own(self) -> bool:
        """Returns once it is the owner: False when it was free at once, True when somebody else was it meanwhile."""
        waited = False
        while not await self._taken():
            if not waited:
                log.info("somebody else is %s: standing by", self._name)
            waited = True
            await asyncio.sleep(self._seconds / 5)
        return waited

    async def keep(self) -> None:
        """Renews for ever; returns when the lease is lost."""
        while self.holds():
            await asyncio.sleep(self._seconds / 3)
            await self._renewed()
        log.warning("no longer %s", self._name)
        self.token = None

    async def give_up(self) -> None:
        """Lets somebody else be it at once."""
        token, self.token = self.token, None
        if token is None:
            return
        try:
            await self._leases.release(self._name, token)
        except Unavailable as error:
            log.warning("%s is given up when the lease ends: %s", self._name, error)

    async def _taken(self) -> bool:
        began = self._clock()
        try:
            self.token = await self._leases.acquire(self._name, seconds=self._seconds)
        except Unavailable as error:
            log.warning("who is %s cannot be told: %s", self._name, error)
            return False
        self._until = began + self._seconds * TRUSTED
        return self.token is not None

    async def _renewed(self) -> None:
        began = self._clock()
        if self.token is None or began >= self._until:
            return
        try:
            async with asyncio.timeout(self._until - began):
                kept = await self._leases.renew(self._name, self.token, seconds=self._seconds)
        except (Unavailable, TimeoutError) as error:
            log.warning("the lease of %s could not be renewed: %s", self._name, error)
            return
        self._until = began + self._seconds * TRUSTED if kept else 0.0
