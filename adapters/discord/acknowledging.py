"""The first word back to an interaction, within three seconds and exactly once."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    import discord
    from discord.ui import Modal

log = logging.getLogger(__name__)

SECONDS = 10.0
"""After three Discord takes no first word any more; what arrives later still says so."""
UNKNOWN_INTERACTION = 10062
ALREADY = 40060
UNREAD = (KeyError, TypeError, AttributeError)
"""What discord.py stumbles over where a call was carried out and the reply lacks something."""


async def acknowledge(interaction: "discord.Interaction[Any]", *, private: bool) -> str | None:
    """Has Discord show that somebody is thinking. The id of the message that stands for it, empty where it is not
    known; None where another process was first."""
    import discord

    try:
        async with asyncio.timeout(SECONDS):
            told = await interaction.response.defer(ephemeral=private, thinking=True)
    except discord.InteractionResponded:
        return None
    except discord.HTTPException as error:
        if error.code == ALREADY:
            log.info("an interaction was acknowledged before")
            return None
        log.warning("an interaction could not be acknowledged: %d, code %d", error.status, error.code)
        return ""
    except UNREAD:
        log.info("an interaction was acknowledged, and Discord did not say as what")
        return ""
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("nobody knows whether an interaction was acknowledged: %s", type(error).__name__)
        return ""
    return str(told.message_id or "") if told is not None else ""


async def reply(interaction: "discord.Interaction[Any]", answer: "str | Modal") -> bool:
    """Answers at once, to one person alone: with a sentence or a dialogue. False where another process was first;
    what cannot be said is logged."""
    import discord

    try:
        async with asyncio.timeout(SECONDS):
            if isinstance(answer, str):
                await interaction.response.send_message(answer, ephemeral=True)
            else:
                await interaction.response.send_modal(answer)
    except discord.InteractionResponded:
        return False
    except discord.HTTPException as error:
        log.info("an interaction could not be answered: %d, code %d", error.status, error.code)
        return error.code != ALREADY
    except UNREAD:
        log.info("an interaction was answered, and Discord did not say as what")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.info("an interaction could not be answered: %s", type(error).__name__)
    return True
