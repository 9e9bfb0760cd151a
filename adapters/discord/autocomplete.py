"""Proposals while a document is being typed: fast, few, and only what this person may see."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.discord.commands import CHOICE_LIMIT, CHOICES
from adapters.discord.directory import Directory
from adapters.discord.interactions import Wanted
from adapters.splitting import clipped
from core.errors import SaseoError
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Audience, Document

if TYPE_CHECKING:
    import discord

log = logging.getLogger(__name__)

SECONDS = 1.5
"""Discord waits for three; what is not found by then is not proposed."""


class Autocomplete:
    """Proposes documents that can be forgotten where somebody is typing: those that were shared there."""

    def __init__(self, saseo: Saseo, directory: Directory) -> None:
        self._saseo = saseo
        self._directory = directory

    async def propose(self, interaction: "discord.Interaction[Any]", wanted: Wanted) -> None:
        """Shows what fits. Too late is no harm: the next letter asks anew."""
        from discord import DiscordException
        from discord.app_commands import Choice

        found = await self._found(wanted)
        choices = [Choice(name=_name(document), value=document.id) for document in found]
        try:
            async with asyncio.timeout(SECONDS):
                await interaction.response.autocomplete(choices)
        except (DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.debug("nothing was proposed: %s", type(error).__name__)

    async def _found(self, wanted: Wanted) -> list[Document]:
        try:
            async with asyncio.timeout(SECONDS):
                own = await self._directory.own(wanted.place)
                if own is None:
                    return []
                where = DocumentFilter(audience=Audience.of(own), state="ready", words=wanted.place.text or None)
                page = await self._saseo.catalogue.page(where, limit=CHOICES)
        except (SaseoError, TimeoutError) as error:
            log.info("nothing is proposed: %s", type(error).__name__)
            return []
        return list(page.documents)[:CHOICES]


def _name(document: Document) -> str:
    """The title, cut to what fits; Discord takes no empty one."""
    return clipped(" ".join(document.title.split()) or document.id, CHOICE_LIMIT)
