"""discord.py's own objects, made from bodies as Discord sends them."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import discord

GUILD = 900
OWNER = 901
BOT = 999
NOTHING = {"allow": 0, "deny": 0}


def client(*, members: bool = False) -> discord.Client:
    """A client that is not connected."""
    intents = discord.Intents.default()
    intents.members = members
    made = discord.Client(intents=intents)
    user = {"id": str(BOT), "username": "saseo", "discriminator": "0", "avatar": None, "bot": True}
    made._connection.user = discord.ClientUser(state=made._connection, data=cast("Any", user))
    return made


def user(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "username": f"user{number}", "discriminator": "0", "avatar": None, **more}


def member(number: int, roles: Iterable[int] = (), **more: Any) -> dict[str, Any]:
    return {"user": user(number, **more), "roles": [str(role) for role in roles], "flags": 0}


def role(number: int, permissions: int, **more: Any) -> dict[str, Any]:
    name = "@everyone" if number == GUILD else f"role{number}"
    return {"id": str(number), "name": name, "permissions": str(permissions), "position": 1, "color": 0, **more}


def overwrite(number: int, *, of: str = "role", allow: int = 0, deny: int = 0) -> dict[str, Any]:
    kind = 0 if of == "role" else 1
    return {"id": str(number), "type": kind, "allow": str(allow), "deny": str(deny)}


def channel(number: int, overwrites: Iterable[Mapping[str, Any]] = (), *, type: int = 0) -> dict[str, Any]:  # noqa: A002
    return {
        "id": str(number),
        "type": type,
        "name": f"channel{number}",
        "position": number,
        "guild_id": str(GUILD),
        "permission_overwrites": list(overwrites),
        "bitrate": 64000,
        "user_limit": 0,
    }


def thread(number: int, *, parent: int, private: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "parent_id": str(parent),
        "owner_id": str(OWNER),
        "guild_id": str(GUILD),
        "name": f"thread{number}",
        "type": 12 if private else 11,
        "message_count": 0,
        "member_count": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
        },
        **more,
    }


def guild(
    owner: discord.Client,
    *,
    everyone: int,
    roles: Iterable[Mapping[str, Any]] = (),
    channels: Iterable[Mapping[str, Any]] = (),
    threads: Iterable[Mapping[str, Any]] = (),
    members: Iterable[Mapping[str, Any]] = (),
) -> discord.Guild:
    body = {
        "id": str(GUILD),
        "name": "guild",
        "owner_id": str(OWNER),
        "roles": [role(GUILD, everyone), *roles],
        "channels": list(channels),
        "threads": list(threads),
        "members": [member(BOT, bot=True), *members],
        "member_count": 2,
    }
    made = discord.Guild(data=cast("Any", body), state=owner._connection)
    owner._connection._add_guild(made)
    return made


def person(of: discord.Guild, number: int, roles: Iterable[int] = ()) -> discord.Member:
    return discord.Member(data=cast("Any", member(number, roles)), guild=of, state=of._state)
