"""Slack as a thing that runs: over Socket Mode, over HTTP, or both, in one workspace or in many."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.calls import counting
from adapters.slack.answering import Answering
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.deciding import Deciding
from adapters.slack.door import Door, is_aside
from adapters.slack.families import family
from adapters.slack.farewell import Farewells
from adapters.slack.inbound import Me, Rules, word
from adapters.slack.installing import Arrivals
from adapters.slack.living import Living
from adapters.slack.membership import Membership
from adapters.slack.reception import Reception
from adapters.slack.replies import Replies
from adapters.slack.service import Service
from adapters.slack.tokens import Permission, Tokens
from adapters.slack.transport import serve_socket
from adapters.slack.upkeep import comparing, renewing
from adapters.slack.workspaces import PLATFORM, Workspace, Workspaces
from adapters.taking_up import taking_up
from adapters.work import Work
from core.channels import SessionScope
from core.errors import Refused
from core.installations import Installation
from core.saseo import Saseo
from core.shares import within_workspace
from core.types import now

if TYPE_CHECKING:
    from fastapi import APIRouter
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

SLACK_URL = "https://slack.com/api/"
DRAIN_SECONDS = 12.0
"""Less than the process grants all of its roles together."""
LONGEST_WAIT = 30.0
CONNECTIONS = 200
MOST_OF_ONE = 500
"""So much may wait in one workspace of many, so that the others get their turn."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the bot is connected to Slack and whom it listens to."""

    bot_token: str | None = field(default=None, repr=False)
    """The token of one workspace."""
    app_token: str | None = field(default=None, repr=False)
    """Opens Socket Mode."""
    signing_secret: str | None = field(default=None, repr=False)
    """Proves requests over HTTP."""
    permission: Permission | None = None
    """Lets other workspaces install the app; None: there is but the one of the token."""
    api_url: str = SLACK_URL
    session_scope: SessionScope = "channel"
    follow_up_hours: int = 24
    rules: Rules = field(default_factory=Rules)
    most_bytes: int = 50 * 1024 * 1024
    """The largest file that is read."""


