"""Takes in what Discord brings: what is to be answered is kept and acknowledged, and then worked on."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.calling import UNASKED
from adapters.discord.acknowledging import acknowledge, reply
from adapters.discord.agreeing import agree
from adapters.discord.autocomplete import Autocomplete
from adapters.discord.directory import Directory
from adapters.discord.edits import Content, Contents, brought
from adapters.discord.following import Following
from adapters.discord.heard import Heard, hear
from adapters.discord.heeding import Heeding, turned_off
from adapters.discord.inbound import Asked, Ignored, Me, Rules, read_message
from adapters.discord.interactions import Judged, Wanted, read_interaction
from adapters.discord.offering import (
    agreed_offer,
    is_called,
    items_of,
    offer_of,
    place_of,
    wanted_offer,
    words_of,
)
from adapters.discord.places import is_private
from adapters.discord.service import Service
from adapters.discord.shelving import Shelving
from adapters.discord.views import reasons
from adapters.sharing import Offer
from adapters.work import kept_first
from core.errors import SaseoError, Unavailable
from core.inbox import Accepted, Inbox
from core.messages import render

if TYPE_CHECKING:
    import discord

    from adapters.discord.changes import Change

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=7)
"""So long after its last answer there, a thread is not read again."""
READ_FIRST = 60.0
"""Seconds that a question waits for the files that came with it."""


@dataclass(slots=True)
class Reception:
    """Takes in for one bot. `start` begins the work on what was accepted and returns at once."""

    inbox: Inbox
    rules: Rules
    holder: str
    follow_up: timedelta
    clock: Callable[[], datetime]
    start: Callable[[Accepted], object]
    full: Callable[[], bool]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    directory: Directory
    service: Service
    shelving: Shelving
    following: Following
    proposals: Autocomplete
    heeding: Heeding
    client: "discord.Client | None" = None
    me: Me = field(default=Me(""))
    contents: Contents = field(default_factory=Contents)

    async def setup(self, client: "discord.Client") -> None:
        """A client that has logged in. Buttons are known by their ids, so no view is registered."""
        user = client.user
        application = str(client.application_id or "")
        self.client = client
        self.me = Me(str(user.id) if user is not None else "", application)

    async def message(self, message: "discord.Message") -> None:
        """Keeps a message that asks something, and begins with it."""
        self.directory.saw(message.author)
        me, heard = self._me_in(message.guild), hear(message)
        meaning = read_message(heard, me=me, at=self.clock(), rules=self.rules)
        self.contents.note(heard.message, items_of(heard), called=is_called(meaning))
        offered, reading = await self._offered(heard, meaning, me)
        if isinstance(meaning, Ignored):
            log.debug("ignored: %s", meaning.reason)
            return
        if offered and not words_of(meaning.text):
            # All that there is to it is read.
            return
        try:
            if self.full():
                raise Unavailable("chat.busy")
            await self._take(meaning, reading)
        except SaseoError as error:
            log.warning("a question could not be taken in: %s", error.code)
            if meaning.way not in ("follow_up", *UNASKED):
                self.spawn(self.service.apologise(meaning, error))

    async def interaction(self, interaction: "discord.Interaction[Any]") -> None:
        """Acknowledges whatever somebody does with a command, a button or a dialogue, and begins with it."""
        self.directory.saw(interaction.user)
        meaning = read_interaction(interaction, me=self.me, at=self.clock(), rules=self.rules)
        locale = language_of(interaction)
        if isinstance(meaning, Ignored):
            log.debug("ignored: %s", meaning.reason)
            await reply(interaction, render("discord_desk.nothing", locale))
        elif self.full():
            await reply(interaction, render("chat.busy", locale))
        elif isinstance(meaning, Asked):
            if await self.heeding.commanded(meaning):
                await self._asked(interaction, meaning)
            else:
                await reply(interaction, turned_off(locale))
        elif isinstance(meaning, Judged):
            code = "discord_desk.thanks_good" if meaning.helpful else "discord_desk.thanks_bad"
            if await reply(interaction, render(code, locale)):
                self.spawn(self.service.judge(meaning))
        elif meaning.wish == "why":
            await reply(interaction, reasons(meaning.about, locale=locale))
        elif meaning.wish == "texts":
            await reply(interaction, await self.service.keeping.texts(meaning, locale=locale))
        elif meaning.wish in ("add", "learn", "agree"):
            await self._shared(interaction, meaning)
        else:
            await self._wanted(interaction, meaning)

    async def autocomplete(self, interaction: "discord.Interaction[Any]") -> None:
        """Proposes what fits to what is being typed."""
        meaning = read_interaction(interaction, me=self.me, at=self.clock(), rules=self.rules)
        if isinstance(meaning, Wanted):
            await self.proposals.propose(interaction, meaning)

    async def noted(self, change: "Change") -> None:
        """Forgets what is no longer there, however much there is to do, and takes in what an edit brings."""
        self.spawn(self.following.follow(change))
        if change.kind == "message_edited" and change.message is not None:
            self._edited(change.message)

    async def accept(self, asked: Asked) -> bool:
        """Keeps a question that is known already and begins with it. False when it was accepted before."""
        if not await self._keep(asked):
            return False
        self.start(_item(asked))
        return True

    def _edited(self, message: "discord.Message") -> None:
        """A preview of a link is a change as well, and tells of no other edit than the one before it."""
        me, heard = self._me_in(message.guild), hear(message)
        if not self.shelving.around.shows(heard, me=me.user):
            return
        meaning = read_message(heard, me=me, at=self.clock(), rules=self.rules)
        before = self.contents.note(heard.message, items_of(heard), called=is_called(meaning))
        place = place_of(heard, me=me, at=self.clock(), locale=self.shelving.around.locale(heard))
        edit = "" if message.edited_at is None else str(int(message.edited_at.timestamp() * 1000))
        offer = offer_of(heard, meaning, me=me, rules=self.rules, asked=place, edit=edit)
        if edit and offer is not None:
            self.spawn(self._brought(offer, before))

    async def _brought(self, offer: Offer, before: Content | None) -> None:
        try:
            known = frozenset() if before is not None else await self.shelving.known(offer)
            fresh = brought(offer, before, known=known)
            if fresh is not None:
                await self.shelving.accept(fresh)
        except SaseoError as error:
            log.warning("what an edit brought could not be taken in: %s", error.code)

    async def _offered(
        self, heard: Heard, meaning: Asked | Ignored, me: Me
    ) -> "tuple[bool, asyncio.Task[None] | None]":
        """Takes in what is shared in a message: whether somebody asked for that, and the work on it."""
        place = place_of(heard, me=me, at=self.clock(), locale=self.shelving.around.locale(heard))
        offer = offer_of(heard, meaning, me=me, rules=self.rules, asked=place)
        if offer is None:
            return False, None
        try:
            work = await self.shelving.accept(offer)
        except SaseoError as error:
            log.warning("what was shared could not be taken in: %s", error.code)
            return False, None
        return offer.asked, work if offer.asked else None

    async def _shared(self, interaction: "discord.Interaction[Any]", wanted: Wanted) -> None:
        """Takes in what somebody wants to be read, before it is acknowledged."""
        locale = language_of(interaction)
        agreed = wanted.wish == "agree"
        offer = agreed_offer(wanted.place) if agreed else wanted_offer(wanted)
        if offer is None:
            code = "nothing_to_add" if wanted.wish == "add" else "nothing_in_it"
            await reply(interaction, render(f"discord_desk.{code}", locale))
            return
        keeping = await kept_first(self.shelving.keep(offer))
        if not agreed and keeping.done() and keeping.exception() is None and keeping.result() is None:
            # A twin of this process has it.
            return
        standing = await (agree(interaction) if agreed else acknowledge(interaction, private=True))
        try:
            item = await keeping
        except SaseoError as error:
            log.warning("what is to be read could not be taken in: %s", error.code)
            self.spawn(self.service.apologise(wanted.place, error))
            return
        if item is None:
            return
        if standing is None:
            # Acknowledged by a process that shares the token and not the store: that one reads it.
            await self.inbox.finish(item.id)
            return
        if standing:
            name = f"{wanted.place.place}:{standing}"
            await self.inbox.posted(item.id, name)
            item = replace(item, messages=(name,))
        self.start(item)

    async def _take(self, asked: Asked, reading: "asyncio.Task[None] | None") -> None:
        if not await self.heeding.heeds(asked):
            return
        if asked.way == "follow_up" and not await self._talked(asked, self.follow_up):
            log.debug("ignored: for somebody else")
            return
        joins = asked.way in ("mention", "reply") and bool(asked.thread)
        asked = replace(asked, joins=joins and not await self._talked(asked, REMEMBERED))
        if reading is None:
            await self.accept(asked)
            return
        asked = replace(asked, attachments=())
        if await self._keep(asked):
            self.spawn(self._after(reading, asked))

    async def _after(self, reading: "asyncio.Task[None]", asked: Asked) -> None:
        """Begins with a question once what came with it is known, or takes too long to read."""
        await asyncio.wait({reading}, timeout=READ_FIRST)
        self.start(_item(asked))

    async def _asked(self, interaction: "discord.Interaction[Any]", asked: Asked) -> None:
        keeping = await kept_first(self._keep(asked))
        if keeping.done() and keeping.exception() is None and not keeping.result():
            # A twin of this process has it: answering is its matter, and so is acknowledging.
            return
        in_time = keeping.done()
        standing = await acknowledge(interaction, private=is_private(asked))
        try:
            if not await keeping:
                return
            if standing is None and in_time:
                # Acknowledged by a process that shares the token and not the store: that one answers.
                await self.inbox.finish(asked.id)
                return
            item = _item(asked)
            if standing:
                name = f"{asked.place}:{standing}"
                await self.inbox.posted(asked.id, name)
                item = replace(item, messages=(name,))
        except SaseoError as error:
            log.warning("a question could not be taken in: %s", error.code)
            self.spawn(self.service.apologise(asked, error))
        else:
            self.start(item)

    async def _wanted(self, interaction: "discord.Interaction[Any]", wanted: Wanted) -> None:
        doing = None
        if wanted.wish == "forget":
            # What somebody saw taken in is forgotten, also when the process dies right after.
            doing = await kept_first(self.service.done(wanted))
        # Of twins with one token, the one whose acknowledgement arrives goes on.
        if await acknowledge(interaction, private=True) is not None:
            self.spawn(self.service.serve(wanted, doing))

    async def _keep(self, asked: Asked) -> bool:
        item = _item(asked)
        return await self.inbox.accept(item, holder=self.holder)

    async def _talked(self, asked: Asked, time: timedelta) -> bool:
        return bool(time) and await self.inbox.talked(asked.place, since=self.clock() - time)

    def _me_in(self, guild: "discord.Guild | None") -> Me:
        """Who the bot is in a server, with the role that is its own there."""
        role = guild.self_role if guild is not None else None
        return self.me if role is None else replace(self.me, roles=frozenset({str(role.id)}))


def language_of(interaction: "discord.Interaction[Any]") -> str:
    """The language of our own texts for whoever does something."""
    return "ko" if interaction.locale.value.startswith("ko") else "en"


def _item(asked: Asked) -> Accepted:
    return Accepted(asked.id, asked.place, asked.dump())
