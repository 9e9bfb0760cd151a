"""Takes up what waits in the inbox: what an earlier process has left, and then whatever nobody holds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from core.errors import SaseoError
from core.inbox import Accepted, Inbox

log = logging.getLogger(__name__)

PATIENCE = 10.0
TAKEN_AT_ONCE = 4
OTHERS_AT_ONCE = 16
"""What is no question holds up none: it may take long to read."""

Start = Callable[[Accepted], Awaitable["asyncio.Task[None] | None"]]
"""Begins with an item; None where nobody here can."""


async def taking_up(inbox: Inbox, prefix: str, start: Start, *, aside: Callable[[Accepted], bool], holder: str) -> None:
    """Goes on until it is cancelled, the oldest first and a few at a time: should the process die again and again, some
    are finished each time. What is `aside` is no question."""
    questions: set[asyncio.Task[None]] = set()
    others: set[asyncio.Task[None]] = set()
    while True:
        questions = {task for task in questions if not task.done()}
        others = {task for task in others if not task.done()}
        room = TAKEN_AT_ONCE - len(questions) if len(others) < OTHERS_AT_ONCE else 0
        try:
            items = await inbox.take(prefix, holder=holder, limit=room) if room else []
            for item in items:
                task = await start(item)
                if task is not None:
                    log.info("taking up %s (attempt %d)", item.id, item.attempt)
                    (others if aside(item) else questions).add(task)
            if not items:
                await _either(questions | others, inbox.waiting(prefix) if room else None)
        except SaseoError as error:
            log.warning("taking up goes on later: %s", error)
            await asyncio.sleep(PATIENCE)


async def _either(tasks: set["asyncio.Task[None]"], news: Coroutine[Any, Any, None] | None) -> None:
    """Returns when one of these has ended, or when there is something new."""
    waiting = asyncio.create_task(news) if news is not None else None
    try:
        await asyncio.wait({*tasks, *((waiting,) if waiting else ())}, return_when=asyncio.FIRST_COMPLETED)
        if waiting is not None and waiting.done():
            waiting.result()
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
