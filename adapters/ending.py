"""Ends what people are owed although the store of the inbox is away for a while."""

import asyncio
import logging

from core.errors import Unavailable
from core.inbox import Inbox

log = logging.getLogger(__name__)

TAKEN_OVER = "postgres.taken_over"
WAITS = (2.0, 5.0, 15.0, 60.0, *(120.0,) * 180)
"""Seconds between attempts: six hours, and then it is left to the next start."""


def is_elsewhere(error: Unavailable) -> bool:
    """Whether another process has taken up what this one was about to answer: it answers, and it ends it."""
    return error.code == TAKEN_OVER


async def finished(inbox: Inbox, name: str) -> None:
    """Notes that something has come to its end, however long the store takes to come back: it was told, and must not
    be answered once more at the next start."""
    for wait in WAITS:
        try:
            await inbox.finish(name)
        except Unavailable as error:
            log.warning("%s is noted as finished later: %s", name, error.code)
            await asyncio.sleep(wait)
        else:
            return
