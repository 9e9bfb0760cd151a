"""Who reads along: what discord.py knows of the servers, made ready for the question who may read what."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp

from adapters.discord.audience import audience, shelf
from adapters.discord.homes import Homes
from adapters.discord.inbound import Asked
from adapters.discord.permissions import Readers, Server
from adapters.discord.snapshot import roles_of, server_of
from core.bounded import keep
from core.types import Audience, Scope

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

ROLES_SECONDS = 60.0
"""So long the roles of somebody are believed."""
LOOKED_SECONDS = 2.0
"""So long a look at a server is believed; a change that decides who reads what ends it at once."""
PEOPLE_KEPT = 10_000
SERVERS_KEPT = 1000
FETCH_SECONDS = 10.0
LARGE = 50
"""A server with more channels is compared in a thread, so that nothing waits for it."""


class Directory:
    """What is known of the servers. What is not known is denied."""

    def __init__(
        self,
        client: "Callable[[], discord.Client | None]",
        homes: Homes,
        *,
        clock: Callable[[], float] = time.monotonic,
        roles_seconds: float = ROLES_SECONDS,
    ) -> None:
        self._client = client
        self._clock = clock
        self._readers: OrderedDict[str, tuple[float, Readers]] = OrderedDict()
        self._roles: OrderedDict[tuple[str, str], tuple[float, frozenset[str]]] = OrderedDict()
        self.homes = homes
        self.roles_seconds = roles_seconds

    @property
    def me(self) -> str:
        """The bot's own id; empty before it has logged in."""
        client = self._client()
        return str(client.user.id) if client is not None and client.user is not None else ""

    def saw(self, person: "discord.User | discord.Member") -> None:
        """Somebody, with their roles as Discord has just sent them."""
        import discord

        if isinstance(person, discord.Member):
            self._keep(str(person.guild.id), str(person.id), roles_of(person))

    def changed(self, guild: str) -> None:
        """Who may read what there has changed."""
        kept = self._readers.get(guild)
        if kept is not None:
            self._readers[guild] = (-LOOKED_SECONDS, kept[1])

    async def audience(self, asked: Asked) -> Audience:
        """What everybody may read who will see the answer."""
        if asked.outside:
            return audience(asked, None)
        server = await self.homes.chosen(asked) if asked.direct else asked.guild
        readers = await self._of(server)
        alone = asked.direct or asked.way == "private"
        roles = await self.roles(server, asked.user) if alone and readers is not None else None
        if readers is not None and len(readers.server.channels) > LARGE:
            return await asyncio.to_thread(audience, asked, readers, roles=roles)
        return audience(asked, readers, roles=roles)

    async def shelf(self, asked: Asked) -> Scope:
        """The scope of what is shared where this was asked."""
        return shelf(asked, None if asked.direct else await self._of(asked.guild))

    async def own(self, asked: Asked) -> Scope | None:
        """The same scope for whoever asked; None where they see a channel and may not read what was said in it."""
        own = await self.shelf(asked)
        readable = await self.audience(replace(asked, way="private"))
        return own if own in readable else None

    async def readers(self, server: str) -> Readers | None:
        """Who may read what in a server; None where it is not known."""
        return await self._of(server)

    async def roles(self, server: str, user: str) -> frozenset[str] | None:
        """The roles of a member; None where somebody is none, or where Discord does not tell."""
        kept = self._roles.get((server, user))
        if kept is not None and self._clock() - kept[0] < self.roles_seconds:
            return kept[1]
        guild = self._guild(server)
        if guild is None:
            return None
        import discord

        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return self._keep(server, user, roles_of(await guild.fetch_member(int(user))))
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            log.info("not knowing what somebody may read, nothing is used: %s", type(error).__name__)
            return None

    def _guild(self, server: str) -> "discord.Guild | None":
        """A server that the bot is in and knows by now."""
        client = self._client()
        found = client.get_guild(int(server)) if client is not None and server.isdigit() else None
        return None if found is None or found.unavailable else found

    async def _of(self, server: str) -> Readers | None:
        guild = self._guild(server)
        if guild is None:
            return None
        kept = self._readers.get(server)
        if kept is not None and self._clock() - kept[0] < LOOKED_SECONDS:
            return kept[1]
        present = server_of(guild)
        # What was compared before holds as long as nothing is different.
        readers = kept[1] if kept is not None and kept[1].server == present else await _compared(present)
        keep(self._readers, server, (self._clock(), readers), most=SERVERS_KEPT)
        return readers

    def _keep(self, server: str, user: str, roles: frozenset[str]) -> frozenset[str]:
        keep(self._roles, (server, user), (self._clock(), roles), most=PEOPLE_KEPT)
        return roles


async def _compared(server: Server) -> Readers:
    return await asyncio.to_thread(Readers, server) if len(server.channels) > LARGE else Readers(server)
