"""What the routes look up, and how Discord refuses where the bot may not."""

from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import Permission, allowed, sees
from tests.fakes.discord.rest import Ask
from tests.fakes.discord.state import Channel, Guild, Message


def channel_of(discord: Interacting, ask: Ask, *needed: Permission) -> Channel:
    """The channel of the path. Raises DiscordError where it is unknown, hidden, or one of `needed` is lacking."""
    channel = discord.world.channel(ask.path["channel_id"])
    if channel is None or (channel.guild is not None and discord.bot.id not in channel.guild.members):
        raise DiscordError(10003 if channel is None else 50001)
    if not sees(channel, discord.bot.id):
        raise DiscordError(50001)
    granted = allowed(channel, discord.bot.id)
    if any(one not in granted for one in needed):
        raise DiscordError(50013)
    return channel


def message_of(discord: Interacting, channel: Channel, message_id: str) -> Message:
    """A message that stands and that everybody sees. Raises DiscordError."""
    message = channel.messages.get(message_id)
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise DiscordError(10008)
    return message


def guild_of(discord: Interacting, ask: Ask) -> Guild:
    """The guild of the path, where the bot is in it. Raises DiscordError."""
    guild = discord.world.guilds.get(ask.path["guild_id"])
    if guild is None:
        raise DiscordError(10004)
    if discord.bot.id not in guild.members:
        raise DiscordError(50001)
    return guild
