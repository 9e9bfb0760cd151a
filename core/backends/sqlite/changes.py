"""What became of documents, on SQLite: noted in the transaction of the change itself."""

import sqlite3

from core.backends.sqlite.database import Database, rows, statement
from core.backends.waking import Waking
from core.backends.written import escape, unescape
from core.changes import Change

NOTE = "INSERT OR REPLACE INTO changes (document_id, kind, version) VALUES (?, ?, ?)"
PENDING = "SELECT document_id, version, kind FROM changes ORDER BY number LIMIT ?"
SETTLED = "DELETE FROM changes WHERE document_id = ? AND kind = ? AND version <= ?"


class SqliteChanges:
    """`Changes` on SQLite; the catalogue wakes whoever waits."""

    def __init__(self, database: Database, waking: Waking) -> None:
        self._database = database
        self._waking = waking

    async def pending(self, *, limit: int = 100) -> tuple[Change, ...]:
        """Oldest first."""
        found = await self._database.read(rows(PENDING, max(limit, 0)))
        return tuple(Change(unescape(name), version, kind) for name, version, kind in found)

    async def settled(self, change: Change) -> None:
        """It was followed up."""
        await self._database.write(statement(SETTLED, escape(change.document_id), change.kind, change.version))

    async def waiting(self) -> None:
        """Returns when there may be something pending."""
        await self._waking.wait()


def note(connection: sqlite3.Connection, change: Change) -> None:
    """Notes a change in the transaction under way."""
    connection.execute(NOTE, (escape(change.document_id), change.kind, change.version))
