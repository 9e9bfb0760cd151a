"""The audit log on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import Deed, Noted
from core.backends.postgres.console_tables import audit
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, expired
from core.backends.rows import read_noted
from core.backends.written import PAGE_LIMIT, escape, micros


class PostgresDeeds:
    """`Deeds` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, deed: Deed, *, at: datetime, oldest: datetime) -> None:
        """Adds a deed; what was added before `oldest` goes."""
        row = {name: escape(value) for name, value in asdict(deed).items()}
        before = literal(micros(oldest) - 1, audit.c.at.type)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(expired(audit, audit.c.number, audit.c.at, before))
            await connection.execute(insert(audit).values(at=micros(at), **row))

        await self._database.write(work)

    async def page(
        self, *, workspaces: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The latest deeds, newest first."""
        columns = (audit.c.number, audit.c.at, audit.c.who, audit.c.what)
        query = select(*columns, audit.c.thing, audit.c.workspace, audit.c.detail)
        if before is not None:
            query = query.where(audit.c.number < before)
        if workspaces is not None:
            query = query.where(among(audit.c.workspace, [escape(name) for name in workspaces]))
        shown = min(max(limit, 0), PAGE_LIMIT)
        found = await self._database.read(query.order_by(audit.c.number.desc()).limit(shown))
        return [read_noted(tuple(row)) for row in found]

    async def erase(self, workspace: str) -> None:
        """Forgets what was done in a workspace."""
        await self._database.change(delete(audit).where(audit.c.workspace == escape(workspace)))
