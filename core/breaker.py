"""A circuit breaker: what fails again and again is left alone for a while, and is then tried once."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import Refused, Unavailable
from core.measuring import SILENT, Recorder
from core.metrics import BREAKER_OPEN, BREAKER_OPENED, BREAKER_TURNED_AWAY

log = logging.getLogger(__name__)

FAILURES = 5
WINDOW = 60.0
"""Seconds in which so many failures, and no success between them, open it."""
PAUSE = 15.0
"""Seconds before the first trial."""


class Breaker:
    """Watches one service. Open, it turns everybody away at once but one who tries, after each pause."""

    def __init__(
        self,
        service: str,
        *,
        code: str,
        failures: int = FAILURES,
        window: float = WINDOW,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
        recorder: Recorder = SILENT,
    ) -> None:
        """`service` names it in the figures; `code` is that of the sentence for whoever is turned away."""
        self._service = service
        self._code = code
        self._window = window
        self._pause = pause
        self._clock = clock
        self._recorder = recorder
        self._failed_at: deque[float] = deque(maxlen=failures)
        self._trial_at: float | None = None
        self._trying = False
        recorder.set(BREAKER_OPEN, 0, service=service)

    @property
    def closed(self) -> bool:
        """Whether everybody may ask: it has not failed again and again, or has worked since."""
        return self._trial_at is None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Asks the service in this block, also around awaits and yields. Raises Unavailable while it is left alone.

        Unavailable is a failure. Refused is an answer, so the service works. Anything else says nothing about it.
        """
        trial = self._enter()
        try:
            yield
        except Unavailable:
            self._failed()
            raise
        except Refused:
            self._succeeded(trial=trial)
            raise
        else:
            self._succeeded(trial=trial)
        finally:
            if trial:
                self._trying = False

    async def check(self) -> None:
        """For `/health`: raises Unavailable from when it opens until the service has worked again."""
        if not self.closed:
            raise Unavailable(self._code)

    def _enter(self) -> bool:
        """Whether whoever asks now is the one who tries."""
        if self._trial_at is None:
            return False
        if self._trying or self._clock() < self._trial_at:
            self._recorder.add(BREAKER_TURNED_AWAY, service=self._service)
            raise Unavailable(self._code)
        self._trying = True
        return True

    def _failed(self) -> None:
        present = self._clock()
        self._failed_at.append(present)
        often = len(self._failed_at) == self._failed_at.maxlen and present - self._failed_at[0] <= self._window
        if self._trial_at is None and often:
            self._recorder.add(BREAKER_OPENED, service=self._service)
            self._recorder.set(BREAKER_OPEN, 1, service=self._service)
            log.warning("%s does not work: it is left alone and tried every %g s", self._service, self._pause)
        if self._trial_at is not None or often:
            self._trial_at = present + self._pause

    def _succeeded(self, *, trial: bool) -> None:
        if self._trial_at is not None and not trial:
            # It was asked before it was left alone.
            return
        self._failed_at.clear()
        if trial:
            self._trial_at = None
            self._recorder.set(BREAKER_OPEN, 0, service=self._service)
            log.info("%s works again", self._service)
