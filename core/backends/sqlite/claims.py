"""The claims on SQLite. One process owns the file, so every claim in it is its own to release, also after a restart."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial

from core.backends.sqlite.database import Database, statement
from core.backends.written import lifetime, micros
from core.types import digest

EXPIRED_AT_ONCE = 100

DELETE_EXPIRED = """
    DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
"""
CLAIM = """
    INSERT INTO claims VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at
    WHERE claims.expires_at <= ?
"""


class SqliteClaims:
    """`Claims` on SQLite."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller until the claim expires."""
        present = micros(self._clock())
        return await self._database.write(
            partial(_claim, key=digest(key), expires_at=present + lifetime(seconds), present=present)
        )

    async def release(self, key: str) -> None:
        """Gives a claim back."""
        await self._database.write(statement("DELETE FROM claims WHERE key = ?", digest(key)))


def _claim(connection: sqlite3.Connection, *, key: str, expires_at: int, present: int) -> bool:
    connection.execute(DELETE_EXPIRED, (present, EXPIRED_AT_ONCE))
    return connection.execute(CLAIM, (key, expires_at, present)).rowcount == 1
