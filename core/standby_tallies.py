"""What counts questions and budgets while the shared store is away: this process by itself."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from core.breaker import Breaker
from core.errors import Unavailable
from core.limits import Counted, Tallies, Window
from core.standby import asking

KEPT = 20_000
"""What is counted meanwhile and handed over afterwards, at most."""


class StandbyTallies:
    """`Tallies` that never fail. While the store is away, every window begins anew in this process."""

    def __init__(self, tallies: Tallies, standby: Tallies, breaker: Breaker) -> None:
        self._tallies = tallies
        self._standby = standby
        self._breaker = breaker
        self._owed: deque[tuple[Window, int]] = deque(maxlen=KEPT)

    async def admit(self, name: str, windows: Sequence[Window]) -> Counted:
        """Counts what has this name once in every window, or in none where one is full."""
        with suppress(Unavailable), asking(self._breaker, otherwise="questions are counted in memory"):
            return await self._tallies.admit(name, windows)
        before = await self._standby.used(windows)
        counted = await self._standby.admit(name, windows)
        if counted.counts != tuple(before):
            self._owed.extend((each, 1) for each in windows)
        return counted

    async def add(self, window: Window, amount: int) -> int:
        """Adds to a window, and returns how much there is."""
        with suppress(Unavailable), asking(self._breaker, otherwise="a budget is counted in memory"):
            return await self._tallies.add(window, amount)
        self._owed.append((window, amount))
        return await self._standby.add(window, amount)

    async def used(self, windows: Sequence[Window]) -> Sequence[int]:
        """How much there is in each."""
        with suppress(Unavailable), asking(self._breaker, otherwise="what is used is known from memory"):
            return await self._tallies.used(windows)
        return await self._standby.used(windows)

    async def hand_over(self) -> None:
        """Adds what was counted meanwhile to what the store has. Raises Unavailable."""
        while self._owed:
            window, amount = self._owed[0]
            with self._breaker.asking():
                await self._tallies.add(window, amount)
            self._owed.popleft()
