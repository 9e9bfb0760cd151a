"""Further calls of Discord's REST API: for what people share, and for answers that were given long ago."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.discord.api import LOOK_SECONDS, LOOKED_AT, Api
from adapters.discord.heard import Heard, hear

if TYPE_CHECKING:
    import discord

REACTION_SECONDS = 5.0
UNKNOWN = frozenset({10003, 10008})
"""Codes by which Discord says that a channel or a message is not there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot's own, with what tells the question that it answers."""

    id: str
    text: str
    reference: str = ""
    """The message that it replies to."""
    buttons: frozenset[str] = frozenset()
    """The ids of its buttons."""


class Messages(Api):
    """Calls for one bot. Ids are decimal digits. Each raises Declined or Unclear."""

    async def look(self, channel: str, message: str) -> Heard:
        """A message as it stands now; Declined with one of `UNKNOWN` where it is not there."""
        async with self._asking("a look at a message", seconds=LOOK_SECONDS):
            return hear(await self._place(channel).fetch_message(int(message)))

    async def answers(self, channel: str, question: str) -> list[Shown]:
        """The bot's own among the messages that came next after a question, oldest first."""
        import discord

        async with self._asking("a look at a channel"):
            me = self._client().user
            listed = self._place(channel).history(limit=LOOKED_AT, after=discord.Object(int(question)))
            found = [message async for message in listed if me is not None and message.author.id == me.id]
        return [_shown(message) for message in found]

    async def reword(self, channel: str, message: str, text: str) -> None:
        """Gives a message another text, and leaves its buttons as they are."""
        async with self._asking("an edit"):
            await self._place(channel).get_partial_message(int(message)).edit(content=text)

    async def react(self, channel: str, message: str, emoji: str) -> None:
        """Puts a reaction below a message."""
        async with self._asking("a reaction", seconds=REACTION_SECONDS):
            await self._place(channel).get_partial_message(int(message)).add_reaction(emoji)

    async def unreact(self, channel: str, message: str, emoji: str) -> None:
        """Takes a reaction of the bot's own away."""
        async with self._asking("a reaction", seconds=REACTION_SECONDS):
            client = self._client()
            if client.user is not None:
                await self._place(channel).get_partial_message(int(message)).remove_reaction(emoji, client.user)


def _shown(message: "discord.Message") -> Shown:
    reference = message.reference
    rows = [getattr(row, "children", [row]) for row in message.components]
    buttons = frozenset(str(getattr(one, "custom_id", None) or "") for row in rows for one in row)
    return Shown(str(message.id), message.content, str(reference.message_id or "") if reference else "", buttons)
