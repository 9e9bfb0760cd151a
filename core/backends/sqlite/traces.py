"""What is kept of people, on SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from core.audit import Noted
from core.backends.recorded import beginning, limited, older_than, read_visit
from core.backends.rows import read_accepted, read_noted
from core.backends.sqlite.answers import CHOSEN, CITATIONS, read_answered
from core.backends.sqlite.database import Database, rows
from core.backends.sqlite.review import thoughts
from core.backends.written import LAST, escape, place_key, raw, text, unescape
from core.inbox import Accepted
from core.review import Reviewed
from core.subjects import PAGE, Individual, Judgement, Subject, Visit
from core.types import Session

THEIRS = """
    (author = :name OR (session >= :first AND session < :first || :last
        AND (author = :id OR substr(session, -length(:alone)) = :alone)))
"""
THERE = "(place >= :place AND place < :place || :last)"
JUDGEMENTS = """
    SELECT opinions.answer, id, helpful, opinions.text FROM opinions JOIN answers ON opinions.answer = number
    WHERE person IN (?, ?) AND number < ? ORDER BY number DESC LIMIT ?
"""
OWED = """
    SELECT number, id, thread, body, attempt, answer FROM inbox
    WHERE finished_at IS NULL AND substr(id, 1, length(?)) = ? AND number < ? ORDER BY number DESC LIMIT ?
"""
DEEDS = """
    SELECT number, at, who, what, thing, workspace, detail FROM audit
    WHERE who = ? AND number < ? ORDER BY number DESC LIMIT ?
"""
VISITS = "SELECT body, expires_at FROM visits WHERE substr(body, 1, length(?)) = ? ORDER BY expires_at"
# What somebody said to the bot may stand before the questions of others in the same conversation.
FORGET_BEFORE = f"""
    UPDATE answers SET context = '[]'
    WHERE context <> '[]' AND session IN (SELECT session FROM answers WHERE {THEIRS})
"""  # noqa: S608 - ours
# Not changed but put in its own place: the log itself refuses to be changed.
RENAME = """
    INSERT OR REPLACE INTO audit (number, at, who, what, thing, workspace, detail)
    SELECT number, at, ?, what, thing, workspace, detail FROM audit WHERE who = ?
"""


class SqliteTraces:
    """`Traces` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(
        self, whose: Subject, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Reviewed]]:
        """What was asked, newest first."""
        chosen, values = _whose(whose)
        query = CHOSEN.format(chosen=f"{chosen} AND number < :before")
        bound = {**values, "before": older_than(before), "limit": limited(limit)}
        return await self._database.read(partial(_questions, query=query, values=bound))

    async def judgements(
        self, whose: Individual, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Judgement]]:
        """What a person thinks of answers, newest first."""
        place = (older_than(before), limited(limit))
        found = await self._database.read(rows(JUDGEMENTS, *map(escape, whose.judges), *place))
        return [(number, Judgement(unescape(name), bool(helpful), text(said))) for number, name, helpful, said in found]

    async def owed(
        self, prefix: str, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Accepted]]:
        """What is not finished in the inbox, newest first."""
        name, place = escape(prefix), (older_than(before), limited(limit))
        return [(row[0], read_accepted(row[1:])) for row in await self._database.read(rows(OWED, name, name, *place))]

    async def deeds(self, who: str, *, before: int | None = None, limit: int = PAGE) -> Sequence[tuple[int, Noted]]:
        """What somebody did, newest first."""
        place = (older_than(before), limited(limit))
        found = await self._database.read(rows(DEEDS, escape(who), *place))
        return [(row[0], read_noted(row)) for row in found]

    async def visits(self, whose: Individual) -> Sequence[Visit]:
        """Where a person is signed in."""
        begins = raw(beginning(whose))
        return [read_visit(row) for row in await self._database.read(rows(VISITS, begins, begins))]

    async def erase(self, whose: Individual, *, alias: str) -> None:
        """Erases what a person left, in one transaction."""
        await self._database.write(partial(_erase, whose=whose, alias=alias))


def _whose(whose: Subject) -> tuple[str, dict[str, object]]:
    """The condition that a question is theirs, and its values."""
    if isinstance(whose, Session):
        return THERE, {"place": place_key(whose), "last": LAST}
    names = {"name": raw(str(whose)), "id": raw(whose.id), "alone": escape(whose.alone)}
    return THEIRS, {**names, "first": escape(whose.within), "last": LAST}


def _questions(
    connection: sqlite3.Connection, *, query: str, values: Mapping[str, object]
) -> Sequence[tuple[int, Reviewed]]:
    return [(row[0], _reviewed(connection, row)) for row in connection.execute(query, values).fetchall()]


def _reviewed(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Reviewed:
    cited = connection.execute(CITATIONS, row[:1]).fetchall()
    return Reviewed(read_answered(row, cited), thoughts(connection, row[0]))


def _erase(connection: sqlite3.Connection, *, whose: Individual, alias: str) -> None:
    _, values = _whose(whose)
    connection.execute(FORGET_BEFORE, values)
    connection.execute("DELETE FROM opinions WHERE person IN (?, ?)", tuple(map(escape, whose.judges)))
    connection.execute(f"DELETE FROM answers WHERE {THEIRS}", values)  # noqa: S608 - ours
    begins = raw(beginning(whose))
    connection.execute("DELETE FROM visits WHERE substr(body, 1, length(?)) = ?", (begins, begins))
    connection.execute(RENAME, (escape(alias), escape(str(whose))))
