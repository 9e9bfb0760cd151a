"""What the doctor looks at in Discord: the token, the intent, the commands, and the permissions in every server."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
import discord
from discord import app_commands
from discord.abc import GuildChannel

from adapters.discord.client import rest_client
from adapters.discord.endpoint import API_URL, connect_to
from adapters.discord.options import Options
from adapters.discord.supervisor import UNAUTHORIZED
from adapters.discord.translating import payload

MOST_GUILDS = 20
NAMED = 5
"""Channels that are named where many lack the same."""
SECONDS = 30.0
NEEDED = {
    "send_messages": "discord_connection.lacks_send_messages",
    "send_messages_in_threads": "discord_connection.lacks_send_messages_in_threads",
    "read_message_history": "discord_connection.lacks_read_message_history",
}
"""What does not work without a permission, where a channel can be seen at all."""
PERMISSIONS = discord.Permissions(view_channel=True, add_reactions=True, **dict.fromkeys(NEEDED, True))
"""The least that is asked for."""
SCOPES = ("bot", "applications.commands")
WRITTEN_IN = (discord.TextChannel, discord.ForumChannel)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at, as a text of the catalogues."""

    level: Literal["good", "note", "wrong"]
    code: str
    details: Mapping[str, object] = field(default_factory=dict)


def invitation(application_id: int) -> str:
    """The link that adds the bot to a server, with the least permissions."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)


async def look(options: Options) -> AsyncIterator[Look]:
    """Every finding. Only reads, over REST alone, so a bot that is running is not disturbed."""
    connect_to(options.api_url, options.gateway_url)
    client = rest_client()
    try:
        async with asyncio.timeout(SECONDS):
            await client.login(options.token)
            findings = [seen async for seen in _findings(client, options)]
    except discord.HTTPException as error:
        findings = [_failed(error, options)]
    except discord.LoginFailure:
        findings = [Look("wrong", "discord_connection.token")]
    except (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError):
        findings = [_away(options)]
    finally:
        await client.close()
    for seen in findings:
        yield seen


def _failed(error: discord.HTTPException, options: Options) -> Look:
    return Look("wrong", "discord_connection.token") if error.status == UNAUTHORIZED else _away(options)


def _away(options: Options) -> Look:
    return Look("wrong", "discord_connection.away", {"url": options.api_url or API_URL})


async def _findings(client: discord.Client, options: Options) -> AsyncIterator[Look]:
    application = client.application
    if client.user is None or application is None:
        raise RuntimeError("the client has not logged in")
    yield Look("good", "discord_connection.found", {"user": str(client.user)})
    if application.interactions_endpoint_url:
        yield Look("wrong", "discord_connection.endpoint_set")
    yield _content(application.flags, wanted=options.message_content)
    yield await _commands(client)
    async for seen in _guilds(client, url=invitation(application.id)):
        yield seen


def _content(flags: discord.ApplicationFlags, *, wanted: bool) -> Look:
    if not wanted:
        return Look("note", "discord_connection.content_off")
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    return Look("good", "discord_connection.content_on") if granted else Look("wrong", "discord_connection.intent")


async def _commands(client: discord.Client) -> Look:
    known = {command.name for command in await app_commands.CommandTree(client).fetch_commands()}
    wanted = [command["name"] for command in payload()]
    missing = [name for name in wanted if name not in known]
    if missing:
        return Look("wrong", "discord_connection.commands_missing", {"names": ", ".join(missing)})
    return Look("good", "discord_connection.commands_known", {"count": len(wanted)})


async def _guilds(client: discord.Client, *, url: str) -> AsyncIterator[Look]:
    guilds = [guild async for guild in client.fetch_guilds(limit=MOST_GUILDS + 1)]
    if not guilds:
        yield Look("wrong", "discord_connection.no_guild", {"url": url})
        return
    for guild in guilds[:MOST_GUILDS]:
        for seen in await _guild(client, guild):
            yield seen
    if len(guilds) > MOST_GUILDS:
        yield Look("note", "discord_connection.guilds_unseen", {"count": MOST_GUILDS})
    yield Look("note", "discord_connection.invitation", {"url": url})


async def _guild(client: discord.Client, listed: discord.Guild) -> list[Look]:
    try:
        guild = await client.fetch_guild(listed.id, with_counts=False)
        me = await guild.fetch_member(client.user.id if client.user is not None else 0)
        channels = await guild.fetch_channels()
    except discord.HTTPException as error:
        return [Look("note", "discord_connection.guild_unseen", {"guild": listed.name, "status": error.status})]
    seen = list(_lacking(guild, me, [channel for channel in channels if isinstance(channel, WRITTEN_IN)]))
    return seen or [Look("good", "discord_connection.guild_good", {"guild": guild.name})]


def _lacking(guild: discord.Guild, me: discord.Member, channels: Sequence[GuildChannel]) -> Iterator[Look]:
    """A channel that is closed to the bot may be meant to be; one that it sees and cannot write in hardly is."""
    seen = [channel for channel in channels if channel.permissions_for(me).view_channel]
    hidden = [channel for channel in channels if channel not in seen]
    if hidden:
        details = {"guild": guild.name, "channels": _names(hidden)}
        yield Look("note" if seen else "wrong", "discord_connection.lacks_view_channel", details)
    for permission, code in NEEDED.items():
        lacking = [channel for channel in seen if not getattr(channel.permissions_for(me), permission)]
        if lacking:
            yield Look("wrong", code, {"guild": guild.name, "channels": _names(lacking)})


def _names(channels: Sequence[GuildChannel]) -> str:
    named = ", ".join(f"#{channel.name}" for channel in channels[:NAMED])
    return f"{named} (+{len(channels) - NAMED})" if len(channels) > NAMED else named
