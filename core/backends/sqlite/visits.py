"""The visits on SQLite."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial

from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import lifetime, micros, raw, text

EXPIRED_AT_ONCE = 100

DELETE_EXPIRED = """
    DELETE FROM visits WHERE name IN (SELECT name FROM visits WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
"""
FIND = "SELECT body FROM visits WHERE name = ? AND expires_at > ?"
NOT_RENAMED = "SELECT family, body FROM visits WHERE name = ? AND expires_at > ?"


class SqliteVisits:
    """`Visits` on SQLite."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, name: str, body: str, *, family: str, seconds: float) -> None:
        """Somebody is signed in for so long."""
        present = micros(self._clock())
        row = (name, family, raw(body), present + lifetime(seconds))
        await self._database.write(partial(_begin, row=row, present=present))

    async def find(self, name: str) -> str | None:
        """What was kept with a visit that lives."""
        found = await self._database.read(rows(FIND, name, micros(self._clock())))
        return text(found[0][0]) if found else None

    async def rename(self, name: str, fresh: str, *, seconds: float, grace: float) -> bool:
        """From now on the visit is called otherwise."""
        present = micros(self._clock())
        until, soon = present + lifetime(seconds), present + lifetime(grace)
        return await self._database.write(
            partial(_rename, name=name, fresh=fresh, until=until, soon=soon, present=present)
        )

    async def end(self, family: str) -> None:
        """Somebody has signed out."""
        await self._database.write(statement("DELETE FROM visits WHERE family = ?", family))


def _begin(connection: sqlite3.Connection, *, row: tuple[str, str, bytes, int], present: int) -> None:
    connection.execute(DELETE_EXPIRED, (present, EXPIRED_AT_ONCE))
    connection.execute("INSERT INTO visits VALUES (?, ?, ?, ?)", row)


def _rename(connection: sqlite3.Connection, *, name: str, fresh: str, until: int, soon: int, present: int) -> bool:
    found = connection.execute(NOT_RENAMED, (name, soon)).fetchone()
    if found is None:
        return False
    connection.execute("UPDATE visits SET expires_at = ? WHERE name = ?", (soon, name))
    _begin(connection, row=(fresh, *found, until), present=present)
    return True
