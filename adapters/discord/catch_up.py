"""Catching up: mentions, direct messages, files and links that came while there was no connection, within bounds."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord.utils import time_snowflake

from adapters.discord.notes import Note
from adapters.discord.offering import links
from core.bounded import keep
from core.types import now

log = logging.getLogger(__name__)

FURTHEST = timedelta(hours=24)
OVERLAP = timedelta(seconds=10)
"""Ids do not arrive quite in their order. What is read twice is accepted once."""
TAKEN_OVER = timedelta(seconds=90)
"""So long the gateway may have been without an owner before this process took it over."""
MOST_CHANNELS = 50
MOST_IN_A_CHANNEL = 200
MOST_MESSAGES = 100
"""Of those that speak to the bot, and as many that only share something."""
PAUSE_SECONDS = 0.25
"""Between two channels."""
NOTE_SECONDS = 10.0
DIRECTS_KEPT = 50
SEEN_NOTE = "discord-seen.json"
"""Where it is kept how far messages were received."""
SEEN, DIRECTS, FIRST = "seen", "directs", "first"

Room = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Place = Room | discord.PartialMessageable


class CatchUp:
    """Knows up to which message everything was received, and reads on from there when a session is lost."""

    def __init__(
        self,
        note: Note,
        receive: Callable[[discord.Message], Awaitable[None]],
        *,
        clock: Callable[[], datetime] = now,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._note = note
        self._receive = receive
        self._clock = clock
        self._pause = pause
        self._seen = 0
        """The id of the last message."""
        self._first = 0
        """What is older than this came before the very first start, and is left alone."""
        self._directs: OrderedDict[int, None] = OrderedDict()
        self._connected = False
        self._gap = True
        """Whether there may be something before the next message that was neither received nor read."""
        self._noted: dict[str, Any] = {}
        self._begun = asyncio.Event()
        self._client: discord.Client | None = None

    async def open(self, *, taken_over: bool) -> None:
        """Finds out where the last process stopped; one that was only just replaced left nothing behind here."""
        self._noted = await self._note.read()
        seen, directs, first = (self._noted.get(name) for name in (SEEN, DIRECTS, FIRST))
        self._seen = seen if isinstance(seen, int) else 0
        self._first = first if isinstance(first, int) else 0
        self._directs = OrderedDict.fromkeys(one for one in directs or [] if isinstance(one, int))
        if taken_over:
            self._seen = max(self._seen, time_snowflake(self._clock() - TAKEN_OVER))
        if not self._seen:
            # One less: what comes in this very millisecond comes after.
            self._seen = self._first = time_snowflake(self._clock()) - 1
            # Also a process that ends before it has a session is one that things came after.
            await self._save()

    def received(self, message: discord.Message) -> None:
        """A message was taken in."""
        if message.guild is None:
            keep(self._directs, message.channel.id, None, most=DIRECTS_KEPT)
        if self._connected and not self._gap:
            self._seen = max(self._seen, message.id)

    def lost(self) -> None:
        """There is no connection: what is received next may not be what came next."""
        self._connected = False

    def resumed(self) -> None:
        """Discord has sent again whatever was missed."""
        self._connected = True

    def begun(self, client: discord.Client) -> None:
        """A new session has begun: whatever came before it is to be read."""
        self._client = client
        self._connected = self._gap = True
        self._begun.set()

    async def run(self) -> None:
        """Reads what was missed whenever a session has begun, and writes down how far it got."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._begun.wait(), NOTE_SECONDS)
                if self._begun.is_set() and self._client is not None:
                    self._begun.clear()
                    await self._caught_up(self._client)
                await self._save()
        finally:
            await self._save()

    async def _caught_up(self, client: discord.Client) -> None:
        try:
            await self.ready(client)
        except Exception:
            # What is not marked as received is read again with the next session.
            log.exception("catching up in Discord failed")

    async def _save(self) -> None:
        """Writes down how far it got."""
        present = {SEEN: self._seen, DIRECTS: list(self._directs), FIRST: self._first}
        if present == self._noted:
            return
        try:
            await self._note.write(present)
        except OSError as error:
            log.warning("what was seen in Discord could not be noted: %s", error.strerror)
        else:
            self._noted = present

    async def ready(self, client: discord.Client) -> None:
        """Takes in what came since the last message; from then on everything is received."""
        furthest = time_snowflake(self._clock() - FURTHEST)
        await self._read(client, max(_before(self._seen, OVERLAP), furthest, self._first))
        self._gap = self._begun.is_set()

    async def _read(self, client: discord.Client, after: int) -> None:
        room = {True: MOST_MESSAGES, False: MOST_MESSAGES}
        async for place in self._places(client, after):
            for message in await self._missed(client, place, after):
                speaks = client.user is not None and _speaks_to(message, client.user)
                if room[speaks] > 0:
                    room[speaks] -= 1
                    log.info("catching up with message %d", message.id)
                    await self._receive(message)
            if room[True] <= 0:
                log.warning("more was missed in Discord than is caught up with")
                return
            await asyncio.sleep(self._pause)

    async def _places(self, client: discord.Client, after: int) -> AsyncIterator[Place]:
        for number, place in enumerate(sorted(_changed(client, after), key=_latest, reverse=True)):
            if number == MOST_CHANNELS:
                log.warning("messages came in more channels of Discord than are caught up with")
                break
            yield place
        for channel_id in reversed(list(self._directs)):
            # Nothing but its id is needed to read it.
            yield client.get_partial_messageable(channel_id, type=discord.ChannelType.private)

    async def _missed(self, client: discord.Client, place: Place, after: int) -> list[discord.Message]:
        """What is for the bot there and has no answer yet, oldest first."""
        try:
            history = place.history(after=discord.Object(after), limit=MOST_IN_A_CHANNEL, oldest_first=True)
            messages = [message async for message in history]
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("what came in the channel %d could not be read (%s)", place.id, type(error).__name__)
            return []
        me = client.user
        if me is None:
            return []
        answered = {message.reference.message_id for message in messages if message.author == me and message.reference}
        return [message for message in messages if message.id not in answered and _addressed(message, me)]


def _changed(client: discord.Client, after: int) -> Iterator[Room]:
    """Channels and threads in which somebody wrote since then, as far as the bot may read them."""
    for guild in client.guilds:
        rooms: list[Room] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
        for place in rooms:
            if (place.last_message_id is None or place.last_message_id > after) and _readable(place, guild):
                yield place


def _readable(place: Room, guild: discord.Guild) -> bool:
    # discord.py declares `me` as always there; it is not where Discord did not send it.
    me: discord.Member | None = guild.me
    if me is None:
        return True
    may = place.permissions_for(me)
    return may.view_channel and may.read_message_history


def _latest(place: Room) -> int:
    return place.last_message_id or 0


def _addressed(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether it is for the bot: it speaks to it, or it shares something."""
    if message.author.bot:
        return False
    return _speaks_to(message, me) or bool(message.attachments) or any(links(message.content))


def _speaks_to(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether it is told directly, or with a mention of the bot or of its own role."""
    if message.guild is None or me in message.mentions:
        return True
    return any(role.tags is not None and role.tags.bot_id == me.id for role in message.role_mentions)


def _before(message_id: int, time: timedelta) -> int:
    return time_snowflake(discord.utils.snowflake_time(message_id) - time)
