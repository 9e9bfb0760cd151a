"""The trail on PostgreSQL: a step for each document, left in the transaction that changed it.

Transactions do not end in the order in which they began, so a step may turn up behind a place that was passed already.
Therefore a step carries the number of its transaction, and a place is the oldest transaction that was still open when
one looked: everything before it had ended. What is newer is given as well, and given again until the place has moved
past it. See the ADR on following the shared catalogue.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, literal_column, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.phrases import expired
from core.backends.postgres.tables import trail
from core.backends.waking import Waking
from core.backends.written import escape, unescape
from core.trail import Step, Stretch

LOOK_SECONDS = 1.0
"""What another process has changed is looked for so often."""
STEPS_AT_ONCE = 5000
KEPT = 31 * 24 * 3600 * 1_000_000
"""How long a step is kept, in microseconds."""
FOLLOWED = KEPT - 24 * 3600 * 1_000_000
"""How old a place may be, in microseconds: younger than any step that is gone."""

THIS_TRANSACTION = literal_column("pg_current_xact_id()::text::bigint", BigInteger)
PRESENT = literal_column("(extract(epoch FROM statement_timestamp()) * 1000000)::bigint", BigInteger)
LOOK = text(
    """
    SELECT present.*, step.document_id, step.transaction
    FROM (
        SELECT
            system_identifier || '.' || pg_relation_filenode('saseo.trail') AS store,
            pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
            (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS at
        FROM pg_control_system()
    ) AS present
    LEFT JOIN (
        SELECT document_id, transaction FROM saseo.trail WHERE transaction >= :first
        ORDER BY transaction, document_id LIMIT :most
    ) AS step ON true
    ORDER BY step.transaction, step.document_id
    """
).bindparams(bindparam("first", type_=BigInteger), bindparam("most", type_=BigInteger))


@dataclass(frozen=True, slots=True)
class _Place:
    store: str
    """Names the server and the file of the table: another one after it was restored or filled anew."""
    oldest: int
    """Every transaction before this one had ended."""
    at: int
    """When that was, in microseconds since 1970."""


class PostgresTrail:
    """`Trail` on PostgreSQL; the catalogue of this process wakes whoever waits, and others are looked for."""

    def __init__(self, database: Database, waking: Waking) -> None:
        self._database = database
        self._waking = waking

    async def here(self) -> str:
        """The place behind everything that has ended."""
        head, _ = await self._look(first=0, most=0)
        return _written(head)

    async def after(self, place: str) -> Stretch | None:
        """Steps from the transactions that had not ended at that place."""
        before = _read(place)
        if before is None:
            return None
        head, steps = await self._look(first=before.oldest, most=STEPS_AT_ONCE)
        forgotten = head.at - before.at > FOLLOWED or before.oldest > head.oldest
        if forgotten or head.store != before.store:
            return None
        if len(steps) < STEPS_AT_ONCE:
            return Stretch(steps, _written(head))
        # Of the last transaction there may be more. What is still open has to be looked at again anyway.
        reached = min(steps[-1].mark, head.oldest)
        if reached == before.oldest:
            return None
        return Stretch(steps, _written(_Place(head.store, reached, head.at)), more=reached < head.oldest)

    async def waiting(self) -> None:
        """Returns when this process has changed something, and at the next look at others."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._waking.wait()

    async def _look(self, *, first: int, most: int) -> tuple[_Place, tuple[Step, ...]]:
        """One statement, and so one moment."""
        rows: Sequence[Any] = await self._database.read(LOOK.bindparams(first=first, most=most))
        head = _Place(rows[0].store, rows[0].oldest, rows[0].at)
        found = (row for row in rows if row.document_id is not None)
        return head, tuple(Step(unescape(row.document_id), row.transaction) for row in found)


async def leave_step(connection: AsyncConnection, document_ids: Iterable[str]) -> None:
    """Notes in the transaction under way that documents change by it, and forgets some steps that are old."""
    # In order, so that two transactions never wait for each other.
    names = sorted({escape(document_id) for document_id in document_ids})
    row = upsert(trail).values(
        [{"document_id": name, "transaction": THIS_TRANSACTION, "changed_at": PRESENT} for name in names]
    )
    latest = {"transaction": row.excluded.transaction, "changed_at": row.excluded.changed_at}
    await connection.execute(row.on_conflict_do_update(index_elements=[trail.c.document_id], set_=latest))
    await connection.execute(expired(trail, trail.c.document_id, trail.c.changed_at, PRESENT - KEPT))


def _written(place: _Place) -> str:
    return json.dumps(astuple(place))


def _read(place: str) -> _Place | None:
    try:
        store, oldest, at = json.loads(place)
        return _Place(str(store), int(oldest), int(at))
    except (ValueError, TypeError):
        return None
