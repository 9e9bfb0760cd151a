"""Reactions below a message: that it is being read, and that it is known. None of them matters when it fails."""

import logging
from dataclasses import dataclass

from adapters.discord.api import Declined, Unclear
from adapters.discord.inbound import Asked
from adapters.discord.messages import Messages

log = logging.getLogger(__name__)

READING, KNOWN = "👀", "✅"


@dataclass(frozen=True, slots=True)
class Reactions:
    """Reacts to messages. What a command brings has none."""

    api: Messages

    async def begin(self, asked: Asked, message: str) -> None:
        """It is being read."""
        if message.isdigit():
            await self._try(asked, message, READING)

    async def end(self, asked: Asked, message: str, *, known: bool) -> None:
        """It was read."""
        if not message.isdigit():
            return
        if known:
            await self._try(asked, message, KNOWN)
        try:
            await self.api.unreact(asked.target, message, READING)
        except (Declined, Unclear) as error:
            log.debug("a reaction stays: %s", error)

    async def _try(self, asked: Asked, message: str, emoji: str) -> None:
        try:
            await self.api.react(asked.target, message, emoji)
        except (Declined, Unclear) as error:
            log.debug("no reaction: %s", error)
