"""What discord.py knows of the places around a message: its server's language, its channel, whether words are shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.discord.directory import Directory
from adapters.discord.heard import Heard
from adapters.discord.inbound import DIRECT, Asked
from adapters.discord.permissions import Readers, may_read
from core.audience import Kind
from core.words import language

if TYPE_CHECKING:
    import discord


@dataclass(frozen=True, slots=True)
class Around:
    """Looks around for one bot."""

    client: "Callable[[], discord.Client | None]"
    directory: Directory

    def guilds(self) -> frozenset[str] | None:
        """The servers that the bot is in; None while that is not known."""
        client = self.client()
        if client is None or not client.is_ready():
            return None
        return frozenset(str(guild.id) for guild in client.guilds)

    def reads_along(self) -> bool:
        """Whether Discord shows the bot what is not said to it."""
        client = self.client()
        return client is not None and client.intents.message_content

    def shows(self, heard: Heard, *, me: str) -> bool:
        """Whether Discord shows the words and files of a message: not having the intent it withholds them, and then
        nothing follows from their absence."""
        return self.reads_along() or not heard.guild or me in heard.mentions or bool(heard.text or heard.attachments)

    def locale(self, heard: Heard) -> str:
        """The language to reply in: that of the words, else that of the server."""
        spoken = language(heard.text)
        if spoken != "other":
            return spoken
        client = self.client()
        guild = client.get_guild(int(heard.guild)) if client is not None and heard.guild.isdigit() else None
        return "en" if guild is None else guild.preferred_locale.value

    async def kind(self, asked: Asked) -> Kind:
        """Who reads what is shared there: `public` where everybody in the server does."""
        if asked.guild == DIRECT:
            return "direct"
        readers = await self._knowing(asked)
        thread = None if readers is None else readers.server.threads.get(asked.thread)
        if thread is not None and thread.private:
            return "private"
        channel = None if readers is None else readers.server.channels.get(asked.channel)
        if readers is None or channel is None:
            # Not knowing better, people are asked.
            return "public"
        return "public" if may_read(readers.server, channel, "nobody", roles=frozenset()) else "private"

    async def _knowing(self, asked: Asked) -> Readers | None:
        """Who may read what in a server; looked at again where a channel is too new to be known."""
        readers = await self.directory.readers(asked.guild)
        if readers is None or asked.channel in readers.server.channels:
            return readers
        self.directory.changed(asked.guild)
        return await self.directory.readers(asked.guild)

    async def place(self, guild: str, target: str) -> tuple[str, str]:
        """The channel and the thread that an id of either means; the thread is empty where it means a channel."""
        readers = None if guild == DIRECT else await self.directory.readers(guild)
        thread = None if readers is None else readers.server.threads.get(target)
        return (target, "") if thread is None else (thread.parent, target)
