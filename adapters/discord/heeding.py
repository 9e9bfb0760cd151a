"""Whether something is answered in a channel of Discord, by what its people decided."""

import asyncio
import logging
from dataclasses import dataclass, field

from adapters.calling import UNASKED, UNASKED_A_MINUTE, heeds
from adapters.discord.inbound import Asked
from adapters.work import Bound
from core.errors import Unavailable
from core.messages import render
from core.remembered_channels import RememberedChannels

log = logging.getLogger(__name__)

LOOKED_FIRST = 0.5
"""Seconds that an acknowledgement waits to learn whether the bot is turned off there."""


@dataclass(frozen=True, slots=True)
class Heeding:
    """Knows what the channels decided."""

    channels: RememberedChannels
    unasked: Bound = field(default_factory=lambda: Bound(UNASKED_A_MINUTE))

    async def heeds(self, asked: Asked) -> bool:
        """Whether a message is answered. Raises Unavailable."""
        settings = await self.channels.lately(asked.session())
        if not heeds(settings, way=asked.way, text=asked.text):
            log.debug("ignored: the people of the channel have decided so")
            return False
        if asked.way in UNASKED and not self.unasked.allows(asked.place):
            log.info("too many questions that nobody has asked the bot in %s", asked.place)
            return False
        return True

    async def commanded(self, asked: Asked) -> bool:
        """Whether a command is answered; where it takes too long to know, it is."""
        try:
            async with asyncio.timeout(LOOKED_FIRST):
                return (await self.channels.lately(asked.session())).enabled
        except (Unavailable, TimeoutError):
            return True


def turned_off(locale: str) -> str:
    """Says to whoever uses a command that nothing is answered there, and how that is changed."""
    return render("channels.off", locale, command=f"/{render('discord.name_settings', locale)}")
