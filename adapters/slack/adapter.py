"""Slack as a thing that runs: over Socket Mode, over HTTP, or both."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp

from adapters.slack.answering import Answering, SessionScope
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, Me, Rules, word
from adapters.slack.membership import Membership
from adapters.slack.reception import Reception
from adapters.slack.replies import Replies
from adapters.slack.service import Service
from adapters.slack.transport import serve_socket
from adapters.work import Bound, Work
from core.errors import Refused, Unavailable
from core.inbox import Accepted
from core.messages import render
from core.saseo import Saseo
from core.types import now

if TYPE_CHECKING:
    from fastapi import APIRouter
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

SLACK_URL = "https://slack.com/api/"
DRAIN_SECONDS = 12.0
"""Less than the process grants all of its roles together."""
ANSWERS_A_MINUTE = 10
"""Answers in one thread."""
LONGEST_WAIT = 30.0
TAKEN_AT_ONCE = 4
CONNECTIONS = 200


@dataclass(frozen=True, slots=True)
class Options:
    """How the bot is connected to Slack and whom it listens to."""

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    """Opens Socket Mode."""
    signing_secret: str | None = field(default=None, repr=False)
    """Proves requests over HTTP."""
    api_url: str = SLACK_URL
    session_scope: SessionScope = "channel"
    follow_up_hours: int = 24
    rules: Rules = field(default_factory=Rules)


class SlackAdapter:
    """Answers in one workspace."""

    name = "slack"

    def __init__(self, saseo: Saseo, options: Options, *, clock: Callable[[], datetime] = now) -> None:
        self._saseo = saseo
        self._options = options
        self._clock = clock
        self._holder = f"slack-{secrets.token_hex(8)}"
        self._bound = Bound(ANSWERS_A_MINUTE)
        self.drain_seconds = DRAIN_SECONDS
        self.ready = asyncio.Event()
        """Set while it takes in requests."""
        self.app: AsyncApp | None = None
        """Takes in requests while the adapter runs."""

    def routes(self) -> "APIRouter":
        """Where Slack sends what it has over HTTP."""
        from adapters.slack.routes import routes

        return routes(lambda: self.app)

    async def run(self) -> None:
        """Answers until cancelled, then finishes what is under way. Raises Refused when a token is of no use."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))
            )
            client = self._client(session)
            api = Api(client)
            me = await who(api)
            membership = Membership(api, me)
            replies = Replies(api, membership, session)
            answering = Answering(
                self._saseo,
                api,
                me,
                membership,
                replies,
                clock=self._clock,
                session_scope=self._options.session_scope,
            )
            work = Work(lambda item: self._answered(item, answering), platform="Slack")
            reception = self._reception(me, work, Service(self._saseo, api, me, membership, replies))
            self.app = bolt(client, reception, me, signing_secret=self._options.signing_secret or "")
            self.ready.set()
            log.info("answering in the workspace %s", me.team)
            try:
                await self._serve(api, me, work)
            finally:
                self.app = None
                self.ready.clear()
                await work.drain(seconds=self.drain_seconds)
                await self._saseo.inbox.release(self._holder)

    async def _serve(self, api: Api, me: Me, work: Work) -> None:
        """Takes in until cancelled, or until something fails that must not."""
        running = [asyncio.ensure_future(work.failed)]
        if self._options.app_token is not None and self.app is not None:
            socket = serve_socket(self.app, api=api, app_token=self._options.app_token)
            running.append(asyncio.create_task(socket))
        try:
            work.spawn(self._take_up(me, work))
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _take_up(self, me: Me, work: Work) -> None:
        """Goes on with what an earlier process has left unfinished, the oldest first and a few at a time: should the
        process die again and again, some are finished each time."""
        pending: set[asyncio.Task[None]] = set()
        while self.app is not None:
            room = TAKEN_AT_ONCE - len(pending)
            items = await self._saseo.inbox.take(f"slack:{me.team}:", holder=self._holder, limit=room)
            for item in items:
                log.info("taking up %s again (attempt %d)", item.id, item.attempt)
                pending.add(work.start(item))
            if not pending:
                return
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)

    async def _answered(self, item: Accepted, answering: Answering) -> None:
        asked = Asked.load(item.body)
        if item.attempt == 1 and not self._bound.allows(asked.place):
            log.warning("too many questions in one thread: %s", asked.place)
            locale = await answering.membership.locale(asked.user)
            await answering.replies.whisper(asked, render("slack.too_many", locale, most=ANSWERS_A_MINUTE))
            await self._saseo.inbox.finish(item.id)
            return
        try:
            await answering.answer(item)
        except Refused:
            raise
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("answering in Slack failed (reference %s)", reference)
            locale = await answering.membership.locale(asked.user)
            await answering.replies.whisper(asked, render("chat.bug", locale, reference=reference))
            with suppress(Unavailable):
                await self._saseo.inbox.finish(item.id)

    def _reception(self, me: Me, work: Work, service: Service) -> Reception:
        return Reception(
            self._saseo.inbox,
            me,
            self._options.rules,
            service.membership,
            holder=self._holder,
            follow_up=timedelta(hours=self._options.follow_up_hours),
            clock=self._clock,
            start=work.start,
            full=work.full,
            spawn=work.spawn,
            service=service,
        )

    def _client(self, session: aiohttp.ClientSession) -> "AsyncWebClient":
        from slack_sdk.web.async_client import AsyncWebClient

        # Repeating a call is decided where it is known whether it may be repeated.
        return AsyncWebClient(
            token=self._options.bot_token, base_url=self._options.api_url, session=session, retry_handlers=[]
        )


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


def bolt(client: "AsyncWebClient", reception: Reception, me: Me, *, signing_secret: str) -> "AsyncApp":
    """The Bolt app: it proves requests, and everything that it lets through goes to the reception."""
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    from adapters.slack.intake import Intake

    async def authorize() -> AuthorizeResult:
        # Known since the start: auth.test is not asked again before every acknowledgement.
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_token=client.token, bot_id=me.bot, bot_user_id=me.user
        )

    logger = logging.getLogger("adapters.slack.bolt")
    # It warns of a client with a token beside `authorize`, which is meant here.
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
    app.use(Intake(reception.receive))
    return app
