"""Takes in what Slack brings: it is kept before it is acknowledged, and then worked on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.calling import UNASKED, UNASKED_A_MINUTE, heeds
from adapters.slack.commands import Decided, Interaction, Judged, Wanted, read_command, read_interaction
from adapters.slack.inbound import Asked, Body, Changed, Ignored, Me, Meaning, Opened, Rules, read_event, word
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post
from adapters.slack.service import Service
from adapters.slack.shelving import Shelving
from adapters.work import Bound, kept_first
from core.channels import ChannelSettings
from core.errors import SaseoError, Unavailable
from core.inbox import Accepted, Inbox
from core.messages import render
from core.types import Session

log = logging.getLogger(__name__)

Reply = Mapping[str, Any]
"""What goes back with the acknowledgement; empty: nothing but that."""
NOTHING: Reply = {}
REMEMBERED = timedelta(days=7)
"""So long after its last answer there, a thread is not read again."""


@dataclass(slots=True)
class Reception:
    """Takes in for one workspace. `start` begins the work on what was accepted and returns at once."""

    inbox: Inbox
    me: Me
    rules: Rules
    membership: Membership
    holder: str
    follow_up: timedelta
    clock: Callable[[], datetime]
    start: Callable[[Accepted], object]
    full: Callable[[], bool]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    service: Service
    shelving: Shelving
    settings: Callable[[Session], Awaitable[ChannelSettings]]
    unasked: Bound = field(default_factory=lambda: Bound(UNASKED_A_MINUTE))

    async def receive(self, body: Body) -> Reply:
        """Keeps what is to be answered; then it may be acknowledged. Raises Unavailable where it cannot be kept."""
        if word(body, "command"):
            return await self._wished(read_command(body, me=self.me, rules=self.rules))
        if await self.shelving.hear(body):
            return NOTHING
        if "event" not in body:
            return await self._wished(read_interaction(body, me=self.me, rules=self.rules))
        meaning = read_event(body, me=self.me, rules=self.rules)
        if isinstance(meaning, Asked):
            await self._take(meaning)
        else:
            self._note(meaning)
        return NOTHING

    async def apologise(self, body: Body, error: SaseoError) -> None:
        """Says to whoever asked something why it was not taken in."""
        meaning = read_event(body, me=self.me, rules=self.rules) if "event" in body else None
        if not isinstance(meaning, Asked) or meaning.way == "follow_up" or not meaning.text:
            return
        locale = self.membership.first_locale(meaning)
        await self.service.replies.whisper(meaning, error.text(locale))

    async def accept(self, asked: Asked) -> bool:
        """Keeps a question and begins with it. False when it was accepted before."""
        if self.full():
            raise Unavailable("chat.busy")
        item = Accepted(asked.id, asked.place, asked.dump())
        fresh = await self.inbox.accept(item, holder=self.holder)
        if fresh:
            self.start(item)
        else:
            log.debug("accepted before: %s", asked.id)
        return fresh

    async def _take(self, asked: Asked) -> None:
        if asked.files and not asked.text:
            log.debug("no question: what becomes of its files is told by itself")
            return
        if not heeds(await self._settings(asked), way=asked.way, text=asked.text):
            log.debug("ignored: the people of the channel have decided so")
            return
        if asked.way in UNASKED and not self.unasked.allows(asked.channel):
            log.info("too many questions that nobody has asked the bot in %s", asked.channel)
            return
        in_thread = asked.thread != asked.ts
        if asked.way == "follow_up" and not (self.follow_up and await self._talked(asked, self.follow_up)):
            log.debug("ignored: for somebody else")
            return
        joins = asked.way == "mention" and in_thread and not await self._talked(asked, REMEMBERED)
        await self.accept(replace(asked, joins=joins))

    async def _settings(self, asked: Asked) -> ChannelSettings:
        return await self.settings(asked.channel_session)

    async def _talked(self, asked: Asked, time: timedelta) -> bool:
        return await self.inbox.talked(asked.place, since=self.clock() - time)

    async def _wished(self, meaning: Interaction) -> Reply:
        """What somebody does beside talking. Whoever asks with a command sees at once that it was heard."""
        if isinstance(meaning, Asked):
            if not (await self._settings(meaning)).enabled:
                self.spawn(self.service.silent(meaning))
                return NOTHING
            fresh = await self.accept(meaning)
            locale = self.membership.first_locale(meaning)
            return {"response_type": "ephemeral", "text": render("slack.looking", locale)} if fresh else NOTHING
        if isinstance(meaning, Ignored):
            log.debug("ignored: %s", meaning.reason)
        elif self.full():
            raise Unavailable("chat.busy")
        elif isinstance(meaning, Wanted):
            self.spawn(self.service.serve(meaning, await self._done_first(meaning)))
        elif isinstance(meaning, Decided):
            if faults := self.service.deciding.check(meaning):
                return faults
            self.spawn(self.service.deciding.decide(meaning))
        elif isinstance(meaning, Judged):
            self.spawn(self.service.thank(meaning))
        else:
            self.spawn(self.service.add(meaning))
        return NOTHING

    async def _done_first(self, wanted: Wanted) -> "asyncio.Task[Post] | None":
        """What somebody saw taken in is forgotten, also when the process dies right after."""
        return await kept_first(self.service.done(wanted)) if wanted.wish == "forget" else None

    def _note(self, meaning: Meaning) -> None:
        if isinstance(meaning, Ignored):
            log.debug("ignored: %s", meaning.reason)
        elif isinstance(meaning, Opened):
            if not self.full():
                self.spawn(self.service.open(meaning))
        elif isinstance(meaning, Changed):
            if meaning.channel:
                self.membership.forget_channel(meaning.channel)
            if meaning.user:
                self.membership.forget_person(meaning.user)
