"""The settings of channels on SQLite."""

import json

from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import LAST, PAGE_LIMIT, channel_page, escape, place_after, place_key, raw, text
from core.channels import ChannelPage, ChannelSettings, channel_of
from core.types import Session

GET = "SELECT settings FROM channels WHERE place = ?"
PUT = "INSERT INTO channels VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET settings = excluded.settings"
NOTE = "INSERT INTO channels VALUES (?, ?) ON CONFLICT (place) DO NOTHING"
PAGE = "SELECT place, settings FROM channels WHERE place > ? AND place >= ? AND place < ? ORDER BY place LIMIT ?"
ERASE = "DELETE FROM channels WHERE place >= ? AND place < ?"


class SqliteChannels:
    """`Channels` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, session: Session) -> ChannelSettings:
        """The settings of the channel of a session."""
        found = await self._database.read(rows(GET, place_key(channel_of(session))))
        return ChannelSettings.load(json.loads(text(found[0][0]))) if found else ChannelSettings()

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces the settings of the channel of a session."""
        saved = raw(json.dumps(settings.dump(), ensure_ascii=False))
        await self._database.write(statement(PUT, place_key(channel_of(session)), saved))

    async def note(self, session: Session) -> None:
        """The channel is known from now on."""
        usual = raw(json.dumps(ChannelSettings().dump()))
        await self._database.write(statement(NOTE, place_key(channel_of(session)), usual))

    async def page(self, *, within: str = "", after: str | None = None, limit: int = 50) -> ChannelPage:
        """The channels that are known, by name."""
        most = min(max(limit, 1), PAGE_LIMIT)
        first = escape(within)
        found = await self._database.read(rows(PAGE, place_after(after), first, first + LAST, most + 1))
        return channel_page(found, limit=most)

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace."""
        first = escape(prefix)
        await self._database.write(statement(ERASE, first, first + LAST))
