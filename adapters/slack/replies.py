"""Replies beside the thread: to commands over their response address, and to one person alone."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked
from adapters.slack.outbound import Block, Post
from core.errors import Refused
from core.inbox import Accepted, Inbox
from core.messages import render

if TYPE_CHECKING:
    from adapters.slack.membership import Membership

log = logging.getLogger(__name__)

SECONDS = 15.0
OK = 200
SERVER_FAULT = 500


@dataclass(slots=True)
class Replies:
    """Replies for one workspace."""

    api: Api
    membership: "Membership"
    session: aiohttp.ClientSession

    async def send(self, asked: Asked, posts: Sequence[Post], told: "Told") -> bool:
        """Answers a private command over its response address. False for everything else. Raises like the API."""
        if asked.way != "private":
            return False
        await self._respond_once(asked, posts, told, kind="ephemeral")
        return True

    async def _respond_once(self, asked: Asked, posts: Sequence[Post], told: "Told", *, kind: str) -> None:
        for number, post in enumerate(posts):
            if number not in told.numbers:
                await self.respond(asked.response_url, post, kind=kind)
                await told.note(number)

    async def respond(self, url: str, post: Post, *, kind: str = "ephemeral") -> None:
        """Sends a message to a response address, which lives for half an hour. Raises Declined or Unclear."""
        body: dict[str, Any] = {
            "response_type": kind,
            "replace_original": False,
            "text": post.text,
            "blocks": list(post.blocks),
        }
        await self._send(url, body)

    async def withdraw(self, url: str) -> None:
        """Takes the message away that a button stood in. Raises like `respond`."""
        await self._send(url, {"delete_original": True})

    async def _send(self, url: str, body: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SECONDS), self.session.post(url, json=body) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unclear(f"response_url: {type(error).__name__}") from error
        if status >= SERVER_FAULT:
            raise Unclear(f"response_url: {status}")
        if status != OK:
            raise Declined("response_url", f"http_{status}")

    async def whisper(self, asked: Asked, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Says something to the asker alone; what cannot be said is logged."""
        more: dict[str, Any] = {"blocks": list(blocks)} if blocks else {}
        if asked.thread and asked.thread != asked.ts:
            more["thread_ts"] = asked.thread
        try:
            await self.api.call(
                "chat.postEphemeral", patience=10.0, channel=asked.channel, user=asked.user, text=text, **more
            )
        except (Declined, Unclear, Refused) as error:
            log.warning("could not say something to one person: %s", error)

    async def instead(self, asked: Asked, posts: Sequence[Post], error: str, told: "Told") -> None:
        """Where an answer could not be told as it should: what is for everybody over the address of its command, what
        is for the asker alone without one, else a word to the asker that there is an answer."""
        if asked.way == "private":
            for number, post in enumerate(posts):
                if number not in told.numbers:
                    await self.whisper(asked, post.text, blocks=post.blocks)
                    await told.note(number)
        elif asked.response_url:
            try:
                await self._respond_once(asked, posts, told, kind="in_channel")
            except (Declined, Unclear) as failure:
                log.warning("nor over its response address: %s", failure)
        else:
            locale = await self.membership.locale(asked.user)
            await self.whisper(asked, render("slack.undeliverable", locale, error=error))


@dataclass(slots=True)
class Told:
    """Which messages of an answer were told where none can be looked for afterwards: noted as soon as that is known.

    A process that dies between Slack's reply and the note tells that one message again.
    """

    inbox: Inbox
    question: str
    numbers: set[int]

    @classmethod
    def of(cls, item: Accepted, inbox: Inbox) -> Self:
        """As noted for a question."""
        names = [name.removeprefix(f"{item.id}:") for name in item.messages if name.startswith(f"{item.id}:")]
        return cls(inbox, item.id, {int(name) for name in names if name.isdecimal()})

    async def note(self, number: int) -> None:
        """It was told."""
        await self.inbox.posted(self.question, f"{self.question}:{number}")
        self.numbers.add(number)
