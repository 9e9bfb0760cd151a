"""Compares what is known with what stands in Discord, for whatever happened while nobody was looking."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from adapters.discord.api import Declined, Unclear
from adapters.discord.around import Around
from adapters.discord.inbound import DIRECT, Asked
from adapters.discord.messages import UNKNOWN, Messages
from adapters.discord.offering import left_in
from adapters.sharing import Offer
from core.departure import forget_workspace
from core.errors import SaseoError
from core.saseo import Saseo
from core.shares import Share, within

log = logging.getLogger(__name__)

EVERY = 6 * 3600.0
"""Seconds between two comparisons."""
PAUSE = 0.5
"""Seconds between two looks: Discord grants fifty requests a second, and these can wait."""
PATIENCE = 60.0
ALL = "discord:"


@dataclass(slots=True)
class Standing:
    """Looks for one bot."""

    saseo: Saseo
    api: Messages
    around: Around
    pause: float = PAUSE
    every: float = EVERY
    soon: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something may have been missed."""

    async def run(self) -> None:
        """Compares now, whenever something may have been missed, and now and then, until it is cancelled."""
        while True:
            self.soon.clear()
            wait = self.every
            try:
                await self.compare()
            except (SaseoError, Declined, Unclear) as error:
                wait = PATIENCE
                log.warning("comparing with Discord goes on later: %s", error)
            except Exception:
                log.exception("comparing with Discord failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self.soon.wait()

    async def compare(self) -> None:
        """Forgets what is there no more. Raises Unavailable."""
        left: dict[str, None] = {}

        async def standing(shares: Sequence[Share]) -> Collection[Share]:
            guilds = self.around.guilds()
            if guilds is None:
                return shares
            here = [share for share in shares if share.session.workspace in (*guilds, DIRECT)]
            left.update(dict.fromkeys(one.session.workspace for one in shares if one not in here))
            return await self._messages(here)

        forgotten = await self.saseo.knowledge.reconcile(ALL, standing)
        if forgotten:
            log.info("forgot %d documents that are no longer in Discord", len(forgotten))
        for guild in left:
            await forget_workspace(self.saseo, "discord", guild)

    async def stands(self, offer: Offer, asked: Asked) -> bool:
        """Whether the message of an offer is still there, as far as Discord tells."""
        if not offer.message.isdigit():
            return True
        left = await self._left(asked.target, offer.message)
        return left is None or not offer.items or any(item.id in left for item in offer.items)

    async def _messages(self, shares: Sequence[Share]) -> Collection[Share]:
        """Those whose message still holds them; one look for each message."""
        standing: list[Share] = []
        for listed in _by_message(shares).values():
            first = listed[0]
            # What a command brought stands in no message.
            looked = first.message.isdigit()
            left = await self._left(first.session.channel, first.message) if looked else None
            standing += [share for share in listed if left is None or share.item in left]
            if looked:
                await asyncio.sleep(self.pause)
        return standing

    async def _left(self, channel: str, message: str) -> Collection[str] | None:
        """What a message holds; None where Discord does not tell."""
        try:
            heard = await self.api.look(channel, message)
        except Declined as error:
            return () if error.code in UNKNOWN else None
        except Unclear:
            return None
        return left_in(heard) if self.around.shows(heard, me=self.around.directory.me) else None


def _by_message(shares: Sequence[Share]) -> Mapping[str, list[Share]]:
    grouped: dict[str, list[Share]] = {}
    for share in shares:
        grouped.setdefault(within(share.session, message=share.message), []).append(share)
    return grouped
