"""Settings of channels at hand: a look at them costs nothing while they are fresh, and changes come one by one."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from core.bounded import keep
from core.channels import ChannelPage, Channels, ChannelSettings, channel_of
from core.errors import Unavailable
from core.locks import Locks
from core.types import Session

log = logging.getLogger(__name__)

SECONDS = 5.0
"""So old settings may be at most that another process has changed."""
KEPT = 5000
"""Channels: a few kilobytes each at most."""


class RememberedChannels:
    """`Channels` that remember what they read. What is changed here is seen at once."""

    def __init__(
        self,
        channels: Channels,
        *,
        seconds: float = SECONDS,
        kept: int = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channels = channels
        self._seconds = seconds
        self._kept = kept
        self._clock = clock
        self._read: OrderedDict[Session, tuple[float, ChannelSettings]] = OrderedDict()
        self._noted: OrderedDict[Session, None] = OrderedDict()
        self._changes = 0
        self._locks = Locks(waiting=10_000)

    async def lately(self, session: Session) -> ChannelSettings:
        """The settings of a channel as they are now or were some seconds ago. Raises Unavailable."""
        place = channel_of(session)
        known = self._read.get(place)
        if known is not None and self._clock() - known[0] < self._seconds:
            self._read.move_to_end(place)
            return known[1]
        return await self.get(place)

    async def get(self, session: Session) -> ChannelSettings:
        """The settings of a channel as they are now."""
        place, changes, moment = channel_of(session), self._changes, self._clock()
        settings = await self._channels.get(place)
        if changes == self._changes:
            # Unless something was changed while they were read.
            keep(self._read, place, (moment, settings), most=self._kept)
        return settings

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces the settings of a channel."""
        place = channel_of(session)
        try:
            await self._channels.put(place, settings)
        finally:
            self._changes += 1
            self._read.pop(place, None)

    async def change(
        self, session: Session, change: Callable[[ChannelSettings], ChannelSettings]
    ) -> tuple[ChannelSettings, ChannelSettings]:
        """Replaces the settings of a channel by what `change` makes of them, and returns those before and after."""
        place = channel_of(session)
        async with self._locks.hold(str(place)):
            before = await self.get(place)
            after = change(before)
            if after != before:
                await self.put(place, after)
            return before, after

    async def note(self, session: Session) -> None:
        """The channel is known from now on. Where that cannot be kept it is noted another time."""
        place = channel_of(session)
        if place in self._noted:
            self._noted.move_to_end(place)
            return
        try:
            await self._channels.note(place)
        except Unavailable as error:
            log.warning("a channel could not be noted: %s", error.code)
            return
        keep(self._noted, place, None, most=self._kept)

    async def page(self, *, within: str = "", after: str | None = None, limit: int = 50) -> ChannelPage:
        """The channels that are known."""
        return await self._channels.page(within=within, after=after, limit=limit)

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace."""
        try:
            await self._channels.erase(prefix)
        finally:
            self._changes += 1
            self._read.clear()
            self._noted.clear()
