"""Posts messages for one question so that each is posted once, whatever is lost on the way."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, Me, word
from adapters.slack.outbound import Post, bare
from core.inbox import Inbox

log = logging.getLogger(__name__)

EVENT_TYPE = "saseo_answer"
LOOKED_AT = 50
"""Messages that are looked at to find one of ours."""
TRIES = 3
MOST_REFUSED = 3
BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_blocks_too_many"})
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "no_edit_permission"})

NEVER = frozenset(
    {
        "unknown_method",
        "method_not_supported",
        "method_not_supported_for_channel_type",
        "not_implemented",
        "feature_not_enabled",
        "not_allowed_token_type",
        "missing_scope",
        "http_200",
        "http_404",
        "http_405",
        "http_501",
    }
)
"""Refusals after which there is no use in trying again with this server."""


@dataclass(slots=True)
class Server:
    """What this Slack turned out to be able to do, learned by trying."""

    status: bool = True
    streams: bool = True
    edits: bool = True
    """Whether a message can be changed: it has a name, and there is a way."""
    metadata: bool = False
    """Whether it gives a message's metadata back, by which the message tells whose it is."""
    refused_blocks: int = 0
    """Answers whose blocks it did not take; one may be odd, several mean that it knows no such blocks."""


@dataclass(slots=True)
class Mailbox:
    """The messages of one question. `messages` are their `ts`, in order."""

    api: Api
    inbox: Inbox
    server: Server
    me: Me
    asked: Asked
    messages: list[str] = field(default_factory=list)
    again: bool = False
    """Whether the question was taken up again, so that messages may stand in Slack that nobody has noted."""
    claims: bool = False
    """Whether a message may stand in the thread that only this question can have posted."""
    plain: bool = False
    """Whether it is told in plain text, without blocks."""

    def __post_init__(self) -> None:
        self.plain = self.server.refused_blocks >= MOST_REFUSED

    async def deliver(self, posts: Sequence[Post], *, standing: Collection[int] = ()) -> None:
        """Makes the messages of the question exactly these; those with the numbers `standing` stand already.

        Raises Declined or Unclear.
        """
        told = bare(posts) if self.plain else posts
        try:
            for number, post in enumerate(told):
                if self.plain or number not in standing:
                    await self._put(number, post)
        except Declined as error:
            if self.plain or not self.takes_no_blocks(error):
                raise
            await self.deliver(posts)
            return
        for surplus in self.messages[len(told) :]:
            await self._delete(surplus)

    def takes_no_blocks(self, error: Declined) -> bool:
        """Whether the blocks were refused; from then on this question is told in plain text."""
        if error.error not in BLOCKS_REFUSED:
            return False
        log.warning("%s: telling it in plain text", error)
        self.server.refused_blocks += 1
        self.plain = True
        return True

    async def post(self, post: Post) -> str:
        """Posts the next message, or finds it where an earlier attempt has posted it; its `ts`, empty where this server
        tells none."""
        number = len(self.messages)
        if self.again:
            found = await self.stray(number)
            if found:
                await self.update(found, post)
                return found
        if not self.server.metadata:
            await self.claim()
        for _ in range(TRIES):
            try:
                posted = await self.api.call("chat.postMessage", **self._address(), **self._content(post, number))
            except Unclear as error:
                log.info("looking whether a message was posted: %s", error)
                found = await self.stray(number)
                if found:
                    return found
            else:
                ts = word(posted, "ts")
                if not ts:
                    self.server.edits = False
                    return ""
                self.server.metadata = _has_metadata(posted)
                if await self.note(ts):
                    return ts
        raise Unclear("chat.postMessage")

    def metadata(self, number: int) -> dict[str, Any]:
        """By which this message of the question can be told from all others."""
        payload = {"question": self.asked.id, "number": number}
        return {"event_type": EVENT_TYPE, "event_payload": payload}

    async def claim(self) -> bool:
        """Notes durably that a message may come to stand in the thread that does not tell whose it is. False while
        another question waits for such a message there: nobody could tell them apart."""
        self.claims = self.claims or await self.inbox.posting(self.asked.id, self.asked.place)
        return self.claims

    async def note(self, ts: str) -> bool:
        """Keeps durably that a message is one of this question's. False when it is another one's."""
        name = f"slack:{self.asked.team}:{self.asked.channel}:{ts}"
        if not ts or not await self.inbox.posted(self.asked.id, name):
            return False
        self.claims = False
        self.messages.append(ts)
        return True

    async def stray(self, number: int) -> str:
        """A message of ours in Slack that was posted for this question and is not noted; it is noted now."""
        try:
            listed = await self._listed()
        except Declined as error:
            log.warning("cannot look for messages of an earlier attempt: %s", error)
            return ""
        own = [message for message in listed if self._is_ours(message, number)]
        names = {f"slack:{self.asked.team}:{self.asked.channel}:{word(message, 'ts')}": message for message in own}
        taken = await self.inbox.known(names.keys())
        for name, message in names.items():
            if name not in taken and await self.note(word(message, "ts")):
                return word(message, "ts")
        return ""

    async def _listed(self) -> Sequence[Mapping[str, Any]]:
        where: dict[str, Any] = {"channel": self.asked.channel, "limit": LOOKED_AT, "include_all_metadata": True}
        if self.asked.thread:
            where |= {"ts": self.asked.thread, "oldest": self.asked.ts}
            listed = await self.api.call("conversations.replies", **where)
        else:
            listed = await self.api.call("conversations.history", **where)
        return [message for message in listed.get("messages", ()) if isinstance(message, Mapping)]

    def _is_ours(self, message: Mapping[str, Any], number: int) -> bool:
        mine = word(message, "user") == self.me.user or (self.me.bot and word(message, "bot_id") == self.me.bot)
        if not mine or word(message, "ts") in self.messages:
            return False
        metadata = message.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
        if isinstance(payload, Mapping):
            return payload.get("question") == self.asked.id and payload.get("number") == number
        # A stream carries none: what nobody has noted is this question's where nobody else may have posted.
        return self.claims and word(message, "ts") > self.asked.ts

    async def _put(self, number: int, post: Post) -> None:
        if number >= len(self.messages):
            await self.post(post)
            return
        try:
            await self.update(self.messages[number], post)
        except Declined as error:
            self.server.edits = self.server.edits and error.error not in NEVER
            if error.error not in GONE | NEVER:
                raise
            # Somebody deleted it, or it may not be changed any more: the answer is still owed.
            await self._delete(self.messages[number])
            kept, self.messages[:] = self.messages[number + 1 :], self.messages[:number]
            await self.post(post)
            self.messages += kept

    async def update(self, ts: str, post: Post) -> None:
        """Makes a message say this, also one that is being streamed. Raises Declined or Unclear."""
        arguments: dict[str, Any] = {"channel": self.asked.channel, "ts": ts, "parse": "none", "link_names": False}
        try:
            await self.api.call("chat.update", **arguments, **self._shown(post))
        except Declined as error:
            if error.error != "streaming_state_conflict":
                raise
            await self.stop(ts)
            await self.api.call("chat.update", **arguments, **self._shown(post))

    async def stop(self, ts: str) -> None:
        """Ends a stream; one that is over already is left as it is."""
        try:
            await self.api.call("chat.stopStream", channel=self.asked.channel, ts=ts)
        except Declined as error:
            log.debug("a stream was over already: %s", error)

    async def _delete(self, ts: str) -> None:
        try:
            await self.api.call("chat.delete", channel=self.asked.channel, ts=ts)
        except Declined as error:
            log.info("a message could not be deleted: %s", error)

    def _address(self) -> dict[str, Any]:
        thread = {"thread_ts": self.asked.thread} if self.asked.thread else {}
        return {"channel": self.asked.channel, **thread}

    def _content(self, post: Post, number: int) -> dict[str, Any]:
        shown = self._shown(post)
        return {**shown, "unfurl_links": False, "unfurl_media": False, "metadata": self.metadata(number)}

    def _shown(self, post: Post) -> dict[str, Any]:
        # Without blocks of its own an update would keep the old ones.
        return {"text": post.text, "blocks": [] if self.plain else list(post.blocks)}


def _has_metadata(posted: Mapping[str, Any]) -> bool:
    message = posted.get("message")
    return isinstance(message, Mapping) and bool(message.get("metadata"))
