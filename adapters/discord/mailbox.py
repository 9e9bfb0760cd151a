"""Posts the messages of one question so that each is posted once, whatever is lost on the way."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.discord.api import ORIGINAL, Api, Declined, Expired, Seen, Unclear
from adapters.discord.inbound import Asked
from adapters.discord.outbound import Post
from adapters.discord.places import SKEW, InChannel, OverToken, Place
from core.inbox import Inbox
from core.types import identify

log = logging.getLogger(__name__)

TRIES = 3
GROWTH_SECONDS = 10.0
"""A sign of growth that takes longer is given up: the next one says more."""
MARGIN = timedelta(seconds=20)
"""So long before its end a token is not relied on any more."""


@dataclass(slots=True)
class Mailbox:
    """The messages of one question: responses while the token of its interaction lives, and then in the channel."""

    api: Api
    inbox: Inbox
    asked: Asked
    clock: Callable[[], datetime]
    private: bool = False
    """Whether nobody but the asker may see them."""
    messages: list[str] = field(default_factory=list)
    """Ids, in order; the first one of an interaction is ORIGINAL."""
    original: str = ""
    """The id of that one, where it is known."""
    again: bool = False
    """Whether messages may stand in Discord that nobody has noted."""
    recalled: bool = False
    expired: bool = False
    replaced: int = 0
    """How many messages were posted anew in the place of others, with a nonce of their own."""

    def __post_init__(self) -> None:
        if self.asked.token:
            self.original, *followed = self.messages or [""]
            self.messages = [ORIGINAL, *followed]

    @property
    def responds(self) -> bool:
        """Whether the token of an interaction can be used."""
        return bool(self.asked.token) and not self.expired and self.clock() < self.asked.expires_at - MARGIN

    async def deliver(self, posts: Sequence[Post]) -> None:
        """Makes the messages of the question exactly these. Raises Declined, Unclear, and Expired when the token turns
        out to be dead; from then on they stand in the channel, unless nobody else may see them."""
        await self._recall()
        for number, post in enumerate(posts):
            await self._put(number, post)
        for surplus in self.messages[len(posts) :]:
            await self._delete(surplus)
        del self.messages[len(posts) :]

    async def show(self, post: Post) -> None:
        """Makes the first message this, as a sign of growth. Raises like `deliver`."""
        if self.asked.token and not self.responds:
            raise Expired("a sign of growth", status=404, code=0)
        if self.messages:
            await self._place().edit(self.messages[0], post, seconds=GROWTH_SECONDS)
        else:
            await self._post(0, post)

    async def clear(self) -> None:
        """Takes away what stands there, where there is nothing to say."""
        for message in self.messages:
            await self._delete(message)
        self.messages.clear()

    async def _recall(self) -> None:
        """Learns which message is the response itself: a process that died may have noted others and not that one."""
        if not (self.again and self.asked.token) or self.recalled:
            return
        try:
            original = await self._place().response()
        except Declined as error:
            log.info("the response cannot be looked for: %s", error)
            original = ""
        self.recalled = True
        if not original:
            return
        noted = [message for message in (self.original, *self.messages[1:]) if message]
        if original not in noted:
            await self.inbox.posted(self.asked.id, self._name(original))
        self.original = original
        self.messages = [ORIGINAL, *(message for message in noted if message != original)]

    def _place(self) -> Place:
        if self.responds:
            return OverToken(self.api, self.asked, self.private)
        if self.asked.token and (self.private or self.asked.outside):
            raise Expired("an answer to one person alone", status=404, code=0)
        return InChannel(self.api, self.asked, self.original)

    async def _put(self, number: int, post: Post) -> None:
        try:
            if number < len(self.messages):
                await self._edit(number, post)
            else:
                await self._post(number, post)
        except Expired:
            self.expired = True
            raise

    async def _edit(self, number: int, post: Post) -> None:
        place = self._place()
        try:
            await place.edit(self.messages[number], post)
        except Expired:
            raise
        except Declined as error:
            late = bool(self.asked.token) and not self.responds
            if not (error.gone or late):
                raise
            # Somebody deleted it, or without its token it may not be changed: the answer is still owed.
            log.info("a message is posted anew: %s", error)
            if late and not error.gone:
                await self._delete(self.messages[number])
            self.replaced += 1
            kept, self.messages[:] = self.messages[number + 1 :], self.messages[:number]
            await self._post(number, post)
            self.messages += [message for message in kept if message not in self.messages]

    async def _post(self, number: int, post: Post) -> None:
        """Posts the next message, or finds it where an earlier attempt has posted it."""
        place = self._place()
        nonce = identify(self.asked.id, self.asked.target, str(number), str(self.replaced))
        found = await self._stray(number, post) if self.again else None
        for _ in range(TRIES):
            if found is not None:
                break
            try:
                found = await place.post(post, nonce=nonce, first=number == 0)
            except Unclear as error:
                log.info("looking whether a message was posted: %s", error)
                found = await self._stray(number, post)
        if found is None or not await self.inbox.posted(self.asked.id, self._name(found.id)):
            raise Unclear("a message")
        self.messages.append(found.id)
        if found.text.strip() != post.text.strip():
            await place.edit(found.id, post)

    async def _stray(self, number: int, post: Post) -> Seen | None:
        """A message of ours in Discord that was posted for this question and that nobody else has noted."""
        if self.private or self.asked.outside:
            return None
        try:
            own = await self.api.own(self.asked.target, after=self.asked.received_at - SKEW)
        except Declined as error:
            log.warning("cannot look for messages of an earlier attempt: %s", error)
            return None
        ours = [seen for seen in own if self._is_ours(seen, number, post)]
        taken = await self.inbox.known({self._name(seen.id) for seen in ours if seen.id not in self.messages})
        return next((seen for seen in ours if self._name(seen.id) not in taken), None)

    def _is_ours(self, seen: Seen, number: int, post: Post) -> bool:
        if seen.id in (self.original, *self.messages[:number]):
            return False
        # Answers to two questions may say the same. Further responses reply to the first, whose id may be unknown.
        target = self.asked.message or self.original
        if target and seen.reference and seen.reference != target:
            return False
        replies = number == 0 and bool(self.asked.message) and seen.reference == self.asked.message
        return replies or seen.text.strip() == post.text.strip()

    def _name(self, message: str) -> str:
        """A message as the inbox knows it."""
        return f"discord:{self.asked.guild}:{self.asked.target}:{message}"

    async def _delete(self, message: str) -> None:
        try:
            await self._place().delete(message)
        except (Declined, Unclear) as error:
            log.info("a message could not be deleted: %s", error)
