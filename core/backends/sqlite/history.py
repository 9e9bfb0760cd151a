"""The history on SQLite: the last turns of each session."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import TURNS_KEPT, lifetime, micros, read_turn, session_key, workspace_key, write_turn
from core.types import Session, Turn

EXPIRED_AT_ONCE = 100
"""How many expired sessions one append deletes: more than it adds, so that they never pile up."""

DELETE_EXPIRED = """
    DELETE FROM sessions WHERE session IN (
        SELECT session FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
    )
"""
DELETE_BEGINNING = "DELETE FROM sessions WHERE session > ? AND session < ? || '~'"
RENEW = """
    INSERT INTO sessions VALUES (:session, :expires_at) ON CONFLICT (session) DO UPDATE SET expires_at = :expires_at
"""
TRIM = """
    DELETE FROM turns WHERE session = :session AND number <= (
        SELECT number FROM turns WHERE session = :session ORDER BY number DESC LIMIT 1 OFFSET :kept
    )
"""
RECENT = """
    SELECT body FROM turns JOIN sessions USING (session)
    WHERE session = ? AND expires_at > ? ORDER BY number DESC LIMIT ?
"""


class SqliteHistory:
    """`History` on SQLite; `ttl` is in seconds."""

    def __init__(self, database: Database, *, ttl: float, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._ttl = lifetime(ttl)
        self._clock = clock

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns, keeps the last two hundred and renews the time to live."""
        present = micros(self._clock())
        bodies = [write_turn(turn) for turn in turns]
        work = partial(_append, session=session_key(session), bodies=bodies, present=present, ttl=self._ttl)
        await self._database.write(work)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first."""
        kept = min(max(limit, 0), TURNS_KEPT)
        bodies = await self._database.read(rows(RECENT, session_key(session), micros(self._clock()), kept))
        return tuple(read_turn(body) for (body,) in reversed(bodies))

    async def clear(self, session: Session) -> None:
        """Forgets the session."""
        await self._database.write(statement("DELETE FROM sessions WHERE session = ?", session_key(session)))

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace."""
        beginning = workspace_key(platform, workspace)
        await self._database.write(statement(DELETE_BEGINNING, beginning, beginning))


def _append(connection: sqlite3.Connection, *, session: str, bodies: Sequence[bytes], present: int, ttl: int) -> None:
    connection.execute("DELETE FROM sessions WHERE session = ? AND expires_at <= ?", (session, present))
    connection.execute(DELETE_EXPIRED, (present, EXPIRED_AT_ONCE))
    values = {"session": session, "expires_at": present + ttl, "kept": TURNS_KEPT}
    connection.execute(RENEW, values)
    connection.executemany("INSERT INTO turns (session, body) VALUES (?, ?)", ((session, body) for body in bodies))
    connection.execute(TRIM, values)
