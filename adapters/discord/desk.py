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

from adapters.discord.answering import Answering, first_locale
from adapters.discord.api import Api
from adapters.discord.autocomplete import Autocomplete
from adapters.discord.directory import Directory
from adapters.discord.downloading import Downloads
from adapters.discord.following import Following
from adapters.discord.homes import Homes
from adapters.discord.inbound import Asked, Rules, SessionScope
from adapters.discord.reception import Reception
from adapters.discord.service import Service
from adapters.work import Work
from core.errors import Unavailable
from core.inbox import Accepted
from core.messages import render
from core.notices import NOTICE
from core.saseo import Saseo
from core.types import now

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

PREFIX = "discord:"
DRAIN_SECONDS = 12.0
"""Less than the process grants all of its roles together."""
TAKEN_AT_ONCE = 4
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
        self.drain_seconds = DRAIN_SECONDS

    async def __aenter__(self) -> Self:
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        saseo, habits, api = self._saseo, self._habits, Api(self._client)
        directory = Directory(self._client, Homes(self._client, saseo.channels))
        self._answering = Answering(saseo, api, directory, self._clock, habits.session_scope)
        self.work = Work(self._answered, platform="Discord")
        downloads = Downloads(saseo, api, session, habits.most_bytes, _hosts(habits.api_url))
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
            Service(saseo, api, self._answering, downloads, self._accept),
            Following(saseo, directory),
            Autocomplete(saseo, directory),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes what is under way, and leaves the rest to the next process."""
        await self.work.drain(seconds=self.drain_seconds)
        await self._saseo.inbox.release(self._holder)
        await self._stack.aclose()

    def take_up(self) -> None:
        """Goes on with what an earlier process has left unfinished."""
        self.work.spawn(self._take_up())

    async def _take_up(self) -> None:
        """The oldest first and a few at a time: should the process die again and again, some are finished each
        time."""
        pending: set[asyncio.Task[None]] = set()
        while True:
            room = TAKEN_AT_ONCE - len(pending)
            for item in await self._saseo.inbox.take(PREFIX, holder=self._holder, limit=room):
                log.info("taking up %s again (attempt %d)", item.id, item.attempt)
                pending.add(self.work.start(item))
            if not pending:
                return
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)

    async def _accept(self, asked: Asked) -> bool:
        return await self.reception.accept(asked)

    async def _answered(self, item: Accepted) -> None:
        """A bug is told as a reference, and nothing is owed any more: the next start would meet it again."""
        if NOTICE in item.body:
            await self._saseo.inbox.finish(item.id)
            return
        asked = Asked.load(item.body)
        try:
            await self._answering.answer(item)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("answering in Discord failed (reference %s)", reference)
            await self._answering.say(asked, render("chat.bug", first_locale(asked), reference=reference))
            with suppress(Unavailable):
                await self._saseo.inbox.finish(item.id)


def _hosts(api_url: str | None) -> frozenset[str]:
    """Where else than with Discord files may lie: a server that stands for Discord keeps them itself."""
    return frozenset() if api_url is None else frozenset({urlsplit(api_url).netloc})
