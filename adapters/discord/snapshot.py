"""A server of discord.py's cache as plain values that decide who reads what."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from adapters.discord.permissions import Channel, Overwrite, Server, Thread

if TYPE_CHECKING:
    import discord
    from discord.abc import GuildChannel

CATEGORY, VOICE, STAGE, PRIVATE_THREAD = 4, 2, 13, 12
"""Types of channels."""


def server_of(guild: "discord.Guild", *, current: Iterable["discord.Member"] = ()) -> Server:
    """The server as it is cached now. Without the members intent the roles of cached members grow old: only those in
    `current` are believed. Roles of bots are left out, and bots as far as they are known: they read nothing."""
    bots = _bots(guild)
    return Server(
        id=str(guild.id),
        owner=str(guild.owner_id or ""),
        everyone=guild.default_role.permissions.value,
        roles={
            str(role.id): role.permissions.value
            for role in guild.roles
            if not role.is_default() and not role.is_bot_managed()
        },
        channels={
            str(channel.id): _channel(channel, bots) for channel in guild.channels if channel.type.value != CATEGORY
        },
        threads={str(thread.id): _thread(thread) for thread in guild.threads},
        members={str(member.id): roles_of(member) for member in current if not member.bot},
    )


def roles_of(member: "discord.Member") -> frozenset[str]:
    """The roles of a member, without @everyone."""
    return frozenset(str(role.id) for role in member.roles if not role.is_default())


def _channel(channel: "GuildChannel", bots: frozenset[int]) -> Channel:
    roles: dict[str, Overwrite] = {}
    members: dict[str, Overwrite] = {}
    # The public view makes two objects of fifty permissions for each, which takes seconds in a large server.
    for one in channel._overwrites:  # noqa: SLF001
        if one.is_role():
            roles[str(one.id)] = Overwrite(one.allow, one.deny)
        elif one.id not in bots:
            members[str(one.id)] = Overwrite(one.allow, one.deny)
    return Channel(str(channel.id), roles, members, voice=channel.type.value in (VOICE, STAGE))


def _bots(guild: "discord.Guild") -> frozenset[int]:
    """The bots that are known: by their roles also those that are not cached."""
    managed = (role.tags.bot_id for role in guild.roles if role.tags is not None)
    cached = (member.id for member in guild.members if member.bot)
    me = guild.me
    return frozenset(bot for bot in (*managed, *cached, me.id if me is not None else None) if bot is not None)


def _thread(thread: "discord.Thread") -> Thread:
    return Thread(
        str(thread.id),
        str(thread.parent_id),
        private=thread.type.value == PRIVATE_THREAD,
        members=frozenset(str(member.id) for member in thread.members),
    )