class SlackAdapter:
    """Answers in the workspace of the token, and in all where the app was installed."""

    name = "slack"

    def __init__(self, saseo: Saseo, options: Options, *, clock: Callable[[], datetime] = now) -> None:
        self._saseo = saseo
        self._options = options
        self._clock = clock
        self._holder = f"slack-{secrets.token_hex(8)}"
        self.drain_seconds = DRAIN_SECONDS
        self._living = Living(saseo, options.rules, clock, options.most_bytes, options.api_url)
        saseo.noticing.delivers(PLATFORM)
        self.ready = asyncio.Event()
        """Set while it takes in requests."""
        self.app: AsyncApp | None = None
        """Takes in requests while the adapter runs."""
        self.arrivals: Arrivals | None = None
        """Installs the app in further workspaces, while the adapter runs and that is permitted."""

    def routes(self) -> "APIRouter":
        """Where Slack sends what it has over HTTP, and where people install the app."""
        from adapters.slack.routes import routes

        return routes(
            (lambda: self.app) if self._options.signing_secret is not None else None,
            (lambda: self.arrivals) if self._options.permission is not None else None,
        )

    async def run(self) -> None:
        """Answers until cancelled, then finishes what is under way. Raises Refused when a token is of no use."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                    trace_configs=[counting(self._saseo.recorder, PLATFORM, family)],
                )
            )
            work = Work(lambda item: door.answer(item), platform="Slack", aside=is_aside, recorder=self._saseo.recorder)
            door = self._door(session, work)
            await door.farewells.finish()
            if self._options.bot_token is not None:
                door.workspaces.own = await self._own(self._options.bot_token, session, work, door)
            await self._look_at_installations()
            api = Api(self._client(session))
            self.app = bolt(self._client(session), door, signing_secret=self._options.signing_secret or "")
            if self._options.permission is not None:
                self.arrivals = Arrivals(
                    self._saseo, self._options.permission, api, door.farewells, self._clock, self._options.api_url
                )
            self.ready.set()
            try:
                await self._serve(api, door, work)
            finally:
                self.app = self.arrivals = None
                self.ready.clear()
                await work.drain(seconds=self.drain_seconds)
                await self._saseo.inbox.release(self._holder)

    async def _serve(self, api: Api, door: Door, work: Work) -> None:
        """Takes in until cancelled, or until something fails that must not."""
        running: list[asyncio.Future[None]] = [asyncio.ensure_future(work.failed)]
        roles: list[Coroutine[Any, Any, None]] = []
        if self._options.app_token is not None and self.app is not None:
            roles.append(serve_socket(self.app, api=api, app_token=self._options.app_token))
        if self._options.permission is not None:
            roles.append(renewing(door))
        roles += [
            taking_up(self._saseo.inbox, self._prefix(door), door.start, aside=is_aside, holder=self._holder),
            comparing(door, self._living.soon),
        ]
        running += map(asyncio.create_task, roles)
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _prefix(self, door: Door) -> str:
        """Of the names of what is ours to do."""
        own = door.workspaces.own
        return within_workspace(PLATFORM, own.me.team) if door.alone and own is not None else f"{PLATFORM}:"

    async def _look_at_installations(self) -> None:
        """Tells at the start what is wrong with the tokens that are kept, and keeps them with the newest key."""
        if self._options.permission is None:
            return
        await asyncio.to_thread(self._saseo.seal.close, "")
        lost = await self._saseo.installations.renew()
        if lost:
            log.error("%s", Refused("seal.lost_some", count=lost))
        names = await self._saseo.installations.workspaces(PLATFORM)
        log.info("the app is installed in %d workspaces", len(names))

    def _door(self, session: aiohttp.ClientSession, work: Work) -> Door:
        installations, permission = self._saseo.installations, self._options.permission
        alone = permission is None

        def installed(kept: Installation) -> Workspace:
            me = Me(kept.workspace, word(kept.about, "user"), word(kept.about, "bot"))
            return self._workspace(me, kept.token, session, work, door, kept)

        workspaces = Workspaces(installations, installed)
        farewells = Farewells(self._saseo, workspaces, work.spawn, alone=alone)
        tokens = Tokens(Api(self._client(session)), installations, permission, clock=self._clock)
        door = Door(self._saseo.inbox, workspaces, farewells, tokens, alone=alone)
        return door

    async def _own(self, token: str, session: aiohttp.ClientSession, work: Work, door: Door) -> Workspace:
        me = await who(Api(self._client(session, token)))
        log.info("answering in the workspace %s", me.team)
        return self._workspace(me, token, session, work, door)

    def _workspace(
        self,
        me: Me,
        token: str,
        session: aiohttp.ClientSession,
        work: Work,
        door: Door,
        installation: Installation | None = None,
    ) -> Workspace:
        client = self._client(session, token)
        api = Api(client)
        membership = Membership(api, me)
        replies = Replies(api, membership, session)
        workspace = Workspace(me, client, api, work, door, installation)
        shelving = self._living.furnish(workspace, membership, replies, session, holder=self._holder, full=work.full)
        workspace.answering = Answering(
            self._saseo,
            api,
            me,
            membership,
            replies,
            clock=self._clock,
            session_scope=self._options.session_scope,
            settled=shelving.settled,
        )
        workspace.reception = Reception(
            self._saseo.inbox,
            me,
            self._options.rules,
            membership,
            holder=self._holder,
            follow_up=timedelta(hours=self._options.follow_up_hours),
            clock=self._clock,
            start=workspace.start,
            full=lambda: work.full() or (not door.alone and len(workspace.tasks) >= MOST_OF_ONE),
            spawn=workspace.spawn,
            service=Service(
                self._saseo,
                api,
                me,
                membership,
                replies,
                self._living.wishes(api, membership),
                Deciding(self._saseo.channels, self._saseo.audit, api, membership, replies),
            ),
            shelving=shelving,
            settings=self._saseo.channels.lately,
        )
        return workspace

    def _client(self, session: aiohttp.ClientSession, token: str | None = None) -> "AsyncWebClient":
        from adapters.slack.app_client import AppClient

        # Repeating a call is decided where it is known whether it may be repeated.
        return AppClient(token=token, base_url=self._options.api_url, session=session, retry_handlers=[])


async def who(api: Api) -> Me:
    """Who the bot token is. Waits while Slack is away; raises Refused when the token is of no use."""
    wait = 1.0
    while True:
        try:
            told = await api.call("auth.test")
        except Declined as error:
            raise Refused("slack.token", error=error.error) from error
        except Unclear as error:
            log.warning("Slack cannot be reached, trying again in %.0f s: %s", wait, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            return Me(word(told, "team_id"), word(told, "user_id"), word(told, "bot_id"))


def bolt(client: "AsyncWebClient", door: Door, *, signing_secret: str) -> "AsyncApp":
    """The Bolt app: it proves requests, and everything that it lets through goes to the door."""
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    from adapters.slack.intake import Intake

    async def authorize() -> AuthorizeResult:
        # Whose something is, the door finds out, without asking Slack before every acknowledgement.
        return AuthorizeResult(enterprise_id=None, team_id=None)

    logger = logging.getLogger("adapters.slack.bolt")
    # It warns of a client beside `authorize`, which is meant here.
    logger.setLevel(logging.ERROR)
    app = AsyncApp(
        name="saseo",
        logger=logger,
        client=client,
        signing_secret=signing_secret,
        authorize=authorize,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(Intake(door.receive, door.give_up))
    return app
