"""What is kept of people, on PostgreSQL."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.answers import Citation
from core.audit import Noted
from core.backends.postgres.answers import read_answered
from core.backends.postgres.console_tables import audit, visits
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, begins
from core.backends.postgres.review import thoughts
from core.backends.postgres.tables import answers, citations, inbox, opinions
from core.backends.recorded import beginning, limited, older_than, read_visit
from core.backends.rows import read_accepted, read_noted
from core.backends.written import escape, place_key, raw, text, unescape
from core.inbox import Accepted
from core.review import Reviewed
from core.subjects import PAGE, Individual, Judgement, Subject, Visit
from core.types import Session


class PostgresTraces:
    """`Traces` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(
        self, whose: Subject, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Reviewed]]:
        """What was asked, newest first."""
        query = _newest(select(answers).where(_asked(whose)), answers.c.number, before=before, limit=limit)
        return await self._database.look(partial(_questions, query=query))

    async def judgements(
        self, whose: Individual, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Judgement]]:
        """What a person thinks of answers, newest first."""
        columns = (opinions.c.answer, answers.c.id, opinions.c.helpful, opinions.c.text)
        query = select(*columns).join(answers).where(_judged(whose))
        found = await self._database.read(_newest(query, answers.c.number, before=before, limit=limit))
        return [(number, Judgement(unescape(name), helpful, text(said))) for number, name, helpful, said in found]

    async def owed(
        self, prefix: str, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Accepted]]:
        """What is not finished in the inbox, newest first."""
        columns = (inbox.c.number, inbox.c.id, inbox.c.thread, inbox.c.body, inbox.c.attempt, inbox.c.answer)
        query = select(*columns).where(inbox.c.finished_at.is_(None), begins(inbox.c.id, escape(prefix)))
        found = await self._database.read(_newest(query, inbox.c.number, before=before, limit=limit))
        return [(row.number, read_accepted(row[1:])) for row in found]

    async def deeds(self, who: str, *, before: int | None = None, limit: int = PAGE) -> Sequence[tuple[int, Noted]]:
        """What somebody did, newest first."""
        columns = (audit.c.number, audit.c.at, audit.c.who, audit.c.what, audit.c.thing, audit.c.workspace)
        query = select(*columns, audit.c.detail).where(audit.c.who == escape(who))
        found = await self._database.read(_newest(query, audit.c.number, before=before, limit=limit))
        return [(row.number, read_noted(tuple(row))) for row in found]

    async def visits(self, whose: Individual) -> Sequence[Visit]:
        """Where a person is signed in."""
        query = select(visits.c.body, visits.c.expires_at).where(_visiting(whose)).order_by(visits.c.expires_at)
        return [read_visit(row) for row in await self._database.read(query)]

    async def erase(self, whose: Individual, *, alias: str) -> None:
        """Erases what a person left, in one transaction."""
        await self._database.write(partial(_erase, whose=whose, alias=alias))


def _newest(query: Select[Any], number: ColumnElement[int], *, before: int | None, limit: int) -> Select[Any]:
    older = query.where(number < older_than(before))
    return older.order_by(number.desc()).limit(limited(limit))


def _asked(whose: Subject) -> ColumnElement[bool]:
    """Whether a question is theirs."""
    if isinstance(whose, Session):
        return begins(answers.c.place, place_key(whose))
    alone = escape(whose.alone)
    by_them = or_(answers.c.author == raw(whose.id), func.right(answers.c.session, len(alone)) == alone)
    return or_(answers.c.author == raw(str(whose)), and_(begins(answers.c.session, escape(whose.within)), by_them))


def _judged(whose: Individual) -> ColumnElement[bool]:
    return among(opinions.c.person, [escape(name) for name in whose.judges])


def _visiting(whose: Individual) -> ColumnElement[bool]:
    start = raw(beginning(whose))
    return func.substring(visits.c.body, 1, len(start)) == start


async def _questions(connection: AsyncConnection, query: Select[Any]) -> Sequence[tuple[int, Reviewed]]:
    found = (await connection.execute(query)).all()
    numbers = [row.number for row in found]
    cited: dict[int, list[Citation]] = {number: [] for number in numbers}
    about_them = select(citations).where(among(citations.c.answer, numbers)).order_by(citations.c.position)
    for one in await connection.execute(about_them):
        cited[one.answer].append(Citation(unescape(one.document_id), one.version, one.ordinal, text(one.excerpt)))
    thought = await thoughts(connection, numbers)
    return [
        (row.number, Reviewed(read_answered(row, tuple(cited[row.number])), tuple(thought[row.number])))
        for row in found
    ]


async def _erase(connection: AsyncConnection, *, whose: Individual, alias: str) -> None:
    # What somebody said to the bot may stand before the questions of others in the same conversation.
    sessions = select(answers.c.session).where(_asked(whose)).scalar_subquery()
    with_context = (answers.c.context != b"[]", answers.c.session.in_(sessions))
    await connection.execute(update(answers).where(*with_context).values(context=b"[]"))
    await connection.execute(delete(opinions).where(_judged(whose)))
    await connection.execute(delete(answers).where(_asked(whose)))
    await connection.execute(delete(visits).where(_visiting(whose)))
    # Not changed but put in their own places: the log itself refuses to be changed.
    gone = await connection.execute(delete(audit).where(audit.c.who == escape(str(whose))).returning(audit))
    renamed = [{**row, "who": escape(alias)} for row in gone.mappings()]
    if renamed:
        await connection.execute(insert(audit), renamed)
