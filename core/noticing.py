"""Decides whether the bot may say something by itself, and leaves it in the inbox for whoever delivers it."""

import asyncio
import logging

from core.channels import Channels, channel_of
from core.inbox import Inbox
from core.notices import Notice
from core.ports import Catalogue, Claims
from core.types import Audience, Session

log = logging.getLogger(__name__)

A_DAY = 5
"""Notices in one channel."""
DAY = 86_400.0


class Noticing:
    """Notices, few and never twice: only on platforms that deliver them, and where the channel wants them."""

    def __init__(
        self, *, inbox: Inbox, channels: Channels, claims: Claims, catalogue: Catalogue, a_day: int = A_DAY
    ) -> None:
        self._inbox = inbox
        self._channels = channels
        self._claims = claims
        self._catalogue = catalogue
        self._platforms: set[str] = set()
        self.ready = asyncio.Event()
        """Set once it is known who delivers."""
        self._a_day = a_day

    def delivers(self, platform: str) -> None:
        """Notices of this platform are delivered from now on; those of others are not left at all. Say so before
        anything runs, or the first changes after a start are told to nobody."""
        self._platforms.add(platform)
        self.ready.set()

    def nobody(self) -> None:
        """Nobody delivers anything from here: what changes is still looked at, so that it is known which answers may
        no longer hold."""
        self.ready.set()

    async def wanted(self, session: Session) -> bool:
        """Whether the people of this channel are to be told anything."""
        if session.platform not in self._platforms:
            return False
        settings = await self._channels.get(session)
        return settings.enabled and settings.notices

    async def stands(self, notice: Notice, audience: Audience) -> bool:
        """Whether a notice may be told to these readers now: everything that it shows something of is still there and
        theirs to read, and its channel still wants notices. Much may have changed since it was left."""
        found = [await self._catalogue.find(document_id) for document_id in sorted(notice.documents)]
        readable = all(document is not None and document.scope in audience for document in found)
        return readable and await self.wanted(notice.session)

    async def put(self, notice: Notice) -> bool:
        """Leaves a notice to be delivered, unless it was left before. False when it is not wanted, or is one too many
        today."""
        if not await self.wanted(notice.session):
            return False
        slot = await self._slot(notice.session)
        if slot is None:
            log.info("too many notices in one channel today, leaving out %s", notice.id)
            return False
        if not await self._inbox.accept(notice.item(), holder=""):
            await self._claims.release(slot)
        return True

    async def _slot(self, session: Session) -> str | None:
        """One of the day's places for notices in a channel."""
        for number in range(self._a_day):
            slot = f"notice:{channel_of(session)}:{number}"
            if await self._claims.claim(slot, seconds=DAY):
                return slot
        return None
