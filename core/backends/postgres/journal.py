"""The journal on PostgreSQL: versions that were begun, and versions to sweep from the indexes."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, or_, select

from core.backends.postgres.database import Database
from core.backends.postgres.keeper import Keeper
from core.backends.postgres.phrases import among
from core.backends.postgres.tables import leftovers
from core.backends.written import escape, unescape
from core.ports import Leftover


class PostgresJournal:
    """`Journal` on PostgreSQL. What another living process has begun is left out: it may be writing it."""

    def __init__(self, database: Database, keeper: Keeper) -> None:
        self._database = database
        self._keeper = keeper

    async def begin(self, document_id: str) -> int:
        """The next version of the store, noted durably."""
        await self._keeper.number()
        begun = insert(leftovers).values(document_id=escape(document_id), open=True, keeper=self._keeper.name())
        return int((await self._database.read(begun.returning(leftovers.c.version)))[0].version)

    async def leftovers(self, document_ids: Collection[str] | None = None) -> Sequence[Leftover]:
        """Everything to sweep, of these documents or of all, oldest first."""
        keeper = leftovers.c.keeper
        mine = or_(self._keeper.is_own(keeper), self._keeper.is_free(keeper))
        query = select(leftovers.c.document_id, leftovers.c.version).where(mine).order_by(leftovers.c.version)
        if document_ids is not None:
            query = query.where(among(leftovers.c.document_id, [escape(name) for name in document_ids]))
        return [Leftover(unescape(name), version) for name, version in await self._database.read(query)]

    async def swept(self, leftover: Leftover) -> None:
        """It is gone from every index."""
        named = (leftovers.c.version == leftover.version, leftovers.c.document_id == escape(leftover.document_id))
        await self._database.change(delete(leftovers).where(*named))
