"""What became of documents, on PostgreSQL: noted in the transaction of the change itself."""

import asyncio
from contextlib import suppress

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.tables import changes
from core.backends.waking import Waking
from core.backends.written import escape, unescape
from core.changes import Change

LOOK_SECONDS = 60.0
"""What another process has noted and did not live to follow up is looked for so often."""


class PostgresChanges:
    """`Changes` on PostgreSQL; the catalogue of this process wakes whoever waits."""

    def __init__(self, database: Database, waking: Waking) -> None:
        self._database = database
        self._waking = waking

    async def pending(self, *, limit: int = 100) -> tuple[Change, ...]:
        """Oldest first."""
        query = select(changes.c.document_id, changes.c.version, changes.c.kind).order_by(changes.c.number)
        found = await self._database.read(query.limit(max(limit, 0)))
        return tuple(Change(unescape(name), version, kind) for name, version, kind in found)

    async def settled(self, change: Change) -> None:
        """It was followed up."""
        same = _same(change)
        await self._database.change(delete(changes).where(*same, changes.c.version <= change.version))

    async def waiting(self) -> None:
        """Returns when there may be something pending."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._waking.wait()


async def note(connection: AsyncConnection, change: Change) -> None:
    """Notes a change in the transaction under way, in the place of the one before."""
    await connection.execute(delete(changes).where(*_same(change)))
    row = {"document_id": escape(change.document_id), "kind": change.kind, "version": change.version}
    await connection.execute(insert(changes).values(row))


def _same(change: Change) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return changes.c.document_id == escape(change.document_id), changes.c.kind == change.kind
