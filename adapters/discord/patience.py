"""How often Discord is tried: waits that grow up to a bound, and fewer new sessions a day than Discord allows."""

import random
import time
from collections.abc import Callable

SHORTEST = 1.0
LONGEST = 60.0
SESSIONS_AT_ONCE = 100
SECONDS_A_SESSION = 108.0
"""Together at most 900 on any day, of the 1,000 after which Discord makes the token useless."""


class Exhausted(Exception):
    """Too many sessions were begun lately; `seconds` until the next one may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no new session for {seconds:.0f} s")
        self.seconds = seconds


class Backoff:
    """Waits in seconds, each about twice as long as the one before it, and none the same for two processes."""

    def __init__(self, *, shortest: float = SHORTEST, longest: float = LONGEST) -> None:
        self._shortest = shortest
        self._longest = longest
        self._next = shortest

    def wait(self) -> float:
        """How long to wait this time."""
        wait, self._next = self._next, min(self._next * 2, self._longest)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret

    def reset(self) -> None:
        """It went well: the next wait is a short one again."""
        self._next = self._shortest


class Budget:
    """New sessions: some at once, then one by one."""

    def __init__(
        self,
        *,
        at_once: int = SESSIONS_AT_ONCE,
        seconds: float = SECONDS_A_SESSION,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = float(at_once)
        self._seconds = seconds
        self._clock = clock
        self._left = self._most
        self._at = clock()

    def take(self) -> None:
        """One more. Raises Exhausted when there were too many."""
        present = self._clock()
        self._left = min(self._most, self._left + (present - self._at) / self._seconds)
        self._at = present
        if self._left < 1:
            raise Exhausted((1 - self._left) * self._seconds)
        self._left -= 1
