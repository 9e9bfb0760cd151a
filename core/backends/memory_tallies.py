"""Counted windows in memory, for one process: a small, real twin of those that several processes share."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from core.backends.written import lifetime, micros
from core.bounded import keep
from core.limits import Counted, Window
from core.types import now

KEPT = 100_000
"""Windows, and as many names; the oldest ones go first."""


class MemoryTallies:
    """`Tallies` in memory. Enough where one process answers alone."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """How much there is, and until when, in microseconds since 1970."""
        self._names: OrderedDict[str, int] = OrderedDict()
        """Until when they are known."""

    async def admit(self, name: str, windows: Sequence[Window]) -> Counted:
        """Counts what has this name once in every window, or in none where one is full."""
        present = micros(self._clock())
        counts = tuple(self._count(each, present) for each in windows)
        if self._names.get(name, 0) > present:
            return Counted(counts, admitted=True)
        if any(count >= each.most for count, each in zip(counts, windows, strict=True)):
            return Counted(counts, admitted=False)
        for each in windows:
            self._put(each, self._count(each, present) + 1, present)
        keep(self._names, name, present + max(lifetime(each.seconds) for each in windows), most=KEPT)
        return Counted(tuple(count + 1 for count in counts), admitted=True)

    async def add(self, window: Window, amount: int) -> int:
        """Adds to a window, and returns how much there is."""
        present = micros(self._clock())
        used = self._count(window, present) + amount
        self._put(window, used, present)
        return used

    async def used(self, windows: Sequence[Window]) -> Sequence[int]:
        """How much there is in each."""
        present = micros(self._clock())
        return [self._count(each, present) for each in windows]

    def _count(self, window: Window, present: int) -> int:
        count, until = self._windows.get(window.name, (0, 0))
        return count if until > present else 0

    def _put(self, window: Window, count: int, present: int) -> None:
        keep(self._windows, window.name, (count, present + lifetime(window.seconds)), most=KEPT)
