"""Says that this process is alive, so that what it holds stays its own, and is given away when it has died."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, delete, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.tables import keepers
from core.errors import SaseoError

log = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
"""So long after its last sign of life a process counts as dead."""
BEAT_SECONDS = 4.0
"""Between two signs of life."""
MICROSECONDS = 1_000_000
NOBODY = 0


class Keeper:
    """This process among those that share the database. Its number names it on everything that it holds.

    Who has died is removed, and the server frees whatever it held. Only a process that has itself given signs of life
    without a gap for a whole lease may remove others: after the server or the network was away, all are late, and
    nobody is taken for dead who is just coming back.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._joining = asyncio.Lock()
        self._number = NOBODY
        self.returned: Callable[[], Awaitable[None]] | None = None
        """Called when this process was taken for dead, and is back under another number."""

    async def number(self) -> int:
        """Joins, unless that was done before."""
        async with self._joining:
            if self._number == NOBODY:
                self._number = await self._joined()
            return self._number

    async def run(self) -> None:
        """Gives signs of life until it is cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.beat()
            except SaseoError as error:
                log.warning("no sign of life could be given: %s", error.code)

    async def beat(self) -> None:
        """Gives one sign of life, where there is anybody to give it."""
        number = self._number
        present = self._database.present()
        since = case((keepers.c.alive_until <= present, present), else_=keepers.c.since)
        alive = update(keepers).where(keepers.c.number == number).values(since=since, alive_until=self._lease())
        if number != NOBODY and await self._database.change(alive) == 0:
            await self._come_back(number)

    async def _come_back(self, number: int) -> None:
        """Joins again under another number, unless somebody who gave a sign of life at the same time has done so:
        what was held again by the first of two numbers would be taken for a dead one's."""
        async with self._joining:
            if self._number != number:
                return
            log.warning("this process was silent for too long: what it held may have been given to another one")
            self._number = await self._joined()
            if self.returned is not None:
                await self.returned()

    async def bury(self, connection: AsyncConnection) -> None:
        """Removes who has died, in the transaction under way; what they held is free."""
        gone = select(keepers.c.number).where(self._dead()).with_for_update(skip_locked=True)
        await connection.execute(delete(keepers).where(keepers.c.number.in_(gone)))

    async def leave(self) -> None:
        """Frees what this process holds."""
        if self._number != NOBODY:
            await self._database.change(delete(keepers).where(keepers.c.number == self._number))
            self._number = NOBODY

    def name(self) -> ScalarSelect[int]:
        """The number of this process as a row of its own holds it; none when it was taken for dead."""
        return select(keepers.c.number).where(keepers.c.number == self._number).scalar_subquery()

    def is_own(self, keeper: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether this process holds a row."""
        return keeper == self._number

    def is_free(self, keeper: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether nobody holds a row, or somebody who is to be removed."""
        return or_(keeper.is_(None), keeper.in_(select(keepers.c.number).where(self._dead())))

    def _dead(self) -> ColumnElement[bool]:
        present = self._database.present()
        mine = select(keepers.c.since).where(keepers.c.number == self._number).scalar_subquery()
        silent = and_(keepers.c.alive_until <= present, keepers.c.number != self._number)
        return and_(silent, mine <= present - _lease())

    def _lease(self) -> ColumnElement[int]:
        return self._database.present() + _lease()

    async def _joined(self) -> int:
        joined = insert(keepers).values(since=self._database.present(), alive_until=self._lease())

        async def work(connection: AsyncConnection) -> int:
            return int((await connection.execute(joined.returning(keepers.c.number))).scalar_one())

        return await self._database.write(work)


def _lease() -> ColumnElement[int]:
    return literal(round(LEASE_SECONDS * MICROSECONDS), keepers.c.since.type)
