"""The shares on SQLite: which document was shared where, and those that lost their last share."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from functools import partial

from core.backends.sqlite.database import Database, rows
from core.backends.written import LAST, escape, unescape
from core.shares import Share, Shared

ADD = "INSERT OR IGNORE INTO shares VALUES (?, ?)"
FOUND = "DELETE FROM orphans WHERE document_id = ?"
OF = "SELECT name FROM shares WHERE document_id = ? ORDER BY name LIMIT ?"
UNDER = """
    SELECT name, document_id FROM shares
    WHERE name >= ? AND name < ? AND (name, document_id) > (?, ?) ORDER BY name, document_id LIMIT ?
"""
REMOVE = "DELETE FROM shares WHERE name = ? AND document_id = ?"
DROP = "DELETE FROM shares WHERE name >= ? AND name < ? RETURNING document_id"
NOTE = """
    INSERT OR IGNORE INTO orphans SELECT value FROM json_each(?)
    WHERE NOT EXISTS (SELECT 1 FROM shares WHERE document_id = value) RETURNING document_id
"""
ORPHANS = "SELECT document_id FROM orphans ORDER BY document_id LIMIT ?"


class SqliteShares:
    """`Shares` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, share: Share, document_id: str) -> None:
        """The document is shared there."""
        await self._database.write(partial(_add, name=escape(str(share)), document=escape(document_id)))

    async def of(self, document_id: str, *, limit: int = 1000) -> Sequence[Share]:
        """Where a document was shared, by name."""
        found = await self._database.read(rows(OF, escape(document_id), max(limit, 0)))
        return [Share.parse(unescape(name)) for (name,) in found]

    async def under(self, prefix: str, *, after: Shared | None = None, limit: int = 1000) -> Sequence[Shared]:
        """What was shared there, in order."""
        behind = ("", "") if after is None else _row(after)
        found = await self._database.read(rows(UNDER, *_stretch(prefix), *behind, max(limit, 0)))
        return [Shared(Share.parse(unescape(name)), unescape(document)) for name, document in found]

    async def remove(self, shared: Collection[Shared]) -> Sequence[str]:
        """Removes these and returns the documents that are orphans by it."""
        return await self._database.write(partial(_remove, shared=[_row(one) for one in shared]))

    async def drop(self, prefix: str) -> Sequence[str]:
        """Removes everything there and returns the documents that are orphans by it."""
        return await self._database.write(partial(_drop, stretch=_stretch(prefix)))

    async def orphans(self, *, limit: int = 1000) -> Sequence[str]:
        """Documents that lost their last share and were not forgotten."""
        return [unescape(name) for (name,) in await self._database.read(rows(ORPHANS, max(limit, 0)))]


def _row(shared: Shared) -> tuple[str, str]:
    return escape(str(shared.share)), escape(shared.document_id)


def _stretch(prefix: str) -> tuple[str, str]:
    """The names that a prefix covers, as the first one and one behind the last."""
    first = escape(prefix)
    return first, first + LAST if prefix.endswith(":") else first + "\x01"


def _add(connection: sqlite3.Connection, *, name: str, document: str) -> None:
    connection.execute(ADD, (name, document))
    connection.execute(FOUND, (document,))


def _remove(connection: sqlite3.Connection, *, shared: Sequence[tuple[str, str]]) -> Sequence[str]:
    removed = {row[1] for row in shared if connection.execute(REMOVE, row).rowcount}
    return _orphans(connection, removed)


def _drop(connection: sqlite3.Connection, *, stretch: tuple[str, str]) -> Sequence[str]:
    return _orphans(connection, {document for (document,) in connection.execute(DROP, stretch).fetchall()})


def _orphans(connection: sqlite3.Connection, documents: Collection[str]) -> Sequence[str]:
    noted = connection.execute(NOTE, (json.dumps(sorted(documents)),)).fetchall()
    return sorted(unescape(name) for (name,) in noted)
