"""Ends what people are owed although a store or a platform is away for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.errors import Unavailable
from core.inbox import Accepted, Inbox

log = logging.getLogger(__name__)

TAKEN_OVER = "postgres.taken_over"
WAITS = (2.0, 5.0, 15.0, 60.0, *(120.0,) * 180)
"""Seconds between attempts while a store or a platform is away: six hours, and then it is left to the next start."""
PAUSE, LONGEST_PAUSE = 10.0, 120.0
"""Seconds before what could not be done is taken up again: so many for each attempt, up to the longest."""


def is_elsewhere(error: Unavailable) -> bool:
    """Whether another process has taken up what this one was about to answer: it answers, and it ends it."""
    return error.code == TAKEN_OVER


async def finished(inbox: Inbox, name: str) -> None:
    """Notes that something has come to its end, however long the store takes to come back: it was told, and must not
    be answered once more at the next start."""
    await _noted(inbox.finish, name)


async def given_back(inbox: Inbox, item: Accepted, error: Unavailable) -> None:
    """After a pause, gives back what could not be done: it is taken up again, here or by another process."""
    log.warning("%s is taken up again in a while: %s", item.id, error.code)
    await asyncio.sleep(min(PAUSE * item.attempt, LONGEST_PAUSE))
    await _noted(inbox.give_back, item.id)


async def _noted(note: Callable[[str], Awaitable[None]], name: str) -> None:
    for wait in WAITS:
        try:
            await note(name)
        except Unavailable as error:
            log.warning("what became of %s is noted later: %s", name, error.code)
            await asyncio.sleep(wait)
        else:
            return
