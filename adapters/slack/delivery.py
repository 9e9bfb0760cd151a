"""Shows an answer while it is being written: a status, a stream or a message that grows, and a post in the end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime

from adapters.slack.api import Declined, Unclear
from adapters.slack.escaping import harmless, settled
from adapters.slack.mailbox import NEVER, Mailbox
from adapters.slack.outbound import MARKDOWN_LIMIT, Post, said
from adapters.slack.streaming import Streaming
from core.errors import SaseoError
from core.messages import render

log = logging.getLogger(__name__)

EVERY = 1.2
"""Seconds between two signs of growth."""
SIGN_SECONDS = 3.0
"""No answer waits longer for its own first sign."""
STATUS_SECONDS = 90.0
"""Slack forgets a status after two minutes."""
FINALS = 24
"""Updates a minute that are kept for the ends of answers."""


class Delivery:
    """The answer to one question as it appears in Slack."""

    def __init__(self, mailbox: Mailbox, *, locale: str, clock: Callable[[], datetime]) -> None:
        self.documents: frozenset[str] = frozenset()
        """What the answer rests on."""
        self._mailbox = mailbox
        self._locale = locale
        self._streaming = Streaming(mailbox, clock=clock)
        self._text = ""
        self._sent = ""
        self._failed = False
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

    def parts(self, text: str) -> list[str]:
        """The whole answer as it is divided into messages: where some of it stands, as it stands."""
        return self._streaming.parts(harmless(text))

    async def end(self, posts: Sequence[Post]) -> None:
        """Makes what stands in Slack exactly these messages. Raises Declined or Unclear."""
        await self.stop()
        standing: Collection[int] = await self._streaming.end(posts)
        await self._mailbox.deliver(posts, standing=standing)

    async def clear(self) -> None:
        """Takes the status away where there is nothing to say."""
        await self.stop()
        await self._status("")

    async def stop(self) -> None:
        """Shows nothing more. What is on its way to Slack arrives first, so that its message is known."""
        self._over.set()
        self._more.set()
        if self._showing is not None:
            await self._showing
            self._showing = None

    async def _show(self) -> None:
        try:
            await self._first_sign()
            while not self._over.is_set():
                if not await self._written():
                    continue
                await self._grow(harmless(settled(self._text).strip()))
                await self._pause()
        except SaseoError as error:
            log.warning("an answer is shown at its end alone: %s", error.code)
        except Unclear as error:
            log.info("an answer is shown at its end alone: %s", error)

    async def _first_sign(self) -> None:
        if self._mailbox.messages or self._mailbox.again:
            return
        if await self._status(render("slack.status", self._locale)):
            return
        # One update is kept for the end of each: without a place for it, the answer is posted whole.
        server = self._mailbox.server
        if server.edits and not self._over.is_set() and self._mailbox.api.updates.take(spare=1):
            await self._tried(self._mailbox.post(said(render("slack.looking", self._locale))))

    async def _status(self, status: str) -> bool:
        """Whether people see a status now."""
        asked, server = self._mailbox.asked, self._mailbox.server
        if not server.status or not asked.thread:
            return False
        try:
            async with asyncio.timeout(SIGN_SECONDS):
                await self._mailbox.api.call(
                    "assistant.threads.setStatus",
                    patience=SIGN_SECONDS,
                    channel_id=asked.channel,
                    thread_ts=asked.thread,
                    status=status,
                )
        except Declined as error:
            if error.error in NEVER:
                log.info("this Slack shows no status: %s", error)
                server.status = False
            return False
        except (Unclear, TimeoutError):
            return False
        return True

    async def _written(self) -> bool:
        """Whether there is something new to show; meanwhile the status is kept alive."""
        try:
            async with asyncio.timeout(STATUS_SECONDS):
                await self._more.wait()
        except TimeoutError:
            if not self._mailbox.messages:
                await self._status(render("slack.status", self._locale))
            return False
        self._more.clear()
        return not self._over.is_set()

    async def _pause(self) -> None:
        """Lets some more be written, unless the end has come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await self._over.wait()

    async def _grow(self, text: str) -> None:
        if not text:
            return
        if self._streaming.running or self._streaming.pages:
            await self._streaming.grow(text)
        elif self._mailbox.messages:
            await self._edit(text[:MARKDOWN_LIMIT])
        elif not self._mailbox.again:
            await self._begin(text)

    async def _begin(self, text: str) -> None:
        server = self._mailbox.server
        if server.streams:
            await self._streaming.grow(text)
        # Tried or not: where there are no streams, the message is posted and grows.
        grows = server.edits and not server.streams and not self._failed
        if grows and self._mailbox.api.updates.take(spare=FINALS):
            self._sent = text[:MARKDOWN_LIMIT]
            await self._tried(self._mailbox.post(said(self._sent)))

    async def _edit(self, text: str) -> None:
        if not self._failed and text != self._sent and self._mailbox.api.updates.take(spare=FINALS):
            self._sent = text
            await self._tried(self._mailbox.deliver([said(text)]))

    async def _tried(self, attempt: Awaitable[object]) -> None:
        """A sign that may fail: the end makes up for it."""
        try:
            await attempt
        except Declined as error:
            log.info("a sign of growth was refused: %s", error)
            self._failed = not self._mailbox.takes_no_blocks(error)
