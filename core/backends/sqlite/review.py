"""What was asked, looked back at, on SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from core.backends.reviewed import DAY, SECOND, read_figures, read_number
from core.backends.sqlite.answers import CHOSEN, read_answered
from core.backends.sqlite.database import Database
from core.backends.written import LAST, MICROSECOND, PAGE_LIMIT, escape, micros, text
from core.review import API, BOUNDS, CONSOLE, DayFigures, QuestionFilter, QuestionPage, Reviewed, Thought

CHANNEL = f"""
    CASE
        WHEN substr(session, 1, {len(CONSOLE) + 1}) = '{CONSOLE}-' THEN '{CONSOLE}'
        WHEN substr(session, 1, 5) = 'http:' THEN '{API}'
        ELSE substr(session, 1, instr(session || '/', '/') - 1)
    END
"""
"""As `core.review.channel_name` has it."""
WITHIN = ", ".join(f"count(*) FILTER (WHERE elapsed <= {round(bound * SECOND)})" for bound in BOUNDS)
FIGURES = f"""
    SELECT (answered_at + :shift) / {DAY}, {CHANNEL},
        count(*) FILTER (WHERE outcome = 'answered'), count(*) FILTER (WHERE outcome = 'quoted'),
        count(*) FILTER (WHERE outcome = 'not_found'), count(*) FILTER (WHERE outcome = 'failed'),
        sum(elapsed), sum(prompt_tokens), sum(completion_tokens), {WITHIN}
    FROM answers WHERE answered_at >= :since AND {{chosen}} GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - numbers and names of our own
OPINIONS = "SELECT helpful, text FROM opinions WHERE answer = ? ORDER BY person"
JUDGED = "EXISTS (SELECT 1 FROM opinions WHERE answer = number AND helpful = :helpful)"
DUE = "SELECT number FROM answers WHERE answered_at < ? AND text <> x'' ORDER BY answered_at LIMIT ?"
ERASE = "UPDATE answers SET text = x'', answer = x'', context = '[]', thread = x'', author = x'' WHERE number = ?"
FORGET_PEOPLE = "UPDATE opinions SET text = x'', person = lower(hex(randomblob(16))) WHERE answer = ?"


class SqliteReview:
    """`Review` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, where: QuestionFilter, *, after: str | None = None, limit: int = 50) -> QuestionPage:
        """Questions newest first."""
        limit = max(min(limit, PAGE_LIMIT), 1)
        return await self._database.read(partial(_page, where=where, behind=read_number(after), limit=limit))

    async def figures(
        self, since: datetime, *, shift: timedelta = timedelta(), workspaces: Sequence[str] | None = None
    ) -> Sequence[DayFigures]:
        """Figures of every channel on every day with questions."""
        chosen, values = _in_workspaces(workspaces)
        values |= {"since": micros(since), "shift": shift // MICROSECOND}
        query = FIGURES.format(chosen=chosen)
        return await self._database.read(lambda connection: tuple(map(read_figures, connection.execute(query, values))))

    async def erase_texts(self, before: datetime, *, limit: int = 1000) -> int:
        """Erases texts whose time is over."""
        return await self._database.write(partial(_erase, before=micros(before), limit=limit))


def _page(connection: sqlite3.Connection, *, where: QuestionFilter, behind: int | None, limit: int) -> QuestionPage:
    chosen, values = _in_workspaces(where.workspaces)
    conditions = [chosen]
    if behind is not None:
        conditions.append("number < :behind")
        values["behind"] = behind
    if where.outcome is not None:
        conditions.append("outcome = :outcome")
        values["outcome"] = where.outcome
    if where.opinion is not None:
        conditions.append(JUDGED)
        values["helpful"] = where.opinion == "helpful"
    if where.revisions is not None:
        names = {f"revision{number}": name for number, name in enumerate(sorted(where.revisions))}
        conditions.append(f"revision IN ({', '.join(f':{name}' for name in names)})")
        values |= names
    if where.channel is not None:
        conditions.append(f"{CHANNEL} = :channel")
        values["channel"] = escape(where.channel)
    if where.since is not None:
        conditions.append("answered_at >= :since")
        values["since"] = micros(where.since)
    query = CHOSEN.format(chosen=" AND ".join(conditions))
    rows = connection.execute(query, values | {"limit": limit + 1}).fetchall()
    shown = rows[:limit]
    return QuestionPage(
        tuple(Reviewed(read_answered(row), thoughts(connection, row[0])) for row in shown),
        next=str(shown[-1][0]) if len(rows) > limit else None,
    )


def thoughts(connection: sqlite3.Connection, number: int) -> tuple[Thought, ...]:
    """What people think of an answer."""
    return tuple(Thought(bool(helpful), text(said)) for helpful, said in connection.execute(OPINIONS, (number,)))


def _in_workspaces(workspaces: Sequence[str] | None) -> tuple[str, dict[str, object]]:
    """The condition that a question was asked in one of them, and its values."""
    if workspaces is None:
        return "TRUE", {}
    names = {f"workspace{number}": f"{escape(name)}:" for number, name in enumerate(workspaces)}
    asked = " OR ".join(f"(session >= :{name} AND session < :{name} || :last)" for name in names)
    return f"({asked or 'FALSE'})", {**names, "last": LAST}


def _erase(connection: sqlite3.Connection, *, before: int, limit: int) -> int:
    due = connection.execute(DUE, (before, limit)).fetchall()
    connection.executemany(ERASE, due)
    connection.executemany("DELETE FROM citations WHERE answer = ?", due)
    connection.executemany(FORGET_PEOPLE, due)
    return len(due)
