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
            str(channel.id): _channel(guild, channel) for channel in guild.channels if channel.type.value != CATEGORY
        },
        threads={str(thread.id): _thread(thread) for thread in guild.threads},
        members={str(member.id): roles_of(member) for member in current if not member.bot},
    )


def roles_of(member: "discord.Member") -> frozenset[str]:
    """The roles of a member, without @everyone."""
    return frozenset(str(role.id) for role in member.roles if not role.is_default())


def _channel(guild: "discord.Guild", channel: "GuildChannel") -> Channel:
    roles: dict[str, Overwrite] = {}
    members: dict[str, Overwrite] = {}
    for target, overwrite in channel.overwrites.items():
        allow, deny = overwrite.pair()
        plain = Overwrite(allow.value, deny.value)
        if _is_role(target):
            roles[str(target.id)] = plain
        elif not _is_bot(guild, target.id):
            members[str(target.id)] = plain
    return Channel(str(channel.id), roles, members, voice=channel.type.value in (VOICE, STAGE))


def _is_role(target: object) -> bool:
    """Also of one that is not cached."""
    from discord import Role

    return isinstance(target, Role) or getattr(target, "type", None) is Role


def _is_bot(guild: "discord.Guild", user: int) -> bool:
    me = guild.me
    if me is not None and me.id == user:
        return True
    member = guild.get_member(user)
    return member is not None and member.bot


def _thread(thread: "discord.Thread") -> Thread:
    return Thread(
        str(thread.id),
        str(thread.parent_id),
        private=thread.type.value == PRIVATE_THREAD,
        members=frozenset(str(member.id) for member in thread.members),
    )
