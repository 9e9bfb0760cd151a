"""Calls of Discord's REST API for answers: bounded in time, and with three ways to fail."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from adapters.discord.acknowledging import UNREAD

if TYPE_CHECKING:
    import discord
    from discord.ui import View

log = logging.getLogger(__name__)

CALL_SECONDS = 45.0
"""More than discord.py waits for its turn at most."""
TYPING_SECONDS = 5.0
LOOK_SECONDS = 5.0
LOOKED_AT = 100
"""Messages that are looked at to find one of ours."""
ORIGINAL = "@original"
"""Names the response to an interaction, whatever its id."""
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, DEAD_TOKEN = 10015, 10062, 50027
EXPIRED = frozenset({UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, DEAD_TOKEN})
TOO_MANY = 429
SERVER_FAULT = 500


class Declined(Exception):
    """Discord refuses a call."""

    def __init__(self, what: str, *, status: int, code: int) -> None:
        super().__init__(f"{what}: {status}, code {code}")
        self.status = status
        self.code = code

    @property
    def gone(self) -> bool:
        """Whether the message is not there any more."""
        return self.code == UNKNOWN_MESSAGE


class Expired(Declined):
    """The token of an interaction is of no use any more."""


class Unclear(Exception):
    """There was no answer: the call may have been carried out, or not."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the bot's own as it stands in Discord."""

    id: str
    text: str
    reference: str = ""
    """The message it replies to."""
    interaction: str = ""
    """The interaction that it answers."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody said."""

    id: str
    user: str
    text: str
    at: datetime


