"""Looks after all workspaces beside the answers: compares what is known with Slack, and renews tokens."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

from adapters.slack.api import Declined, Unclear
from adapters.slack.door import Door
from adapters.slack.workspaces import PLATFORM, Workspace
from core.errors import Refused, SaseoError

log = logging.getLogger(__name__)

EVERY = 6 * 3600.0
"""Seconds between two comparisons."""
RENEWAL_SECONDS = 300.0
SETTLING = 3.0
"""Seconds in which changes of people gather."""


async def comparing(door: Door, soon: asyncio.Event, *, every: float = EVERY) -> None:
    """Compares every workspace with Slack at the start and now and then, and readers whenever people have changed."""
    while True:
        until = time.monotonic() + every * random.uniform(0.9, 1.1)  # noqa: S311 - it spreads load
        async for workspace in _all(door):
            await _carefully(door, workspace, _compared(door, workspace))
        while (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await soon.wait()
                    await asyncio.sleep(SETTLING)
            if soon.is_set():
                soon.clear()
                for workspace in (*door.workspaces, *_own(door)):
                    await _carefully(door, workspace, workspace.shelving.standing.look_around())


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


async def _compared(door: Door, workspace: Workspace) -> None:
    """Raises Refused where the app was removed while nobody was looking."""
    if workspace.installation is not None:
        await door.prepare(workspace)
        await workspace.api.call("auth.test")
    await workspace.shelving.standing.compare()


async def _carefully(door: Door, workspace: Workspace, work: Awaitable[None]) -> None:
    try:
        try:
            await work
        except Refused as error:
            if door.alone:
                raise
            await door.refused(workspace, error)
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
