"""Looks after all workspaces beside the answers: takes up what waits, and compares what is known with Slack."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import suppress
from typing import Any

from adapters.slack.api import Declined, Unclear
from adapters.slack.door import Door, is_aside
from adapters.slack.workspaces import PLATFORM, Workspace
from core.errors import SaseoError
from core.inbox import Inbox

log = logging.getLogger(__name__)

EVERY = 6 * 3600.0
"""Seconds between two comparisons."""
PATIENCE = 10.0
TAKEN_AT_ONCE = 4
OTHERS_AT_ONCE = 16
"""What is no question holds up none: it may take long to read."""
RENEWAL_SECONDS = 300.0
SETTLING = 3.0
"""Seconds in which changes of people gather."""


async def taking_up(inbox: Inbox, door: Door, prefix: str, *, holder: str) -> None:
    """Goes on with what an earlier process has left, the oldest first and a few at a time: should the process die again
    and again, some are finished each time. Then it takes up whatever nobody holds: notices above all."""
    questions: set[asyncio.Task[None]] = set()
    others: set[asyncio.Task[None]] = set()
    while True:
        questions = {task for task in questions if not task.done()}
        others = {task for task in others if not task.done()}
        room = TAKEN_AT_ONCE - len(questions) if len(others) < OTHERS_AT_ONCE else 0
        try:
            items = await inbox.take(prefix, holder=holder, limit=room) if room else []
            for item in items:
                workspace = await door.find(item)
                if workspace is None:
                    log.warning("%s is left: the app is not installed there", item.id)
                    continue
                log.info("taking up %s (attempt %d)", item.id, item.attempt)
                (others if is_aside(item) else questions).add(workspace.start(item))
            if not items:
                await _either(questions | others, inbox.waiting(prefix) if room else None)
        except SaseoError as error:
            log.warning("taking up goes on later: %s", error)
            await asyncio.sleep(PATIENCE)


async def _either(tasks: set[asyncio.Task[None]], news: Coroutine[Any, Any, None] | None) -> None:
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


async def comparing(door: Door, soon: asyncio.Event, *, every: float = EVERY) -> None:
    """Compares every workspace with Slack at the start and now and then, and readers whenever people have changed."""
    while True:
        until = time.monotonic() + every * random.uniform(0.9, 1.1)  # noqa: S311 - it spreads load
        async for workspace in _all(door):
            await _carefully(workspace, workspace.shelving.standing.compare())
        while (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await soon.wait()
                    await asyncio.sleep(SETTLING)
            if soon.is_set():
                soon.clear()
                for workspace in (*door.workspaces, *_own(door)):
                    await _carefully(workspace, workspace.shelving.standing.look_around())


async def _all(door: Door) -> AsyncIterator[Workspace]:
    """The workspaces in which the app is."""
    for workspace in _own(door):
        yield workspace
    if door.alone:
        return
    try:
        for team in await door.workspaces.teams():
            known = await door.workspaces.get(team)
            if known is not None and known is not door.workspaces.own:
                yield known
    except SaseoError as error:
        log.warning("comparing with Slack goes on later: %s", error)


def _own(door: Door) -> list[Workspace]:
    own = door.workspaces.own
    return [own] if own is not None and not own.closed else []


async def _carefully(workspace: Workspace, work: Awaitable[None]) -> None:
    try:
        await work
    except (SaseoError, Declined, Unclear) as error:
        log.warning("comparing %s:%s with Slack goes on later: %s", PLATFORM, workspace.me.team, error)
    except Exception:
        log.exception("comparing %s:%s with Slack failed", PLATFORM, workspace.me.team)


async def renewing(door: Door) -> None:
    """Renews the tokens of workspaces where something is under way, which may take longer than a token lives."""
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        for workspace in door.workspaces:
            if workspace.tasks:
                await door.prepare(workspace)
