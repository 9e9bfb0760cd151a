"""Telling Discord of the commands from the command line, without the bot running."""

import asyncio
from dataclasses import dataclass

import aiohttp
import discord

from adapters.discord.checkup import invitation
from adapters.discord.client import rest_client
from adapters.discord.endpoint import API_URL, connect_to
from adapters.discord.notes import Note
from adapters.discord.options import Options
from adapters.discord.supervisor import refusal
from adapters.discord.sync import COMMANDS_NOTE, Synced, sync
from adapters.discord.translating import payload
from core.errors import Refused, Unavailable

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Registered:
    """How many commands Discord knows now, and the link that adds the bot to a server."""

    count: int
    url: str


async def register_commands(options: Options) -> Registered:
    """Tells Discord of all commands. Raises Refused and Unavailable with what to do."""
    connect_to(options.api_url, options.gateway_url)
    client = rest_client()
    away = Unavailable("discord_connection.away", url=options.api_url or API_URL)
    try:
        async with asyncio.timeout(SECONDS):
            await client.login(options.token)
            ended = await sync(client, Note(options.data_dir / COMMANDS_NOTE), force=True)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise refusal(error) or away from error
    finally:
        await client.close()
    if ended is Synced.too_many:
        raise Unavailable("discord_connection.sync_too_many")
    if ended is Synced.refused:
        raise Refused("discord_connection.sync_refused")
    if ended is Synced.away or client.application_id is None:
        raise away
    return Registered(len(payload()), invitation(client.application_id))
