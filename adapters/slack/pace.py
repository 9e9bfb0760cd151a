"""How many calls Slack takes: a minute's window, and a bucket for each channel."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

KEYS_KEPT = 10_000


class Window:
    """Counts what happened in the last minute, of which there may be `most`."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._recent: deque[float] = deque()

    def take(self, *, spare: int = 0) -> bool:
        """Counts one and is true, unless fewer than `spare` would then be left."""
        present = self._clock()
        while self._recent and self._recent[0] <= present - 60:
            self._recent.popleft()
        if len(self._recent) + spare >= self._most:
            return False
        self._recent.append(present)
        return True


class Buckets:
    """For each key `burst` at once, and then `rate` a second."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str) -> float:
        """Takes one out; seconds to wait before it may be used."""
        present = self._clock()
        left, at = self._buckets.pop(key, (float(self._burst), present))
        left = min(self._burst, left + (present - at) * self._rate) - 1
        self._buckets[key] = (left, present)
        if len(self._buckets) > KEYS_KEPT:
            self._buckets.popitem(last=False)
        return max(-left / self._rate, 0.0)

    async def wait(self, key: str) -> None:
        """Returns when the next one may be used."""
        seconds = self.spend(key)
        if seconds > 0:
            await asyncio.sleep(seconds)
