"""Shows an answer while it is being written: typing, a message that grows, and the whole in the end."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from adapters.discord.api import Declined, Unclear
from adapters.discord.mailbox import Mailbox
from adapters.discord.outbound import Post, growing
from adapters.work import Bound
from core.errors import SaseoError

log = logging.getLogger(__name__)

AT_FIRST = 0.25
"""Seconds until the first text is shown: an answer that is whole by then needs one edit less."""
EVERY = 1.2
"""Seconds between two edits of a message."""
TYPING = 8.0
"""Discord shows typing for ten seconds."""
TYPISTS, TURN = 40, 1.0
"""So many each second, of the fifty requests that Discord grants a bot; the others are for what is to be read."""
EDITS, EDITS_SECONDS = 4, 4.8
"""Discord grants a channel five changes in five seconds: so many for growth, the others for the ends of answers."""


class Pace:
    """How often things change for the sake of a sign alone, in all answers together."""

    def __init__(self) -> None:
        self._edits = Bound(EDITS, seconds=EDITS_SECONDS)
        self._typing = Bound(TYPISTS, seconds=TURN)

    def edits(self, channel: str) -> bool:
        """Whether a message in this channel may grow now; counts it."""
        return self._edits.allows(channel)

    def types(self) -> bool:
        """Whether somebody may be seen typing now; counts it."""
        return self._typing.allows("")


class Delivery:
    """The answer to one question as it appears in Discord. One writer; what was written last is what is shown."""

    def __init__(self, mailbox: Mailbox, pace: Pace) -> None:
        self.documents: frozenset[str] = frozenset()
        """What the answer rests on."""
        self._mailbox = mailbox
        self._pace = pace
        self._text = ""
        self._shown = ""
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Gives the first sign, and goes on showing what is written, in the background."""
        self._showing = asyncio.create_task(self._show())

    def write(self, text: str) -> None:
        """More of the answer."""
        self._text += text
        self._more.set()

    async def end(self, posts: Sequence[Post]) -> None:
        """Makes what stands in Discord exactly these messages. Raises like `Mailbox.deliver`."""
        await self.stop()
        await self._mailbox.deliver(posts)

    async def clear(self) -> None:
        """Takes every sign away where there is nothing to say."""
        await self.stop()
        await self._mailbox.clear()

    async def stop(self) -> None:
        """Shows nothing more. What is on its way to Discord arrives first, so that its message is known."""
        self._over.set()
        self._more.set()
        if self._showing is not None:
            await self._showing
            self._showing = None

    async def _show(self) -> None:
        try:
            while not self._over.is_set():
                if await self._written():
                    if not self._shown:
                        await self._pause(AT_FIRST)
                    await self._grow()
                    await self._pause(EVERY)
        except (Declined, Unclear, SaseoError) as error:
            log.info("an answer is shown at its end alone: %s", error)

    async def _written(self) -> bool:
        """Whether there is something new to show; until then somebody is seen typing."""
        wait = await self._type()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._more.wait()
        if not self._more.is_set():
            return False
        self._more.clear()
        return not self._over.is_set()

    async def _type(self) -> float:
        """Has somebody be seen typing; seconds until that is to be done again. A response to an interaction shows by
        itself that somebody is thinking."""
        if self._shown or self._mailbox.asked.token or self._more.is_set():
            return TYPING
        if not self._pace.types():
            return TURN
        try:
            await self._mailbox.api.typing(self._mailbox.asked.target)
        except (Declined, Unclear) as error:
            log.info("nobody is seen typing: %s", error)
        return TYPING

    async def _grow(self) -> None:
        # The first message alone: what follows is posted once it is known, so that no crash can leave half of it.
        text = next(iter(growing(self._text, self._mailbox.asked)), "")
        if self._over.is_set() or not text or text == self._shown:
            return
        if self._mailbox.responds or self._pace.edits(self._mailbox.asked.target):
            await self._mailbox.show(Post(text))
            self._shown = text

    async def _pause(self, seconds: float) -> None:
        """Lets some more be written, unless the end has come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
