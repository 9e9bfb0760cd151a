"""How a question is recorded on PostgreSQL, with which every one of them ends: in one statement."""

import json
from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.answers import Answered
from core.backends.postgres.database import Database, rowcount
from core.backends.postgres.phrases import EXPIRED_AT_ONCE
from core.backends.postgres.tables import answers
from core.backends.rows import asked_columns, spent_columns
from core.backends.written import ANSWERS_KEPT, ANSWERS_KEPT_FOR, escape, raw, text, write_turn

RECORD = """
WITH before AS (DELETE FROM saseo.answers WHERE question = $1 RETURNING outcome),
made AS (
    INSERT INTO saseo.answers (
        question, id, place, session, thread, author, locale, text, context, audience, outcome, answer,
        answered_at, elapsed, model, prompt_tokens, completion_tokens
    )
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text[], $11, $12,
        coalesce($13, (extract(epoch FROM statement_timestamp()) * 1000000)::bigint), $14, $15, $16, $17
    -- What was recorded goes first.
    FROM (SELECT count(*) FROM before) AS gone
    RETURNING number, answered_at, outcome
),
cited AS (
    INSERT INTO saseo.citations (answer, position, document_id, version, ordinal, excerpt)
    SELECT made.number, one.position - 1, one.document_id, one.version, one.ordinal, one.excerpt
    FROM made, unnest($18::text[], $19::bigint[], $20::bigint[], $21::bytea[])
        WITH ORDINALITY AS one (document_id, version, ordinal, excerpt, position)
),
counted AS (
    INSERT INTO saseo.outcomes (outcome, count)
    SELECT outcome, sum(more) FROM (SELECT outcome, 1 FROM made UNION ALL SELECT outcome, -1 FROM before)
        AS each (outcome, more)
    -- In order, so that two who count never wait for each other.
    GROUP BY outcome HAVING sum(more) <> 0 ORDER BY outcome
    ON CONFLICT (outcome) DO UPDATE SET count = outcomes.count + excluded.count
),
surplus AS (
    DELETE FROM saseo.answers WHERE number >= $22 AND number <= (SELECT number - $23 FROM made)
)
SELECT number, answered_at FROM made
"""
"""Replaces what was recorded of the question, counts it, and forgets those that are too many by now. The clock is the
server's."""
LOOK_EVERY = 60_000_000
"""Between two looks for questions that are too old, in microseconds."""


@dataclass(frozen=True, slots=True)
class Oldest:
    """What is known of the oldest questions, so that not every new one looks for those to forget."""

    number: int = 1
    """None has a lower one."""
    look_at: int = 0
    """When to look next whether there are some that are too old."""


async def record(database: Database, row: Answered, oldest: Oldest) -> Oldest:
    """Records it, and forgets questions that are too many or too old."""
    [made] = await database.ask(RECORD, *_values(row, moment=database.moment), oldest.number, ANSWERS_KEPT)
    number, at, look_at = max(oldest.number, made["number"] - ANSWERS_KEPT + 1), made["answered_at"], oldest.look_at
    if at >= look_at:
        deleted = await database.write(partial(_expire, until=at - ANSWERS_KEPT_FOR))
        look_at = at + LOOK_EVERY if deleted < EXPIRED_AT_ONCE else at
    return Oldest(number, look_at)


async def _expire(connection: AsyncConnection, *, until: int) -> int:
    """Deletes some of the questions that are too old."""
    first = select(answers.c.number).order_by(answers.c.number).limit(EXPIRED_AT_ONCE)
    return await rowcount(
        connection, delete(answers).where(answers.c.answered_at <= until, answers.c.number.in_(first))
    )


def _values(row: Answered, *, moment: int | None) -> tuple[object, ...]:
    """What `RECORD` takes of it."""
    return (
        *asked_columns(row),
        raw(json.dumps([text(write_turn(turn)) for turn in row.context])),
        sorted(escape(scope.name) for scope in row.audience.scopes),
        row.outcome,
        raw(row.answer),
        moment,
        *spent_columns(row),
        [escape(one.document_id) for one in row.citations],
        [one.version for one in row.citations],
        [one.ordinal for one in row.citations],
        [raw(one.excerpt) for one in row.citations],
    )
