"""Who will see an answer, kept right by events. Where Slack does not tell, outsiders are taken to be there."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.directory import KEPT_SECONDS, Channel, Directory
from adapters.slack.inbound import Asked, Me
from core.audience import Place
from core.types import Language, Session
from core.words import language

log = logging.getLogger(__name__)

CHANNELS_KEPT = 5_000
MEMBERS_KNOWN = 20_000
"""A channel with more members is taken to have outsiders."""
LOOK_SECONDS = 20.0
"""How long an answer waits to learn who sees it."""


class Membership:
    """What is known of the readers in one workspace."""

    def __init__(self, api: Api, me: Me, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._me = me
        self._clock = clock
        self._directory = Directory(api, me.team, clock=clock)
        self._outsiders: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    async def place(self, asked: Asked) -> Place:
        """Where the answer to a question will be seen."""
        channel = asked.channel_session
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._looked(asked, channel)
        except (Declined, Unclear, TimeoutError) as error:
            log.warning("not knowing who reads along, only the channel's own documents are used: %s", error)
            return Place(channel, "direct" if asked.kind in ("im", "mpim") else "private")

    async def _looked(self, asked: Asked, channel: Session) -> Place:
        if asked.kind == "im":
            return Place(channel, "direct", outsiders=asked.shared or await self._is_outsider(asked.user))
        seen = await self._directory.channel(asked.channel)
        if asked.way == "private":
            # Only the asker sees it, so the others in the channel do not matter.
            return Place(channel, seen.kind, outsiders=await self._is_outsider(asked.user))
        if asked.shared or await self._has_outsiders(asked.channel, seen):
            return Place(channel, seen.kind)
        # A bot that may ask is no reader; its channel's members are.
        return Place(channel, seen.kind, outsiders=bool(asked.user) and await self._is_outsider(asked.user))

    async def locale(self, user: str) -> Language:
        """The language that somebody has chosen in Slack, as far as there are texts in it."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return (await self._directory.person(user)).locale
        except (Declined, Unclear, TimeoutError):
            return "en"

    def known_locale(self, user: str) -> Language | None:
        """The same without asking Slack; None where that is needed."""
        known = self._directory.known(user)
        return known.locale if known is not None else None

    def first_locale(self, asked: Asked) -> Language:
        """The language of the first sign, which waits for nothing: the asker's where it is known already."""
        return self.known_locale(asked.user) or ("ko" if language(asked.text) == "ko" else "en")

    def forget_channel(self, channel: str) -> None:
        """Who is there has changed."""
        self._outsiders.pop(channel, None)
        self._directory.forget_channel(channel)

    def forget_person(self, user: str) -> None:
        """Who somebody is has changed, and with that what the channels know of them."""
        self._directory.forget_person(user)
        self._outsiders.clear()

    async def _has_outsiders(self, channel: str, seen: Channel) -> bool:
        if seen.shared:
            return True
        if not await self._directory.has_outsiders():
            return False
        kept = self._outsiders.get(channel)
        if kept is not None and self._clock() - kept[0] < KEPT_SECONDS:
            return kept[1]
        asked_at = self._clock()
        found = await self._any_outsider(channel)
        self._outsiders[channel] = (asked_at, found)
        if len(self._outsiders) > CHANNELS_KEPT:
            self._outsiders.popitem(last=False)
        return found

    async def _any_outsider(self, channel: str) -> bool:
        """Whether one of the members is no full member of the workspace."""
        try:
            return await self._one_outside(channel)
        except Declined as error:
            if not error.unknown:
                raise
            # Slack itself always lists members. A server that has no such list knows no guests either.
            return False

    async def _one_outside(self, channel: str) -> bool:
        count = 0
        async for name in self._directory.pages("conversations.members", "members", channel=channel):
            count += 1
            if count > MEMBERS_KNOWN:
                return True
            if name != self._me.user and (await self._directory.person(str(name))).outsider:
                return True
        return False

    async def _is_outsider(self, user: str) -> bool:
        return not user or (await self._directory.person(user)).outsider
