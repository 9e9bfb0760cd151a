"""What happens to what stands in Discord, as one kind of value. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import discord


@dataclass(frozen=True, slots=True)
class Change:
    """Something was deleted, edited, left or opened to others. Ids that are not known are None."""

    kind: Literal[
        "messages_deleted",
        "message_edited",
        "channel_deleted",
        "thread_deleted",
        "guild_left",
        "guild_joined",
        "access_changed",
    ]
    """`access_changed`: who may read a channel, or all of a guild's, may be different from now on."""
    guild_id: int | None = None
    channel_id: int | None = None
    message_ids: frozenset[int] = frozenset()
    message: "discord.Message | None" = None
    """As it stands after an edit. Its text is empty where the bot may not read it."""


def _deleted(event: "discord.RawMessageDeleteEvent") -> Change:
    return Change("messages_deleted", event.guild_id, event.channel_id, frozenset({event.message_id}))


def _deleted_together(event: "discord.RawBulkMessageDeleteEvent") -> Change:
    return Change("messages_deleted", event.guild_id, event.channel_id, frozenset(event.message_ids))


def _edited(event: "discord.RawMessageUpdateEvent") -> Change:
    ids = frozenset({event.message_id})
    return Change("message_edited", event.guild_id, event.channel_id, ids, event.message)


CHANGES: Mapping[str, Callable[..., Change]] = {
    "raw_message_delete": _deleted,
    "raw_bulk_message_delete": _deleted_together,
    "raw_message_edit": _edited,
    "guild_channel_delete": lambda channel: Change("channel_deleted", channel.guild.id, channel.id),
    "raw_thread_delete": lambda event: Change("thread_deleted", event.guild_id, event.thread_id),
    "guild_remove": lambda guild: Change("guild_left", guild.id),
    "guild_join": lambda guild: Change("guild_joined", guild.id),
    "guild_channel_update": lambda _, channel: Change("access_changed", channel.guild.id, channel.id),
    "guild_role_update": lambda _, role: Change("access_changed", role.guild.id),
    "guild_role_delete": lambda role: Change("access_changed", role.guild.id),
}
"""What each event of discord.py means."""


def change(event: str, *arguments: Any) -> Change | None:
    """The change that an event tells of; None: none that matters."""
    read = CHANGES.get(event)
    return None if read is None else read(*arguments)
