"""Reactions under a message: that it is being read, and that it is known. None of them matters when it fails."""

import asyncio
import logging
from dataclasses import dataclass

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked
from adapters.slack.mailbox import NEVER
from core.errors import SaseoError

log = logging.getLogger(__name__)

READING = "eyes"
KNOWN = "white_check_mark"
SECONDS = 5.0


@dataclass(slots=True)
class Reactions:
    """Reacts for one workspace, as long as that may be of use."""

    api: Api
    possible: bool = True

    async def begin(self, asked: Asked) -> None:
        """It is being read."""
        await self._try("reactions.add", asked, READING)

    async def end(self, asked: Asked, *, known: bool) -> None:
        """It was read."""
        if known:
            await self._try("reactions.add", asked, KNOWN)
        await self._try("reactions.remove", asked, READING)

    async def _try(self, method: str, asked: Asked, name: str) -> None:
        if not self.possible:
            return
        try:
            async with asyncio.timeout(SECONDS):
                await self.api.call(method, patience=2.0, channel=asked.channel, timestamp=asked.ts, name=name)
        except Declined as error:
            self.possible = error.error not in NEVER
            log.debug("no reaction: %s", error)
        except (Unclear, SaseoError, TimeoutError) as error:
            log.debug("no reaction: %s", error)
