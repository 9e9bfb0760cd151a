"""Replies beside the thread: to commands over their response address, and to one person alone."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked
from adapters.slack.outbound import Post
from core.errors import Refused
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

    async def send(self, asked: Asked, posts: Sequence[Post]) -> bool:
        """Answers a private command over its response address. False for everything else. Raises like the API."""
        if asked.way != "private":
            return False
        for post in posts:
            await self.respond(asked.response_url, post)
        return True

    async def respond(self, url: str, post: Post, *, kind: str = "ephemeral") -> None:
        """Sends a message to a response address, which lives for half an hour. Raises Declined or Unclear."""
        body: dict[str, Any] = {
            "response_type": kind,
            "replace_original": False,
            "text": post.text,
            "blocks": list(post.blocks),
        }
        try:
            async with asyncio.timeout(SECONDS), self.session.post(url, json=body) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unclear(f"response_url: {type(error).__name__}") from error
        if status >= SERVER_FAULT:
            raise Unclear(f"response_url: {status}")
        if status != OK:
            raise Declined("response_url", f"http_{status}")

    async def whisper(self, asked: Asked, text: str) -> None:
        """Says something to the asker alone; what cannot be said is logged."""
        where: dict[str, Any] = {"channel": asked.channel, "user": asked.user}
        if asked.thread and asked.thread != asked.ts:
            where["thread_ts"] = asked.thread
        try:
            await self.api.call("chat.postEphemeral", patience=10.0, text=text, **where)
        except (Declined, Unclear, Refused) as error:
            log.warning("could not say something to one person: %s", error)

    async def instead(self, asked: Asked, posts: Sequence[Post], error: str) -> None:
        """Where an answer could not be posted: over the address of its command, else a word to the asker alone."""
        if asked.response_url:
            try:
                for post in posts:
                    await self.respond(asked.response_url, post, kind="in_channel")
            except (Declined, Unclear) as failure:
                log.warning("nor over its response address: %s", failure)
            return
        locale = await self.membership.locale(asked.user)
        await self.whisper(asked, render("slack.undeliverable", locale, error=error))
