"""The shares on PostgreSQL: which document was shared where, and those that lost their last share."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, begins, behind
from core.backends.postgres.tables import orphans, shares
from core.backends.written import escape, unescape
from core.shares import Share, Shared

ONE_AFTER_THE_OTHER = 0x5A5E0_0001
"""The lock of whoever changes shares. Two who each take one of the last two shares would not see each other, and
nobody would see the orphan."""


class PostgresShares:
    """`Shares` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, share: Share, document_id: str) -> None:
        """The document is shared there."""
        name, document = escape(str(share)), escape(document_id)

        async def work(connection: AsyncConnection) -> None:
            await _alone(connection)
            added = upsert(shares).values(name=name, document_id=document).on_conflict_do_nothing()
            await connection.execute(added)
            await connection.execute(delete(orphans).where(orphans.c.document_id == document))

        await self._database.write(work)

    async def of(self, document_id: str, *, limit: int = 1000) -> Sequence[Share]:
        """Where a document was shared, by name."""
        query = select(shares.c.name).where(shares.c.document_id == escape(document_id)).order_by(shares.c.name)
        found = await self._database.read(query.limit(max(limit, 0)))
        return [Share.parse(unescape(name)) for (name,) in found]

    async def under(self, prefix: str, *, after: Shared | None = None, limit: int = 1000) -> Sequence[Shared]:
        """What was shared there, in order."""
        order = (shares.c.name, shares.c.document_id)
        query = select(*order).where(_covered(prefix)).order_by(*order).limit(max(limit, 0))
        if after is not None:
            query = query.where(behind(order, _row(after)))
        return [Shared(Share.parse(unescape(name)), unescape(of)) for name, of in await self._database.read(query)]

    async def remove(self, shared: Collection[Shared]) -> Sequence[str]:
        """Removes these and returns the documents that are orphans by it."""
        if not shared:
            return []
        return await self._removed(tuple_(shares.c.name, shares.c.document_id).in_([_row(one) for one in shared]))

    async def drop(self, prefix: str) -> Sequence[str]:
        """Removes everything there and returns the documents that are orphans by it."""
        return await self._removed(_covered(prefix))

    async def orphans(self, *, limit: int = 1000) -> Sequence[str]:
        """Documents that lost their last share and were not forgotten."""
        query = select(orphans.c.document_id).order_by(orphans.c.document_id).limit(max(limit, 0))
        return [unescape(name) for (name,) in await self._database.read(query)]

    async def _removed(self, which: ColumnElement[bool]) -> Sequence[str]:
        async def work(connection: AsyncConnection) -> Sequence[str]:
            await _alone(connection)
            removed = await connection.scalars(delete(shares).where(which).returning(shares.c.document_id))
            return await _orphaned(connection, sorted(set(removed)))

        return await self._database.write(work)


async def _orphaned(connection: AsyncConnection, documents: Sequence[str]) -> Sequence[str]:
    """Notes those of these documents that are shared nowhere, and returns those that were not noted before."""
    shared = set(await connection.scalars(select(shares.c.document_id).where(among(shares.c.document_id, documents))))
    lost = [{"document_id": name} for name in documents if name not in shared]
    if not lost:
        return []
    noted = upsert(orphans).on_conflict_do_nothing().returning(orphans.c.document_id)
    return sorted(map(unescape, await connection.scalars(noted, lost)))


async def _alone(connection: AsyncConnection) -> None:
    await connection.execute(select(func.pg_advisory_xact_lock(ONE_AFTER_THE_OTHER)))


def _row(shared: Shared) -> tuple[str, str]:
    return escape(str(shared.share)), escape(shared.document_id)


def _covered(prefix: str) -> ColumnElement[bool]:
    """A prefix that ends with a colon means all that begins with it, any other just itself."""
    name = escape(prefix)
    return begins(shares.c.name, name) if prefix.endswith(":") else shares.c.name == name
