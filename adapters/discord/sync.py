"""Tells Discord of the commands, when they have changed: new ones may be made only so often a day."""

import json
import logging
from enum import StrEnum

import aiohttp
import discord

from adapters.discord.notes import Note
from adapters.discord.translating import Json, payload
from core.types import digest

log = logging.getLogger(__name__)

TOO_MANY_CREATED = 30034
LONG_SECONDS = 600.0
"""Whoever is to wait so long has made too many new commands today."""
TOO_MANY, SERVER_FAULT = 429, 500
COMMANDS_NOTE = "discord-commands.json"
"""Where it is kept what Discord was told last."""
APPLICATION, DIGEST = "application", "digest"


class Synced(StrEnum):
    """How telling Discord of the commands ended."""

    unchanged = "unchanged"
    done = "done"
    too_many = "too_many"
    """There were more than 200 new ones today; Discord takes no others before tomorrow."""
    refused = "refused"
    away = "away"


async def sync(client: discord.Client, note: Note, *, force: bool = False) -> Synced:
    """Replaces the commands of the application where they are not what was sent last. Raises nothing of Discord's."""
    commands = payload()
    present = {APPLICATION: client.application_id, DIGEST: fingerprint(commands)}
    if not force and await note.read() == present:
        return Synced.unchanged
    ended = await _sent(client, commands)
    if ended is Synced.done:
        try:
            await note.write(present)
        except OSError as error:
            log.warning("that Discord knows the commands could not be noted: %s", error.strerror)
    return ended


def fingerprint(commands: list[Json]) -> str:
    """Changes with every text and every rule of the commands."""
    return digest(json.dumps(commands, sort_keys=True))


async def _sent(client: discord.Client, commands: list[Json]) -> Synced:
    if client.application_id is None:
        raise RuntimeError("the client has not logged in")
    try:
        await client.http.bulk_upsert_global_commands(client.application_id, commands)
    except discord.HTTPException as error:
        if error.code == TOO_MANY_CREATED:
            return _too_many()
        log.warning("Discord does not take the commands: %d, code %d", error.status, error.code)
        return Synced.away if error.status == TOO_MANY or error.status >= SERVER_FAULT else Synced.refused
    except discord.RateLimited as error:
        if error.retry_after >= LONG_SECONDS:
            return _too_many()
        log.warning("Discord could not be told of the commands, it asks to wait for %.0f s", error.retry_after)
        return Synced.away
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("Discord could not be told of the commands: %s", type(error).__name__)
        return Synced.away
    log.info("Discord knows %d commands", len(commands))
    return Synced.done


def _too_many() -> Synced:
    log.warning("Discord takes no more new commands today; it is told of them at the next start")
    return Synced.too_many
