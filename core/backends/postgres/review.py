"""What was asked, looked back at, on PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, case, cast, delete, exists, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger, Text

from core.backends.postgres.answers import read_answered
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, begins
from core.backends.postgres.tables import NAME, answers, citations, opinions
from core.backends.reviewed import DAY, SECOND, read_figures, read_number
from core.backends.written import MICROSECOND, PAGE_LIMIT, escape, micros, text
from core.review import API, BOUNDS, CONSOLE, DayFigures, QuestionFilter, QuestionPage, Reviewed, Thought

CHANNEL = case(
    (func.starts_with(answers.c.session, f"{CONSOLE}-"), literal(CONSOLE, NAME)),
    (func.starts_with(answers.c.session, "http:"), literal(API, NAME)),
    else_=func.split_part(answers.c.session, "/", 1, type_=NAME),
)
"""As `core.review.channel_name` has it."""


class PostgresReview:
    """`Review` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, where: QuestionFilter, *, after: str | None = None, limit: int = 50) -> QuestionPage:
        """Questions newest first."""
        limit = max(min(limit, PAGE_LIMIT), 1)
        query = select(answers).where(*_conditions(where)).order_by(answers.c.number.desc()).limit(limit + 1)
        behind = read_number(after)
        if behind is not None:
            query = query.where(answers.c.number < behind)
        return await self._database.look(partial(_page, query=query, limit=limit))

    async def figures(
        self, since: datetime, *, shift: timedelta = timedelta(), workspaces: Sequence[str] | None = None
    ) -> Sequence[DayFigures]:
        """Figures of every channel on every day with questions."""
        day = cast(func.div(answers.c.answered_at + shift // MICROSECOND, DAY), BigInteger)
        query = (
            select(day.label("day"), CHANNEL.label("channel"), *_sums())
            .where(answers.c.answered_at >= micros(since), _in_workspaces(workspaces))
            .group_by("day", "channel")
            .order_by("day", "channel")
        )
        return tuple(map(read_figures, await self._database.read(query)))

    async def erase_texts(self, before: datetime, *, limit: int = 1000) -> int:
        """Erases texts whose time is over."""
        return await self._database.write(partial(_erase, before=micros(before), limit=limit))


def _sums() -> Sequence[ColumnElement[Any]]:
    count = func.count()
    outcomes = [count.filter(answers.c.outcome == name) for name in ("answered", "quoted", "not_found", "failed")]
    added = [func.sum(column) for column in (answers.c.elapsed, answers.c.prompt_tokens, answers.c.completion_tokens)]
    return [*outcomes, *added, *(count.filter(answers.c.elapsed <= round(bound * SECOND)) for bound in BOUNDS)]


def _conditions(where: QuestionFilter) -> Sequence[ColumnElement[bool]]:
    found = [_in_workspaces(where.workspaces)]
    if where.outcome is not None:
        found.append(answers.c.outcome == where.outcome)
    if where.opinion is not None:
        so = opinions.c.helpful.is_(where.opinion == "helpful")
        found.append(exists().where(opinions.c.answer == answers.c.number, so))
    if where.revisions is not None:
        found.append(among(answers.c.revision, sorted(where.revisions)))
    if where.channel is not None:
        found.append(literal(escape(where.channel), NAME) == CHANNEL)
    if where.since is not None:
        found.append(answers.c.answered_at >= micros(where.since))
    return found


def _in_workspaces(workspaces: Sequence[str] | None) -> ColumnElement[bool]:
    """Whether a question was asked in one of them."""
    if workspaces is None:
        return true()
    return or_(~true(), *(begins(answers.c.session, f"{escape(name)}:") for name in workspaces))


async def _page(connection: AsyncConnection, query: Select[Any], *, limit: int) -> QuestionPage:
    found = (await connection.execute(query)).all()
    shown = found[:limit]
    thought = await thoughts(connection, [row.number for row in shown])
    return QuestionPage(
        tuple(Reviewed(read_answered(row), tuple(thought[row.number])) for row in shown),
        next=str(shown[-1].number) if len(found) > limit else None,
    )


async def thoughts(connection: AsyncConnection, numbers: Sequence[int]) -> Mapping[int, Sequence[Thought]]:
    """What people think of these answers."""
    found: dict[int, list[Thought]] = {number: [] for number in numbers}
    about_them = select(opinions).where(among(opinions.c.answer, list(found))).order_by(opinions.c.person)
    for one in await connection.execute(about_them):
        found[one.answer].append(Thought(one.helpful, text(one.text)))
    return found


async def _erase(connection: AsyncConnection, *, before: int, limit: int) -> int:
    with_text = (answers.c.answered_at < before, answers.c.text != b"")
    due = select(answers.c.number).where(*with_text).order_by(answers.c.answered_at).limit(limit)
    # Another process may be at the same.
    numbers = list((await connection.execute(due.with_for_update(skip_locked=True))).scalars())
    nothing = {"text": b"", "answer": b"", "context": b"[]", "thread": b"", "author": b""}
    await connection.execute(update(answers).where(among(answers.c.number, numbers)).values(nothing))
    await connection.execute(delete(citations).where(among(citations.c.answer, numbers)))
    nobody = {"text": b"", "person": cast(func.gen_random_uuid(), Text)}
    await connection.execute(update(opinions).where(among(opinions.c.answer, numbers)).values(nobody))
    return len(numbers)
