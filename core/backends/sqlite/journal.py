"""The journal on SQLite: versions that were begun, and versions to sweep from the indexes."""

import sqlite3
from collections.abc import Collection, Sequence
from functools import partial

from core.backends.sqlite.database import Database, rows
from core.backends.written import escape, listed, unescape
from core.ports import Leftover

OF_ALL = "SELECT document_id, version FROM leftovers ORDER BY version"
OF_THESE = """
    SELECT document_id, version FROM leftovers WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY version
"""


class SqliteJournal:
    """`Journal` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, document_id: str) -> int:
        """The next version of the store, noted on the disk."""
        return await self._database.write(partial(_begin, document_id=document_id))

    async def leftovers(self, document_ids: Collection[str] | None = None) -> Sequence[Leftover]:
        """Everything to sweep, of these documents or of all, oldest first."""
        query = rows(OF_ALL) if document_ids is None else rows(OF_THESE, listed(document_ids))
        return [Leftover(unescape(name), version) for name, version in await self._database.read(query)]

    async def swept(self, leftover: Leftover) -> None:
        """It is gone from every index."""
        await self._database.write(partial(_swept, leftover=leftover))


def _begin(connection: sqlite3.Connection, document_id: str) -> int:
    added = connection.execute("INSERT INTO leftovers (document_id, open) VALUES (?, 1)", (escape(document_id),))
    return int(added.lastrowid or 0)


def _swept(connection: sqlite3.Connection, leftover: Leftover) -> None:
    values = (leftover.version, escape(leftover.document_id))
    connection.execute("DELETE FROM leftovers WHERE version = ? AND document_id = ?", values)
