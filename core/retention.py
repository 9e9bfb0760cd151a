"""Erases the texts of questions, answers and opinions when their time is over. The figures stay."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.errors import SaseoError
from core.review import Review
from core.types import now

AT_ONCE = 1000
"""Questions that are erased in one transaction."""
PAUSE = 3600.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class Retention:
    """Keeps texts for so many days. Several processes may do so at once."""

    def __init__(self, review: Review, *, days: int, clock: Callable[[], datetime] = now) -> None:
        self._review = review
        self._kept = timedelta(days=days)
        self._clock = clock

    async def run(self, *, pause: float = PAUSE) -> None:
        """Looks at once and then every hour, until it is cancelled."""
        while True:
            try:
                erased = await self.erase()
            except SaseoError as error:
                log.warning("texts whose time is over could not be erased: %s", error.code)
            else:
                log.log(logging.INFO if erased else logging.DEBUG, "erased the texts of %d questions", erased)
            await asyncio.sleep(pause)

    async def erase(self) -> int:
        """Erases what is due, and returns how many questions that were. Raises Unavailable."""
        before, erased = self._clock() - self._kept, 0
        while True:
            count = await self._review.erase_texts(before, limit=AT_ONCE)
            erased += count
            if count < AT_ONCE:
                return erased
