"""The door of all workspaces: finds whose something is, takes it in, and answers it there."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field

from adapters.answering import referred
from adapters.ending import finished, given_back, is_elsewhere
from adapters.sharing import is_offer
from adapters.slack.farewell import Farewells
from adapters.slack.inbound import Asked, Body
from adapters.slack.reception import NOTHING, Reply
from adapters.slack.tokens import Tokens, state
from adapters.slack.workspaces import PLATFORM, Workspace, Workspaces, teams_of
from adapters.work import Bound
from core.errors import Refused, SaseoError, Unavailable
from core.inbox import Accepted, Inbox
from core.messages import render
from core.notices import is_notice
from core.shares import within_workspace

log = logging.getLogger(__name__)

ANSWERS_A_MINUTE = 10
"""Answers in one thread."""


@dataclass(slots=True)
class Door:
    """Everything passes here. With `alone` there is but the workspace of the settings, and its trouble is ours."""

    inbox: Inbox
    workspaces: Workspaces
    farewells: Farewells
    tokens: Tokens
    alone: bool
    bound: Bound = field(default_factory=lambda: Bound(ANSWERS_A_MINUTE))

    async def receive(self, body: Body) -> Reply:
        """Keeps what is to be answered; then it may be acknowledged. Raises Unavailable where it cannot be kept."""
        if await self.farewells.hear(body):
            return NOTHING
        workspace = self.workspaces.own if self.alone else await self.workspaces.of(teams_of(body))
        if workspace is None:
            log.info("ignored: the app is not installed in %s", ", ".join(teams_of(body)) or "no workspace")
            return NOTHING
        reply = await workspace.reception.receive(body)
        if workspace.closed:
            # The app was removed while this was being kept.
            await self.inbox.forget(within_workspace(PLATFORM, workspace.me.team))
        return reply

    async def give_up(self, body: Body, error: SaseoError) -> None:
        """Tells whoever asked that it could not be kept: Slack does not send it again."""
        try:
            workspace = self.workspaces.own if self.alone else await self.workspaces.of(teams_of(body))
            if workspace is not None:
                await workspace.reception.apologise(body, error)
        except SaseoError as failure:
            log.warning("nobody could be told that something was not taken in: %s", failure.code)

    async def find(self, item: Accepted) -> Workspace | None:
        """The workspace where something was accepted."""
        return self.workspaces.own if self.alone else await self.workspaces.get(item.id.split(":")[1])

    async def start(self, item: Accepted) -> "asyncio.Task[None] | None":
        """Begins with what was accepted; None where the app is not installed."""
        workspace = await self.find(item)
        if workspace is None:
            log.warning("%s is left: the app is not installed there", item.id)
            return None
        return workspace.start(item)

    async def answer(self, item: Accepted) -> None:
        """Answers what was accepted. What cannot be answered now is left to the next start."""
        workspace = await self.find(item)
        if workspace is None:
            log.warning("%s is left: the app is not installed there", item.id)
            return
        await self.prepare(workspace)
        try:
            await self._answered(item, workspace)
        except Refused as error:
            await self.refused(workspace, error)

    async def prepare(self, workspace: Workspace) -> None:
        """Renews its token where it expires soon."""
        await self.tokens.renew(workspace)

    async def refused(self, workspace: Workspace, error: Refused) -> None:
        """Where Slack takes its token no more, the workspace is forgotten or set aside; everything else is raised."""
        if self.alone or error.code != "slack.token":
            raise error
        team, verdict = workspace.me.team, await state(workspace.api)
        if verdict == "gone" and workspace.installation is not None:
            await self.farewells.begin(team)
        elif verdict in ("gone", "dead"):
            log.error("set aside: Slack does not accept the token of the workspace %s: %s", team, error.details)
            self.workspaces.set_aside(team)
        else:
            log.warning("left to the next start: Slack did not accept the token of the workspace %s once", team)

    async def _answered(self, item: Accepted, workspace: Workspace) -> None:
        if is_aside(item):
            await self._told(item, workspace)
            return
        asked, answering = Asked.load(item.body), workspace.answering
        if item.attempt == 1 and not self.bound.allows(asked.place):
            log.warning("too many questions in one thread: %s", asked.place)
            locale = await answering.membership.locale(asked.user)
            await answering.replies.whisper(asked, render("slack.too_many", locale, most=ANSWERS_A_MINUTE))
            await self.inbox.finish(item.id)
            return
        try:
            await answering.answer(item)
        except Refused:
            raise
        except Unavailable as error:
            log.warning("an answer in Slack was given up: %s", error.code)
            if not is_elsewhere(error):
                locale = await answering.membership.locale(asked.user)
                await answering.replies.whisper(asked, error.text(locale))
                await finished(self.inbox, item.id)
        except Exception as error:  # noqa: BLE001 - logged and said there
            locale = await answering.membership.locale(asked.user)
            await answering.replies.whisper(asked, referred("answering in Slack failed", locale, error=error))
            await finished(self.inbox, item.id)

    async def _told(self, item: Accepted, workspace: Workspace) -> None:
        """What is no question: something that was shared, or something to tell."""
        try:
            if is_offer(item.body):
                await workspace.shelving.answer(item)
            else:
                await workspace.telling.tell(item)
        except Refused:
            raise
        except Unavailable as error:
            await given_back(self.inbox, item, error)
        except Exception:
            log.exception("%s is given up", item.id)
            with suppress(Unavailable):
                await self.inbox.finish(item.id)


def is_aside(item: Accepted) -> bool:
    """Whether it is no question."""
    return is_offer(item.body) or is_notice(item.body)
