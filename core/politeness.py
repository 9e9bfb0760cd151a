"""How we behave towards hosts: few requests at once, and none while one asked to be left alone."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from core.errors import SaseoError
from core.types import now

AT_ONCE = 1
LONGEST_REST = timedelta(days=1)
MOST_RESTING = 10_000
BUSY = (429, 503)
"""The states with which a whole host, and not only a page, asks to be left alone."""


class Hosts:
    """What is remembered of hosts while it matters; nothing of it outlives the process."""

    def __init__(self, *, at_once: int = AT_ONCE, clock: Callable[[], datetime] = now) -> None:
        self._at_once = at_once
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._resting: dict[str, datetime] = {}

    def turn(self, host: str) -> asyncio.Semaphore:
        """Holding it is being one of the few who ask this host."""
        return self._turns.setdefault(host, asyncio.Semaphore(self._at_once))

    def rests(self, host: str) -> bool:
        """Whether it asked to be left alone and that time is not over."""
        until = self._resting.get(host)
        return until is not None and until > self._clock()

    def heed(self, error: SaseoError | None) -> None:
        """Leaves a host alone for as long as it asked for in an answer that came to this error."""
        asked = error.details if error is not None else {}
        host, seconds = asked.get("host"), asked.get("retry_after")
        if asked.get("status") not in BUSY or not isinstance(host, str) or not isinstance(seconds, int | float):
            return
        until = self._clock() + min(timedelta(seconds=seconds), LONGEST_REST)
        self._resting[host] = max(until, self._resting.get(host, until))
        if len(self._resting) > MOST_RESTING:
            self._forget()

    def _forget(self) -> None:
        """Forgets whose time is over, and where that is not enough, those whose time is over next."""
        moment = self._clock()
        latest = sorted(self._resting.items(), key=lambda item: item[1], reverse=True)
        self._resting = {host: until for host, until in latest[: MOST_RESTING // 2] if until > moment}


def host_of(url: str | None) -> str:
    """Whom a link asks, spelled as in the certificate; '' where it has no host."""
    try:
        host = urlsplit(url or "").hostname or ""
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        return ""
