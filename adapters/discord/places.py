"""Where a message of ours can stand: in a channel, or as a response to an interaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from adapters.discord.api import CALL_SECONDS, ORIGINAL, Api, Declined, Seen
from adapters.discord.inbound import Asked
from adapters.discord.outbound import Post
from adapters.discord.views import view_of

SKEW = timedelta(minutes=2)
"""So far Discord's clock and ours may be apart."""


class Place(Protocol):
    """Takes messages. Everything raises like the API."""

    async def post(self, post: Post, *, nonce: str, first: bool) -> Seen:
        """Posts a message."""
        ...

    async def edit(self, message: str, post: Post, *, seconds: float = CALL_SECONDS) -> None:
        """Makes a message this."""
        ...

    async def delete(self, message: str) -> None:
        """Takes a message away."""
        ...

    async def response(self) -> str:
        """The id of the response to the interaction; empty where there is none to be found."""
        ...


@dataclass(frozen=True, slots=True)
class InChannel:
    """The channel itself. Posting again with the same nonce gives the message that stands already."""

    api: Api
    asked: Asked
    original: str
    """The id of the response that ORIGINAL stands for, where it is known: its author is the bot as well."""

    async def post(self, post: Post, *, nonce: str, first: bool) -> Seen:
        """A message, the first one as a reply to the question."""
        reply_to = self.asked.message if first else ""
        return await self.api.post(self.asked.target, post.text, nonce=nonce, reply_to=reply_to, view=view_of(post))

    async def edit(self, message: str, post: Post, *, seconds: float = CALL_SECONDS) -> None:
        """Also a response, whose token need not live any more."""
        known = self._known(message)
        if message == ORIGINAL and not any(said.text for said in await self.api.message(self.asked.target, known)):
            # It only says that somebody is thinking, and without its token that cannot be ended.
            raise Declined("a response that was never given", status=404, code=0)
        await self.api.edit(self.asked.target, known, post.text, view=view_of(post), seconds=seconds)

    async def delete(self, message: str) -> None:
        """Also a response."""
        await self.api.delete(self.asked.target, self._known(message))

    async def response(self) -> str:
        """By the interaction that a message says it answers."""
        own = await self.api.own(self.asked.target, after=self.asked.received_at - SKEW)
        return next((seen.id for seen in own if seen.interaction == self.asked.interaction), "")

    def _known(self, message: str) -> str:
        known = self.original if message == ORIGINAL else message
        if not known:
            raise Declined("a response without an id", status=404, code=0)
        return known


@dataclass(frozen=True, slots=True)
class OverToken:
    """Responses to an interaction, for as long as its token lives."""

    api: Api
    asked: Asked
    private: bool

    async def post(self, post: Post, *, nonce: str, first: bool) -> Seen:  # noqa: ARG002 - Discord takes none here
        """A further response."""
        asked = self.asked
        return await self.api.follow(
            asked.application, asked.token, post.text, private=self.private, view=view_of(post)
        )

    async def edit(self, message: str, post: Post, *, seconds: float = CALL_SECONDS) -> None:
        """The response itself, or a further one."""
        asked = self.asked
        await self.api.edit_response(
            asked.application, asked.token, message, post.text, view=view_of(post), seconds=seconds
        )

    async def delete(self, message: str) -> None:
        """The response itself, or a further one."""
        await self.api.delete_response(self.asked.application, self.asked.token, message)

    async def response(self) -> str:
        """As Discord says."""
        return await self.api.response(self.asked.application, self.asked.token)


def is_private(asked: Asked) -> bool:
    """Whether nobody but the asker is to see the answer."""
    return asked.way == "private" or asked.outside