class Api:
    """Calls for one bot. Ids are decimal digits. Each raises Declined (also Expired) or Unclear."""

    def __init__(self, client: "Callable[[], discord.Client | None]") -> None:
        """`client` gives the one that is logged in now: it is rebuilt after some faults, and meanwhile there is
        none."""
        self._current = client

    async def post(
        self, channel: str, text: str, *, nonce: str, reply_to: str = "", view: "View | None" = None
    ) -> Seen:
        """Posts a message. Once within some minutes: with the same nonce it is the one that stands already."""
        import discord

        more: dict[str, Any] = {} if view is None else {"view": stopped(view)}
        if reply_to:
            # The question may be deleted meanwhile: it is answered all the same.
            more["reference"] = discord.MessageReference(
                message_id=int(reply_to), channel_id=int(channel), fail_if_not_exists=False
            )
        async with self._asking("a message"):
            return _seen(await self._place(channel).send(text, nonce=nonce, mention_author=False, **more))

    async def edit(
        self,
        channel: str,
        message: str,
        text: str,
        *,
        view: "View | None" = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """Makes a message this."""
        async with self._doing("an edit", seconds=seconds):
            standing = self._place(channel).get_partial_message(int(message))
            await standing.edit(content=text, view=None if view is None else stopped(view))

    async def delete(self, channel: str, message: str) -> None:
        """Takes a message away."""
        async with self._doing("a deletion"):
            await self._place(channel).get_partial_message(int(message)).delete()

    async def typing(self, channel: str) -> None:
        """Shows for some seconds that something is being written."""
        async with self._doing("typing", seconds=TYPING_SECONDS):
            await self._place(channel).typing()

    async def own(self, channel: str, *, after: datetime) -> list[Seen]:
        """The bot's own messages that were posted since then, oldest first."""
        async with self._asking("a look at a channel"):
            me = self._client().user
            listed = self._place(channel).history(limit=LOOKED_AT, after=after, oldest_first=True)
            return [_seen(message) async for message in listed if me is not None and message.author.id == me.id]

    async def before(self, channel: str, message: str, *, limit: int) -> list[Spoken]:
        """What was said in a channel before a message, oldest first."""
        import discord

        async with self._asking("a look at a thread", seconds=LOOK_SECONDS):
            earlier = discord.Object(int(message))
            listed = [said async for said in self._place(channel).history(limit=limit, before=earlier)]
            return [_spoken(said) for said in reversed(listed)]

    async def message(self, channel: str, message: str) -> list[Spoken]:
        """One message; none where it is not there."""
        try:
            async with self._asking("a look at a message", seconds=LOOK_SECONDS):
                return [_spoken(await self._place(channel).fetch_message(int(message)))]
        except Declined as error:
            if not error.gone:
                raise
            return []

    async def attachments(self, channel: str, message: str) -> dict[str, str]:
        """Fresh addresses of the files in a message, by their ids."""
        async with self._asking("a look at a message", seconds=LOOK_SECONDS):
            found = await self._place(channel).fetch_message(int(message))
            return {str(one.id): one.url for one in found.attachments}

    async def direct(self, user: str) -> str:
        """The channel for direct messages to somebody."""
        import discord

        async with self._asking("a direct channel"):
            # Nothing but the id of a user is needed.
            return str((await self._client().create_dm(cast("discord.User", discord.Object(int(user))))).id)

    async def edit_response(
        self,
        application: str,
        token: str,
        message: str,
        text: str,
        *,
        view: "View | None" = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """Makes a response to an interaction this: ORIGINAL, or a message that followed it."""
        async with self._doing("an edit of a response", seconds=seconds):
            webhook = self._webhook(application, token)
            await webhook.edit_message(_name(message), content=text, view=None if view is None else stopped(view))

    async def response(self, application: str, token: str) -> str:
        """The id of the response that ORIGINAL stands for."""
        async with self._asking("a look at a response", seconds=LOOK_SECONDS):
            return str((await self._webhook(application, token).fetch_message(_name(ORIGINAL))).id)

    async def follow(
        self, application: str, token: str, text: str, *, private: bool, view: "View | None" = None
    ) -> Seen:
        """Posts a further response to an interaction."""
        more: dict[str, Any] = {} if view is None else {"view": stopped(view)}
        async with self._asking("a further response"):
            return _seen(await self._webhook(application, token).send(text, ephemeral=private, wait=True, **more))

    async def delete_response(self, application: str, token: str, message: str) -> None:
        """Takes a response away."""
        async with self._doing("a deletion of a response"):
            await self._webhook(application, token).delete_message(_name(message))

    def _client(self) -> "discord.Client":
        client = self._current()
        if client is None:
            raise Unclear("there is no connection")
        return client

    def _place(self, channel: str) -> "discord.PartialMessageable":
        return self._client().get_partial_messageable(int(channel))

    def _webhook(self, application: str, token: str) -> "discord.Webhook":
        import discord

        webhook = discord.Webhook.partial(int(application), token, client=self._client())
        webhook.type = discord.WebhookType.application
        return webhook

    @asynccontextmanager
    async def _doing(self, what: str, *, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
        """Like `_asking` where the reply tells nothing that matters: it may lack whatever it likes."""
        async with self._asking(what, seconds=seconds):
            try:
                yield
            except UNREAD as error:
                log.debug("%s: a reply that cannot be read: %s", what, type(error).__name__)

    @asynccontextmanager
    async def _asking(self, what: str, *, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
        import discord

        try:
            async with asyncio.timeout(seconds):
                yield
        except discord.HTTPException as error:
            raise translated(what, error) from error
        except (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError, RuntimeError, *UNREAD) as error:
            # A RuntimeError is a session that was closed because the client is rebuilt.
            raise Unclear(f"{what}: {type(error).__name__}") from error


def translated(what: str, error: "discord.HTTPException") -> Declined | Unclear:
    """What a refusal of Discord means."""
    if error.status == TOO_MANY or error.status >= SERVER_FAULT:
        return Unclear(f"{what}: {error.status}")
    kind = Expired if error.code in EXPIRED else Declined
    return kind(what, status=error.status, code=error.code)


def stopped(view: "View") -> "View":
    """The view as it is sent. discord.py need not remember it: what is pressed is recognised by its id."""
    view.stop()
    return view


def _spoken(message: "discord.Message") -> Spoken:
    return Spoken(str(message.id), str(message.author.id), message.content, message.created_at)


def _name(message: str) -> int:
    # discord.py asks for a number, and puts whatever it gets into the address.
    return cast("int", message)


def _seen(message: "discord.Message") -> Seen:
    reference, interaction = message.reference, message.interaction_metadata
    return Seen(
        str(message.id),
        message.content,
        str(reference.message_id or "") if reference else "",
        str(interaction.id) if interaction else "",
    )
