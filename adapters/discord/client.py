"""The client of discord.py: asks for the least, and hands on everything that comes in, first thing."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import aiohttp
import discord
from discord.gateway import DiscordWebSocket, KeepAliveHandler

from adapters.calls import counting
from adapters.discord.changes import Change, change
from adapters.discord.families import family
from core.measuring import SILENT, Recorder

log = logging.getLogger(__name__)

LONGEST_LIMIT = 30.0
"""Seconds that a rate-limited request waits; it fails when it would have to wait longer."""
LEAVE_SECONDS = 3.0
MUST_BE_READ = frozenset({"READY", "RESUMED"})
"""Without these there is no connection; any other event that cannot be read is left out."""

Interaction = discord.Interaction[discord.Client]


class Reception(Protocol):
    """Takes in what the gateway brings. Discord shows a failure after 3 s, so each is called first thing."""

    async def setup(self, client: discord.Client) -> None:
        """Called once with every client, after it logged in and before it connects: registers the lasting views.

        There may be another client later, when the one before it is closed.
        """
        ...

    async def message(self, message: discord.Message) -> None:
        """Every message, also the bot's own, and after a gap those that mentioned it meanwhile, maybe again."""
        ...

    async def interaction(self, interaction: Interaction) -> None:
        """Every command, component and modal. Views that are registered hear of theirs from discord.py as well."""
        ...

    async def autocomplete(self, interaction: Interaction) -> None:
        """What somebody is typing into an option of a command."""
        ...

    async def noted(self, change: Change) -> None:
        """What was deleted, edited, left or opened to others."""
        ...


class Duties:
    """What is to be done around a connection, beside taking in; this one does nothing."""

    async def set_up(self, client: discord.Client) -> None:
        """After the login, before connecting."""

    async def ready(self, client: discord.Client) -> None:
        """After each new session, also when the one before it could not be resumed."""

    def identify(self) -> None:
        """Before a new session is asked for; what it raises ends the attempt."""

    def received(self, message: discord.Message) -> None:
        """After the reception has a message."""

    def lost(self) -> None:
        """After a connection was lost."""

    def resumed(self) -> None:
        """After Discord has sent again what was missed meanwhile."""

    def owns(self) -> bool:
        """Whether this process is the one that may act."""
        return True


class NotOwner(aiohttp.ClientError):
    """Another process has taken over, so nothing is sent any more."""


def intents(*, message_content: bool) -> discord.Intents:
    """The least: servers with their channels and roles, and messages."""
    asked = discord.Intents.none()
    asked.guilds = asked.guild_messages = asked.dm_messages = True
    asked.message_content = message_content
    return asked


def rest_client() -> discord.Client:
    """A client that logs in to look or to tell something, and never connects."""
    _no_voice()
    return discord.Client(intents=intents(message_content=False), max_ratelimit_timeout=LONGEST_LIMIT)


class Client(discord.Client):
    """One connection. Everything that comes in goes to the reception, as long as this process owns the gateway."""

    def __init__(
        self,
        reception: Reception,
        duties: Duties,
        *,
        message_content: bool,
        recorder: Recorder = SILENT,
        **options: Any,
    ) -> None:
        _no_voice()
        super().__init__(
            intents=intents(message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_LIMIT,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            http_trace=counting(recorder, "discord", family, trace=_fence(duties.owns)),
            **options,
        )
        self._reception = reception
        self._duties = duties
        self._guard_parsers()

    async def setup_hook(self) -> None:
        """Called by discord.py once, between login and connecting."""
        await self._reception.setup(self)
        await self._duties.set_up(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Called by discord.py before it asks for a new session."""
        self._duties.identify()
        await super().before_identify_hook(shard_id, initial=initial)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by discord.py with everything that it has read."""
        super().dispatch(event, *args, **kwargs)
        happened = change(event, *args)
        if happened is not None:
            super().dispatch("change", happened)

    async def on_ready(self) -> None:
        """A new session has begun."""
        await self._duties.ready(self)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote."""
        if self._duties.owns():
            await self._reception.message(message)
            self._duties.received(message)

    async def on_disconnect(self) -> None:
        """A connection was lost."""
        self.lost()

    def lost(self) -> None:
        """There is no connection; called as well where discord.py ends without saying so."""
        self._duties.lost()

    async def on_resumed(self) -> None:
        """A session goes on."""
        self._duties.resumed()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Somebody used a command, a button or a form, or is about to."""
        if not self._duties.owns():
            return
        if interaction.type is discord.InteractionType.autocomplete:
            await self._reception.autocomplete(interaction)
        else:
            await self._reception.interaction(interaction)

    async def on_change(self, happened: Change) -> None:
        """Something is not as it was."""
        if self._duties.owns():
            await self._reception.noted(happened)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Called by discord.py inside of an `except` when one of these failed."""
        log.exception("what Discord brought could not be taken in (%s)", event_method)  # noqa: LOG004

    async def leave(self) -> None:
        """Leaves the gateway and nothing else: requests still go out. Gives up what does not end in time."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._part()
                await asyncio.gather(*(socket.close(code=1000) for socket in self._sockets()))
        for task in self._beginning():
            task.cancel()

    async def close(self) -> None:
        """Leaves the gateway, and ends requests."""
        await self.leave()
        await super().close()

    async def _part(self) -> None:
        """Ends what watches over sockets."""

    def _sockets(self) -> list[DiscordWebSocket]:
        """All that are open: a connection that was given up half-way is known only to the thread that keeps it alive,
        and would go on for a minute."""
        keeping = [thread for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
        return [thread.ws for thread in keeping if thread.ws._connection is self._connection]  # noqa: SLF001

    def _beginning(self) -> "list[asyncio.Task[None]]":
        """What says some seconds after a session has begun that it did, even if it is over by then."""
        known = self._connection
        shards: dict[int, asyncio.Task[None]] = getattr(known, "_ready_tasks", {})
        return [task for task in (*shards.values(), known._ready_task) if task is not None]  # noqa: SLF001

    def _guard_parsers(self) -> None:
        """An event that discord.py cannot read would end the whole connection."""
        parsers = self._connection.parsers
        for event, parse in parsers.items():
            if event not in MUST_BE_READ:
                parsers[event] = partial(_read, event, parse)


class ShardedClient(Client, discord.AutoShardedClient):
    """Several connections at once, which Discord asks of bots in 2,500 servers and more."""

    async def on_ready(self) -> None:
        """A shard that begins a new session alone says so only as a shard; so that is what counts."""

    async def _part(self) -> None:
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def on_shard_ready(self, _: int) -> None:
        """A new session of one shard has begun."""
        await self._duties.ready(self)


def _no_voice() -> None:
    """There is none here, so nobody need be warned that a library for it is missing."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def _read(event: str, parse: Callable[[Any], None], data: Any) -> None:
    try:
        parse(data)
    except Exception as error:
        log.error("an event of Discord could not be read: %s (%s)", event, type(error).__name__)  # noqa: TRY400 - what it says may quote a message
        log.debug("why it could not be read", exc_info=error)


def _fence(owns: Callable[[], bool]) -> aiohttp.TraceConfig:
    """Lets no request out of a process that has lost the gateway to another one."""

    async def check(*_: object) -> None:
        if not owns():
            raise NotOwner

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(check)
    return trace
