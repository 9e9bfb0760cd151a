"""The audit log on SQLite."""

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from functools import partial

from core.audit import Deed, Noted
from core.backends.rows import read_noted
from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import PAGE_LIMIT, escape, micros

EXPIRED_AT_ONCE = 100
DELETE_EXPIRED = "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at < ? ORDER BY at LIMIT ?)"
ADD = "INSERT INTO audit (at, who, what, thing, workspace, detail) VALUES (?, ?, ?, ?, ?, ?)"
PAGE = "SELECT number, at, who, what, thing, workspace, detail FROM audit WHERE {where} ORDER BY number DESC LIMIT ?"
NEWEST_OF_ALL = 2**63 - 1


class SqliteDeeds:
    """`Deeds` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, deed: Deed, *, at: datetime, oldest: datetime) -> None:
        """Adds a deed; what was added before `oldest` goes."""
        await self._database.write(partial(_add, deed=deed, at=micros(at), oldest=micros(oldest)))

    async def page(
        self, *, workspaces: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The latest deeds, newest first."""
        where, values = ["number < ?"], [NEWEST_OF_ALL if before is None else before]
        names = [] if workspaces is None else [escape(name) for name in workspaces]
        if workspaces is not None:
            where.append(f"workspace IN ({', '.join('?' * len(names))})")
        query = PAGE.format(where=" AND ".join(where))
        shown = min(max(limit, 0), PAGE_LIMIT)
        return [read_noted(row) for row in await self._database.read(rows(query, *values, *names, shown))]

    async def erase(self, workspace: str) -> None:
        """Forgets what was done in a workspace."""
        await self._database.write(statement("DELETE FROM audit WHERE workspace = ?", escape(workspace)))


def _add(connection: sqlite3.Connection, *, deed: Deed, at: int, oldest: int) -> None:
    connection.execute(DELETE_EXPIRED, (oldest, EXPIRED_AT_ONCE))
    connection.execute(ADD, (at, *map(escape, astuple(deed))))
