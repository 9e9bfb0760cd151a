"""Everything behind the connection to Discord: takes in, answers, and finishes what an earlier process has left."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import aiohttp

from adapters.answering import referred
from adapters.discord.answering import Answering, first_locale
from adapters.discord.around import Around
from adapters.discord.autocomplete import Autocomplete
from adapters.discord.directory import Directory
from adapters.discord.downloading import Downloads
from adapters.discord.following import Following
from adapters.discord.heeding import Heeding
from adapters.discord.homes import Homes
from adapters.discord.inbound import Asked, Rules
from adapters.discord.keeping import Keeping
from adapters.discord.messages import Messages
from adapters.discord.reception import Reception
from adapters.discord.service import Service
from adapters.discord.shelving import Shelving
from adapters.discord.standing import Standing
from adapters.discord.telling import Telling
from adapters.ending import finished, given_back, is_elsewhere
from adapters.forgetting import Forgetting
from adapters.learning import Learning
from adapters.refreshing import Refreshing
from adapters.refusals import ChannelBook
from adapters.sharing import is_offer
from adapters.taking_up import taking_up
from adapters.work import Work
from core.channels import SessionScope
from core.errors import Unavailable
from core.inbox import Accepted
from core.notices import NOTICE, is_notice
from core.saseo import Saseo
from core.types import now

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

PREFIX = "discord:"
DRAIN_SECONDS = 12.0
"""Less than the process grants all of its roles together."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Habits:
    """How people are answered."""

    session_scope: SessionScope = "channel"
    follow_up: timedelta = timedelta(hours=24)
    rules: Rules = field(default_factory=Rules)
    most_bytes: int = 50 * MEGABYTE
    """The largest file that is taken in."""
    api_url: str | None = None
    """Another address than Discord's own is one that files may be fetched from."""


class Desk:
    """Answers while it is entered. `reception` takes in what the gateway brings."""

    def __init__(
        self,
        saseo: Saseo,
        client: "Callable[[], discord.Client | None]",
        habits: Habits = Habits(),
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`client` gives the one that is logged in now, if there is one."""
        self._saseo = saseo
        self._client = client
        self._habits = habits
        self._clock = clock
        self._holder = f"discord-{secrets.token_hex(8)}"
        self._stack = AsyncExitStack()
        self._lasting: list[asyncio.Task[None]] = []
        self.drain_seconds = DRAIN_SECONDS

    async def __aenter__(self) -> Self:
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        saseo, habits, api = self._saseo, self._habits, Messages(self._client)
        directory = Directory(self._client, Homes(self._client, saseo.channels))
        self._answering = Answering(saseo, api, directory, self._clock, habits.session_scope)
        around = Around(self._client, directory)
        forgetting = Forgetting(saseo.knowledge, ChannelBook(saseo.channels, self._clock))
        self.work = Work(self._answered, platform="Discord", aside=_is_aside, recorder=saseo.recorder)
        self.standing = Standing(saseo, api, around)
        self._telling = Telling(saseo, api, around, self._clock)
        self._shelving = Shelving(
            saseo,
            api,
            around,
            Learning(forgetting),
            Downloads(api, session, habits.most_bytes, _hosts(habits.api_url)),
            self.standing,
            self._holder,
            self._clock,
            self.work.start,
            self.work.full,
        )
        saseo.noticing.delivers("discord")
        keeping = Keeping(saseo, around, forgetting.book, Refreshing(saseo), self._clock)
        self.reception = Reception(
            saseo.inbox,
            habits.rules,
            self._holder,
            habits.follow_up,
            self._clock,
            self.work.start,
            self.work.full,
            self.work.spawn,
            directory,
            Service(saseo, api, self._answering, keeping, self._accept),
            self._shelving,
            Following(saseo, around, forgetting),
            Autocomplete(saseo, directory),
            Heeding(saseo.channels),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes what is under way, and leaves the rest to the next process."""
        for task in self._lasting:
            task.cancel()
        await asyncio.gather(*self._lasting, return_exceptions=True)
        await self.work.drain(seconds=self.drain_seconds)
        await self._saseo.inbox.release(self._holder)
        await self._stack.aclose()

    def take_up(self) -> None:
        """Goes on with what an earlier process has left unfinished, and looks after what is known from then on. Later
        on: looks again, since something may have been missed."""
        if self._lasting:
            self.standing.soon.set()
            return
        inbox, holder = self._saseo.inbox, self._holder
        lasting = (taking_up(inbox, PREFIX, self._begin, aside=_is_aside, holder=holder), self.standing.run())
        self._lasting += map(asyncio.create_task, lasting)

    async def _begin(self, item: Accepted) -> "asyncio.Task[None]":
        return self.work.start(item)

    async def _accept(self, asked: Asked) -> bool:
        return await self.reception.accept(asked)

    async def _answered(self, item: Accepted) -> None:
        """A bug is told as a reference, and nothing is owed any more: the next start would meet it again."""
        if _is_aside(item):
            await self._apart(item)
            return
        asked = Asked.load(item.body)
        try:
            await self._answering.answer(item)
        except Unavailable as error:
            log.warning("an answer in Discord was given up: %s", error.code)
            if not is_elsewhere(error):
                await self._answering.say(asked, error.text(first_locale(asked)))
                await finished(self._saseo.inbox, item.id)
        except Exception as error:  # noqa: BLE001 - logged and said there
            await self._answering.say(asked, referred("answering in Discord failed", first_locale(asked), error=error))
            await finished(self._saseo.inbox, item.id)

    async def _apart(self, item: Accepted) -> None:
        """A notice, or something that was shared. A bug in it is logged, and it is not tried again."""
        try:
            if is_notice(item.body):
                await self._telling.tell(item)
            elif is_offer(item.body):
                await self._shelving.answer(item)
            else:
                await self._saseo.inbox.finish(item.id)
        except Unavailable as error:
            await given_back(self._saseo.inbox, item, error)
        except Exception:
            log.exception("%s failed", item.id)
            with suppress(Unavailable):
                await self._saseo.inbox.finish(item.id)


def _is_aside(item: Accepted) -> bool:
    """Whether it is no question."""
    return NOTICE in item.body or is_offer(item.body)


def _hosts(api_url: str | None) -> frozenset[str]:
    """Where else than with Discord files may lie: a server that stands for Discord keeps them itself."""
    return frozenset() if api_url is None else frozenset({urlsplit(api_url).netloc})
