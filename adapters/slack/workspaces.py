"""The workspaces that are answered in: each has its own client, limits and knowledge, made when it is needed."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from adapters.slack.answering import Answering
from adapters.slack.api import Api
from adapters.slack.inbound import Body, Me, name_of, word
from adapters.slack.reception import Reception
from adapters.slack.shelving import Shelving
from adapters.slack.telling import Telling
from core.errors import Refused
from core.inbox import Accepted
from core.installations import Installation, Installations
from core.locks import Locks

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

PLATFORM = "slack"
KEPT = 1000
"""Workspaces of which nothing is under way that stay known."""


class Worker(Protocol):
    """Does the work of all workspaces; `adapters.work.Work` is one."""

    def start(self, item: Accepted) -> asyncio.Task[None]:
        """Begins with a question."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins with something else."""
        ...


class Care(Protocol):
    """Looks after the tokens of workspaces."""

    async def prepare(self, workspace: "Workspace") -> None:
        """Sees to it that its token can be used."""
        ...

    async def refused(self, workspace: "Workspace", error: Refused) -> None:
        """Something cannot go on. Raises the error unless it concerns this workspace alone."""
        ...


@dataclass(slots=True, eq=False)
class Workspace:
    """One workspace. `installation` is None for the one whose token stands in the settings."""

    me: Me
    client: "AsyncWebClient"
    api: Api
    worker: Worker
    care: Care
    installation: Installation | None = None
    closed: bool = False
    """Whether nothing is taken in there any more."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """What is under way for it."""
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)
    answering: Answering = field(init=False)
    reception: Reception = field(init=False)
    shelving: Shelving = field(init=False)
    telling: Telling = field(init=False)

    def start(self, item: Accepted) -> asyncio.Task[None]:
        """Begins with a question."""
        task = self.worker.start(item)
        self._note(task)
        return task

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins with something else."""
        self.worker.spawn(self._done(work))

    async def _done(self, work: Coroutine[Any, Any, None]) -> None:
        self._note(asyncio.current_task())
        await self.care.prepare(self)
        try:
            await work
        except Refused as error:
            await self.care.refused(self, error)

    def _note(self, task: asyncio.Task[Any] | None) -> None:
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


class Workspaces:
    """Finds workspaces, and keeps those that were used last. `make` makes one for an installation."""

    def __init__(
        self,
        installations: Installations,
        make: Callable[[Installation], Workspace],
        *,
        own: Workspace | None = None,
        kept: int = KEPT,
    ) -> None:
        self._installations = installations
        self._make = make
        self.own = own
        self._kept = kept
        self._known: OrderedDict[str, Workspace] = OrderedDict()
        self._aside: set[str] = set()
        self._changes = 0
        self._locks = Locks(waiting=10_000)

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._known.values()))

    async def teams(self) -> Sequence[str]:
        """Where the app is installed. Raises Unavailable."""
        return await self._installations.workspaces(PLATFORM)

    async def get(self, team: str) -> Workspace | None:
        """A workspace; None where the app is not installed or cannot be used. Raises Unavailable."""
        if self.own is not None and team == self.own.me.team and not self.own.closed:
            return self.own
        if team in self._aside:
            return None
        known = self._known.get(team)
        if known is None:
            async with self._locks.hold(team):
                known = self._known.get(team) or await self._found(team)
        if known is not None:
            self._known.move_to_end(team)
        return known

    async def of(self, teams: Iterable[str]) -> Workspace | None:
        """The first of these workspaces that there is."""
        for team in teams:
            workspace = await self.get(team)
            if workspace is not None:
                return workspace
        return None

    def set_aside(self, team: str) -> None:
        """It is not answered in until the app is installed there again, or the program starts anew."""
        self.drop(team)
        self._aside.add(team)

    def drop(self, team: str) -> Workspace | None:
        """It is not answered in any more; what was known of it is given back."""
        self._changes += 1
        self._aside.discard(team)
        left = self._known.pop(team, None)
        if self.own is not None and self.own.me.team == team:
            left = self.own
        if left is not None:
            left.closed = True
        return left

    def replace(self, installation: Installation) -> None:
        """The app was installed there anew. What is under way goes on with the new token."""
        self._changes += 1
        self._aside.discard(installation.workspace)
        known = self._known.get(installation.workspace)
        if known is not None:
            known.client.token = installation.token
            known.installation = installation

    async def _found(self, team: str) -> Workspace | None:
        while True:
            changes = self._changes
            try:
                installation = await self._installations.find(PLATFORM, team)
            except Refused as error:
                log.error("%s", error)  # noqa: TRY400 - it says all there is to say
                return None
            if changes == self._changes:
                break
        if installation is None:
            return None
        workspace = self._known[team] = self._make(installation)
        self._forget_idle()
        return workspace

    def _forget_idle(self) -> None:
        """What is under way knows its workspace: only idle ones are made anew when they are needed."""
        surplus = len(self._known) - self._kept
        if surplus > 0:
            idle = [team for team, workspace in list(self._known.items())[:-1] if not workspace.tasks]
            for team in idle[:surplus]:
                del self._known[team]


def teams_of(body: Body) -> list[str]:
    """The workspaces that something from Slack may be for, the most likely first. In a shared channel the workspace
    where it happened is another one than the one through which this app is told."""
    authorizations = body.get("authorizations")
    told = authorizations if isinstance(authorizations, list) else []
    through = [word(one, "team_id") for one in told if isinstance(one, Mapping)]
    user = body.get("user")
    names = [
        *through,
        word(body, "context_team_id"),
        word(body, "team_id"),
        name_of(body, "team"),
        word(user, "team_id") if isinstance(user, Mapping) else "",
    ]
    return list(dict.fromkeys(name for name in names if name))
