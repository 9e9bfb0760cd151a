"""The first word back to whoever agrees with a button: the message it stands in will say what becomes of it."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.discord.acknowledging import ALREADY, SECONDS

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)


async def agree(interaction: "discord.Interaction[Any]") -> str | None:
    """Takes a pressed button in without a word. The id of its message, empty where that may not be changed; None where
    another process was first."""
    import discord

    message = interaction.message
    try:
        async with asyncio.timeout(SECONDS):
            await interaction.response.defer()
    except discord.InteractionResponded:
        return None
    except discord.HTTPException as error:
        log.info("a button could not be acknowledged: %d, code %d", error.status, error.code)
        return None if error.code == ALREADY else ""
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.info("nobody knows whether a button was acknowledged: %s", type(error).__name__)
    return str(message.id) if message is not None else ""
