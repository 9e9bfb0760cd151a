"""The settings of channels on PostgreSQL."""

import json

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from core.backends.postgres.database import Database
from core.backends.postgres.phrases import begins
from core.backends.postgres.tables import channels
from core.backends.written import PAGE_LIMIT, channel_page, escape, place_after, place_key, raw, text
from core.channels import ChannelPage, ChannelSettings, channel_of
from core.types import Session

SETTINGS = "SELECT settings FROM saseo.channels WHERE place = $1"


class PostgresChannels:
    """`Channels` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, session: Session) -> ChannelSettings:
        """The settings of the channel of a session."""
        found = await self._database.ask(SETTINGS, place_key(channel_of(session)))
        return ChannelSettings.load(json.loads(text(found[0][0]))) if found else ChannelSettings()

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces the settings of the channel of a session."""
        saved = raw(json.dumps(settings.dump(), ensure_ascii=False))
        row = upsert(channels).values(place=place_key(channel_of(session)), settings=saved)
        replaced = {"settings": row.excluded.settings}
        await self._database.change(row.on_conflict_do_update(index_elements=[channels.c.place], set_=replaced))

    async def note(self, session: Session) -> None:
        """The channel is known from now on."""
        usual = raw(json.dumps(ChannelSettings().dump()))
        row = upsert(channels).values(place=place_key(channel_of(session)), settings=usual)
        await self._database.change(row.on_conflict_do_nothing(index_elements=[channels.c.place]))

    async def page(self, *, within: str = "", after: str | None = None, limit: int = 50) -> ChannelPage:
        """The channels that are known, by name."""
        most = min(max(limit, 1), PAGE_LIMIT)
        place = channels.c.place
        query = select(channels).where(place > place_after(after), begins(place, escape(within))).order_by(place)
        found = await self._database.read(query.limit(most + 1))
        return channel_page([tuple(row) for row in found], limit=most)

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace."""
        await self._database.change(delete(channels).where(begins(channels.c.place, escape(prefix))))
