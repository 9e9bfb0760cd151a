"""What happens when the app is removed from a workspace: everything that belongs to it is forgotten, once and whole."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.slack.inbound import Body, word
from adapters.slack.tokens import state
from adapters.slack.workspaces import PLATFORM, Workspace, Workspaces, teams_of
from core.departure import forget_workspace
from core.errors import Refused, Unavailable
from core.locks import Locks
from core.saseo import Saseo

log = logging.getLogger(__name__)

REMOVED = frozenset({"app_uninstalled", "tokens_revoked", "team_access_revoked"})
PATIENCE = 2.0
"""Seconds in which what is under way may end, once it was told to."""
AGAIN = 1.0
"""Seconds after which a token is looked at again that should be dead."""
WAITS = (0.5, 2.0, 10.0, 60.0)
"""Seconds between attempts to forget while a store cannot be reached; then the next start goes on."""


@dataclass(slots=True)
class Farewells:
    """Forgets workspaces. With `alone` there is but the one of the settings, and without it nothing is left to do."""

    saseo: Saseo
    workspaces: Workspaces
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    alone: bool
    under_way: dict[str, asyncio.Event] = field(default_factory=dict)
    locks: Locks = field(default_factory=Locks)

    async def hear(self, body: Body) -> bool:
        """Whether an event tells that the app was removed. It is noted durably when this returns."""
        event = body.get("event")
        if not isinstance(event, Mapping) or word(event, "type") not in REMOVED:
            return False
        if not _of_the_bot(event):
            log.debug("ignored: tokens of people were revoked")
            return True
        for team in _removed_from(body, event, self.workspaces.own if self.alone else None):
            if await self._still_there(team, body):
                log.info("ignored: %s is older than the installation in %s", word(event, "type"), team)
            else:
                await self.begin(team)
        return True

    async def begin(self, team: str) -> None:
        """Begins to forget a workspace, where there is something to forget. It is noted durably when this returns."""
        async with self.locks.hold(team):
            if team in self.under_way or not await self._is_known(team):
                log.info("ignored: the app was removed from %s before", team)
                return
            await self.saseo.installations.remove(PLATFORM, team)
            self.under_way[team] = asyncio.Event()
            self.spawn(self._forget(team, self.workspaces.drop(team)))

    async def finish(self) -> None:
        """Goes on where an earlier process has ended half-way; while a store is away, the next start does."""
        for team in await self.saseo.installations.leaving(PLATFORM):
            log.info("forgetting the workspace %s goes on", team)
            try:
                await self._complete(team)
            except Unavailable as error:
                log.error("forgetting %s goes on at the next start: %s", team, error)  # noqa: TRY400

    async def over(self, team: str) -> None:
        """Returns when nothing of an earlier time in this workspace is left. Raises Unavailable."""
        event = self.under_way.get(team)
        if event is not None:
            await event.wait()
        if team in await self.saseo.installations.leaving(PLATFORM):
            await self._complete(team)

    async def _forget(self, team: str, left: Workspace | None) -> None:
        log.info("the app was removed from the workspace %s: forgetting it", team)
        tasks = set(left.tasks) - {asyncio.current_task()} if left is not None else set()
        for task in tasks:
            task.cancel()
        stragglers = (await asyncio.wait(tasks, timeout=PATIENCE))[1] if tasks else set()
        try:
            await self._forgotten(team)
            if stragglers:
                # What they wrote meanwhile goes as well.
                await asyncio.wait(stragglers)
                await self._forgotten(team)
            await self.saseo.installations.left(PLATFORM, team)
        except Unavailable as error:
            log.error("forgetting %s goes on at the next start: %s", team, error)  # noqa: TRY400
        finally:
            self.under_way.pop(team).set()
        if self.alone:
            raise Refused("slack.token", error="app_uninstalled")

    async def _complete(self, team: str) -> None:
        await forget_workspace(self.saseo, PLATFORM, team)
        await self.saseo.installations.left(PLATFORM, team)

    async def _forgotten(self, team: str) -> None:
        for wait in WAITS:
            try:
                await forget_workspace(self.saseo, PLATFORM, team)
            except Unavailable as error:
                log.warning("forgetting %s is tried again: %s", team, error)
                await asyncio.sleep(wait)
            else:
                return
        await forget_workspace(self.saseo, PLATFORM, team)

    async def _is_known(self, team: str) -> bool:
        if self.workspaces.own is not None and self.workspaces.own.me.team == team:
            return not self.workspaces.own.closed
        return team in await self.saseo.installations.workspaces(PLATFORM)

    async def _still_there(self, team: str, body: Body) -> bool:
        """Whether this tells of an earlier installation than the one that is there."""
        workspace = await self.workspaces.get(team)
        if workspace is None:
            return False
        if workspace.installation is None:
            # When that was installed is not known, but what was removed has no token that lives on.
            return await state(workspace.api) == "alive" and await _lives_on(workspace)
        told = body.get("event_time")
        older = isinstance(told, int) and datetime.fromtimestamp(told, UTC) < workspace.installation.installed_at
        return older and await state(workspace.api) == "alive"


async def _lives_on(workspace: Workspace) -> bool:
    await asyncio.sleep(AGAIN)
    return await state(workspace.api) == "alive"


def _of_the_bot(event: Body) -> bool:
    """Whether the tokens that were revoked are those of the app itself."""
    tokens = event.get("tokens")
    return word(event, "type") != "tokens_revoked" or (isinstance(tokens, Mapping) and bool(tokens.get("bot")))


def _removed_from(body: Body, event: Body, own: Workspace | None) -> list[str]:
    """The workspaces that are meant; with `own`, that one or none."""
    if own is not None:
        return [team for team in teams_of(body)[:1] if team == own.me.team]
    teams = event.get("team_ids")
    if word(event, "type") == "team_access_revoked" and isinstance(teams, list):
        return [team for team in teams if isinstance(team, str)]
    return [word(body, "team_id")] if word(body, "team_id") else teams_of(body)[:1]
