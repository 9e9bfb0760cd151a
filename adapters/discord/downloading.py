"""Files from Discord: fetched from its own servers alone, with a limit of ours, and again where an address expired."""

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from adapters.discord.api import Api, Declined, Unclear
from adapters.discord.heard import Attachment
from core.errors import Refused, Unavailable

log = logging.getLogger(__name__)

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
SECONDS = 120.0
PIECE = 64 * 1024
OK, NOT_FOUND, FORBIDDEN, GONE = 200, 404, 403, 410
MEGABYTE = 1024 * 1024


class _Expired(Exception):
    """The address is of no use any more."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Fetches files that were handed over in Discord. `hosts` are further places that they may be fetched from."""

    api: Api
    session: aiohttp.ClientSession
    limit: int
    """Bytes."""
    hosts: frozenset[str] = frozenset()

    async def fetch(self, one: Attachment, *, channel: str, message: str = "") -> bytes:
        """The content of a file; where its address has expired, once more by the message that it stands in."""
        if one.size > self.limit:
            raise Refused("discord_desk.too_large", name=one.name, limit=self.limit // MEGABYTE)
        try:
            return await self._read(one.url, name=one.name)
        except _Expired:
            fresh = await self._address(one, channel, message) if message else ""
            if not fresh:
                raise Refused("discord_desk.gone", name=one.name) from None
        try:
            return await self._read(fresh, name=one.name)
        except _Expired:
            raise Refused("discord_desk.gone", name=one.name) from None

    async def _read(self, url: str, *, name: str) -> bytes:
        if not self._may_fetch(url):
            raise Refused("discord_desk.elsewhere", name=name)
        content = bytearray()
        try:
            async with asyncio.timeout(SECONDS), self.session.get(url, allow_redirects=False) as response:
                if response.status in (NOT_FOUND, FORBIDDEN, GONE):
                    raise _Expired
                if response.status != OK:
                    raise Unavailable("discord_desk.download", name=name, status=response.status)
                async for piece in response.content.iter_chunked(PIECE):
                    content += piece
                    if len(content) > self.limit:
                        raise Refused("discord_desk.too_large", name=name, limit=self.limit // MEGABYTE)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unavailable("discord_desk.download", name=name, status=type(error).__name__) from error
        return bytes(content)

    def _may_fetch(self, url: str) -> bool:
        parts = urlsplit(url)
        ours = parts.netloc in self.hosts
        return ours or (parts.scheme == "https" and parts.netloc in HOSTS)

    async def _address(self, one: Attachment, channel: str, message: str) -> str:
        try:
            return (await self.api.attachments(channel, message)).get(one.id, "")
        except (Declined, Unclear) as error:
            log.info("a fresh address of a file is not known: %s", error)
            return ""
