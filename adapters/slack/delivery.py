"""Shows an answer while it is being written: a status, a stream or a message that grows, and a post in the end."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from adapters.slack.api import Declined, Unclear
from adapters.slack.escaping import harmless, settled
from adapters.slack.mailbox import Mailbox
from adapters.slack.outbound import MARKDOWN_LIMIT, Post, said
from core.errors import SaseoError
from core.messages import render

log = logging.getLogger(__name__)

EVERY = 1.2
"""Seconds between two signs of growth."""
STATUS_SECONDS = 90.0
"""Slack forgets a status after two minutes."""
STREAM_SECONDS = 240.0
"""A stream dies after about five minutes."""
FINALS = 24
"""Updates a minute that are kept for the ends of answers."""
NEVER = frozenset(
    {
        "unknown_method",
        "method_not_supported",
        "method_not_supported_for_channel_type",
        "feature_not_enabled",
        "not_allowed_token_type",
        "missing_scope",
        "http_404",
    }
)
"""Refusals after which there is no use in trying again with this server."""


class Delivery:
    """The answer to one question as it appears in Slack."""

    def __init__(self, mailbox: Mailbox, *, locale: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._locale = locale
        self._clock = clock
        self._text = ""
        self._sent = ""
        self._stream = ""
        self._stream_began = 0.0
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

    async def end(self, posts: Sequence[Post]) -> None:
        """Makes what stands in Slack exactly these messages. Raises Declined or Unclear."""
        await self.stop()
        closed = bool(self._stream) and await self._closed(posts[0])
        await self._mailbox.deliver(posts, after=1 if closed else 0)

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
                await self._grow(harmless(settled(self._text).strip())[:MARKDOWN_LIMIT])
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
        if not self._over.is_set() and self._mailbox.api.updates.take(spare=1):
            await self._tried(self._mailbox.post(said(render("slack.looking", self._locale))))

    async def _status(self, status: str) -> bool:
        """Whether people see a status now."""
        asked, server = self._mailbox.asked, self._mailbox.server
        if not server.status or not asked.thread:
            return False
        try:
            await self._mailbox.api.call(
                "assistant.threads.setStatus",
                patience=5.0,
                channel_id=asked.channel,
                thread_ts=asked.thread,
                status=status,
            )
        except Declined as error:
            if error.error in NEVER:
                log.info("this Slack shows no status: %s", error)
                server.status = False
            return False
        except Unclear:
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
        if self._failed or not text.strip() or text == self._sent:
            return
        if self._stream:
            await self._append(text)
        elif self._mailbox.messages:
            await self._edit(text)
        elif not self._mailbox.again:
            if self._mailbox.server.streams:
                await self._start(text)
            # Tried or not: where there are no streams, the message is posted and grows.
            if not self._mailbox.server.streams and self._mailbox.api.updates.take(spare=FINALS):
                self._sent = text
                await self._tried(self._mailbox.post(said(text)))

    async def _start(self, text: str) -> None:
        asked, server, api = self._mailbox.asked, self._mailbox.server, self._mailbox.api
        if not asked.thread or not api.streams.take():
            self._failed = True
            return
        to: dict[str, Any] = {"recipient_user_id": asked.user, "recipient_team_id": asked.user_team or asked.team}
        try:
            started = await api.call(
                "chat.startStream",
                patience=2.0,
                channel=asked.channel,
                thread_ts=asked.thread,
                markdown_text=text,
                **(to if asked.user else {}),
            )
        except Declined as error:
            if error.error in NEVER:
                log.info("this Slack shows no streams: %s", error)
                server.streams = False
            self._failed = error.error not in NEVER
            return
        except Unclear:
            # It may have begun all the same: then the end finds it.
            self._mailbox.again = True
            raise
        ts = str(started.get("ts") or "")
        if await self._mailbox.note(ts):
            self._stream, self._stream_began, self._sent = ts, self._clock(), text

    async def _append(self, text: str) -> None:
        if self._clock() - self._stream_began > STREAM_SECONDS or not self._mailbox.api.appends.take():
            return
        if not text.startswith(self._sent):
            self._failed = True
            return
        try:
            await self._mailbox.api.call(
                "chat.appendStream",
                patience=2.0,
                channel=self._mailbox.asked.channel,
                ts=self._stream,
                markdown_text=text[len(self._sent) :],
            )
        except Declined as error:
            log.info("a stream goes on no more: %s", error)
            self._failed = True
        except Unclear:
            # Nobody knows what stands there now: the end writes it anew.
            self._failed = True
            self._sent = "\x00"
        else:
            self._sent = text

    async def _edit(self, text: str) -> None:
        if self._mailbox.api.updates.take(spare=FINALS):
            self._sent = text
            await self._tried(self._mailbox.deliver([said(text)]))

    async def _tried(self, attempt: Awaitable[object]) -> None:
        """A sign that may fail: the end makes up for it."""
        try:
            await attempt
        except Declined as error:
            log.info("a sign of growth was refused: %s", error)
            self._failed = not self._mailbox.takes_no_blocks(error)

    async def _closed(self, post: Post) -> bool:
        """Whether the stream could be ended as just this message; otherwise it is written anew."""
        whole = str(post.blocks[0].get("text", "")) if post.blocks else ""
        if not self._sent or not whole.startswith(self._sent):
            return False
        rest, below = whole[len(self._sent) :], list(post.blocks[1:])
        more: dict[str, Any] = {**({"markdown_text": rest} if rest else {}), **({"blocks": below} if below else {})}
        try:
            await self._mailbox.api.call(
                "chat.stopStream", channel=self._mailbox.asked.channel, ts=self._stream, **more
            )
        except (Declined, Unclear) as error:
            log.info("a stream is written anew: %s", error)
            return False
        return True
