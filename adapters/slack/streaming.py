"""An answer while it is being written, in messages that Slack streams: when one is full or old, the next goes on."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from adapters.slack.api import Declined, Unclear
from adapters.slack.mailbox import NEVER, Mailbox
from adapters.slack.outbound import MARKDOWN_LIMIT, Post, said
from adapters.slack.pages import LONGEST_FOOT, following, head, page, seen, turn
from adapters.splitting import split

log = logging.getLogger(__name__)

STREAM_SECONDS = 240.0
"""A stream dies after about five minutes."""
LAST_SECONDS = 270.0
"""So old, a stream is ended in the middle of a line."""


class Streaming:
    """The streams of one answer. `pages` are the texts of those that are over, each in a message of its own."""

    def __init__(self, mailbox: Mailbox, *, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._ts = ""
        self._began = clock()
        self._before = ""
        """The text that stands in pages already; the running stream goes on from there."""
        self._sent = ""
        """What the running stream shows."""
        self._standing: set[int] = set()
        self.pages: list[str] = []
        self.failed = False
        """Whether nothing more can be shown until the end."""

    @property
    def running(self) -> bool:
        """Whether a message is being streamed."""
        return bool(self._ts)

    async def grow(self, text: str) -> None:
        """Shows the text, all that is written so far. Raises Unclear where nobody knows what came of it."""
        while not self.failed:
            if not text.startswith(self._before):
                self.failed = True
                return
            start = len(self._before)
            shown = head(text, start) + text[start : seen(text, start, limit=MARKDOWN_LIMIT)]
            end = self._end(text, start)
            if not self.running:
                if not shown.strip():
                    return
                await self._start(shown)
            if not self.running:
                return
            if end is None:
                await self._append(shown)
                return
            await self._close(page(text, start, end))
            self._before = text[: following(text, end)]

    def parts(self, text: str) -> list[str]:
        """The whole text as it is divided into messages, of which some stand already."""
        if not self.pages or not text.startswith(self._before):
            return split(text, limit=MARKDOWN_LIMIT)
        start = len(self._before)
        return [*self.pages, *split(head(text, start) + text[start:], limit=MARKDOWN_LIMIT)]

    async def end(self, posts: Sequence[Post]) -> Collection[int]:
        """Ends the running stream as what its message shall be, if it can; the numbers of the posts that stand now."""
        standing = {
            number
            for number in self._standing
            if number < len(posts) and _markdown(posts[number]) == self.pages[number]
        }
        number = len(self.pages)
        if self.running and number < len(posts) and await self._ended(posts[number]):
            standing.add(number)
        return standing

    def _end(self, text: str, start: int) -> int | None:
        """Where the page has to end, if it has to."""
        age = (self._clock() - self._began).total_seconds() if self.running else 0.0
        begun = len(head(text, start))
        full = begun + len(text) - start > MARKDOWN_LIMIT - LONGEST_FOOT
        if not full and age <= STREAM_SECONDS:
            return None
        end = turn(text, start, least=start + max(len(self._sent) - begun, 0), limit=MARKDOWN_LIMIT)
        return end if full or text[end - 1] == "\n" or age > LAST_SECONDS else None

    async def _start(self, shown: str) -> None:
        mailbox, asked = self._mailbox, self._mailbox.asked
        if not asked.thread or not mailbox.api.streams.take() or not await mailbox.claim():
            self.failed = True
            return
        self._began = self._clock()
        to: dict[str, Any] = {"recipient_user_id": asked.user, "recipient_team_id": asked.user_team or asked.team}
        try:
            started = await mailbox.api.call(
                "chat.startStream",
                patience=2.0,
                channel=asked.channel,
                thread_ts=asked.thread,
                markdown_text=shown,
                **(to if asked.user else {}),
            )
        except Declined as error:
            if error.error in NEVER:
                log.info("this Slack shows no streams: %s", error)
                mailbox.server.streams = False
            self.failed = True
            return
        except Unclear:
            # It may have begun all the same: then the end finds it.
            mailbox.again = True
            raise
        ts = str(started.get("ts") or "")
        self.failed = not await mailbox.note(ts)
        if not self.failed:
            self._ts, self._sent = ts, shown

    async def _append(self, shown: str) -> None:
        if shown == self._sent or not self._mailbox.api.appends.take():
            return
        if not shown.startswith(self._sent):
            self.failed = True
            return
        try:
            await self._mailbox.api.call("chat.appendStream", patience=2.0, **self._more(shown))
        except Declined as error:
            log.info("a stream goes on no more: %s", error)
            self.failed = True
        except Unclear:
            # Nobody knows what stands there now: the end writes it anew.
            self.failed = True
            self._sent = "\x00"
        else:
            self._sent = shown

    async def _close(self, shown: str) -> None:
        """Ends the running stream as this page; where that fails it is written anew, at the end at the latest."""
        if await self._ended(said(shown)) or await self._rewritten(shown):
            self._standing.add(len(self.pages))
        self.pages.append(shown)
        self._ts = self._sent = ""

    async def _rewritten(self, shown: str) -> bool:
        try:
            await self._mailbox.update(self._ts, said(shown))
        except (Declined, Unclear) as error:
            log.info("a page is written anew at the end: %s", error)
            return False
        return True

    async def _ended(self, post: Post) -> bool:
        """Whether the stream could be ended as just this message."""
        whole = _markdown(post)
        if not self._sent or not whole.startswith(self._sent):
            return False
        below = list(post.blocks[1:])
        last: dict[str, Any] = {
            **self._more(whole),
            **({"blocks": below} if below else {}),
            "metadata": self._mailbox.metadata(len(self.pages)),
        }
        try:
            await self._mailbox.api.call("chat.stopStream", **last)
        except (Declined, Unclear) as error:
            log.info("a stream is written anew: %s", error)
            return False
        return True

    def _more(self, shown: str) -> dict[str, Any]:
        rest = shown[len(self._sent) :]
        named = {"channel": self._mailbox.asked.channel, "ts": self._ts}
        return {**named, **({"markdown_text": rest} if rest else {})}


def _markdown(post: Post) -> str:
    return str(post.blocks[0].get("text", "")) if post.blocks else ""
