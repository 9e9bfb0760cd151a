"""Which server's knowledge a direct message draws on: the only one in common, or the one its person has chosen."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp

from adapters.discord.inbound import DIRECT, Asked
from core.bounded import keep
from core.channels import Channels
from core.types import Session

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

SERVER = "discord_server"
"""The setting of a direct message that names its server."""
LOOKED_AT = 100
"""Servers that are asked whether somebody is a member."""
AT_ONCE = 5
LOOK_SECONDS = 10.0
KEPT_SECONDS = 300.0
PEOPLE_KEPT = 5000
Common = tuple[tuple[str, str], ...]
"""Servers, each with its id and name."""


class Homes:
    """The servers of people who write directly."""

    def __init__(
        self,
        client: "Callable[[], discord.Client | None]",
        channels: Channels,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._channels = channels
        self._clock = clock
        self._common: OrderedDict[str, tuple[float, Common]] = OrderedDict()
        self._waiting: OrderedDict[str, Asked] = OrderedDict()

    async def chosen(self, asked: Asked) -> str:
        """The server of a direct message; empty where it is to be chosen first, or where there is none."""
        kept = (await self._channels.get(_session(asked))).more.get(SERVER)
        if isinstance(kept, str) and kept:
            return kept
        common = await self.common(asked.user)
        return common[0][0] if len(common) == 1 else ""

    async def choose(self, asked: Asked, server: str) -> str | None:
        """Remembers a choice and returns the server's name; None where its person is no member there."""
        name = dict(await self.common(asked.user)).get(server)
        if name is not None:
            settings = await self._channels.get(_session(asked))
            await self._channels.put(_session(asked), replace(settings, more={**settings.more, SERVER: server}))
        return name

    async def common(self, user: str) -> Common:
        """The servers that somebody and the bot are both in."""
        kept = self._common.get(user)
        if kept is not None and self._clock() - kept[0] < KEPT_SECONDS:
            return kept[1]
        client = self._client()
        guilds = [] if client is None else [guild for guild in client.guilds if not guild.unavailable][:LOOKED_AT]
        room = asyncio.Semaphore(AT_ONCE)

        async def known(guild: "discord.Guild") -> bool:
            async with room:
                return await _is_member(guild, user)

        members = await asyncio.gather(*map(known, guilds))
        common = tuple((str(guild.id), guild.name) for guild, member in zip(guilds, members, strict=True) if member)
        keep(self._common, user, (self._clock(), common), most=PEOPLE_KEPT)
        return common

    def wait(self, asked: Asked) -> None:
        """Keeps a question until its person has chosen."""
        keep(self._waiting, asked.user, asked, most=PEOPLE_KEPT)

    def waited(self, user: str) -> Asked | None:
        """The question that somebody asked before choosing."""
        return self._waiting.pop(user, None)


async def _is_member(guild: "discord.Guild", user: str) -> bool:
    import discord

    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await guild.fetch_member(int(user))
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
        log.debug("taken for no member: %s", type(error).__name__)
        return False
    return True


def _session(asked: Asked) -> Session:
    return Session("discord", DIRECT, asked.channel)
