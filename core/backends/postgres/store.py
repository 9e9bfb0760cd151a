"""The stores of one PostgreSQL database together, opened and closed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from core.backends.postgres.answers import PostgresAnswers
from core.backends.postgres.catalogue import PostgresCatalogue
from core.backends.postgres.changes import PostgresChanges
from core.backends.postgres.channels import PostgresChannels
from core.backends.postgres.claims import PostgresClaims
from core.backends.postgres.database import Database, opened
from core.backends.postgres.deeds import PostgresDeeds
from core.backends.postgres.history import PostgresHistory
from core.backends.postgres.inbox import PostgresInbox
from core.backends.postgres.installations import PostgresInstallations
from core.backends.postgres.journal import PostgresJournal
from core.backends.postgres.keeper import Keeper
from core.backends.postgres.looks import PostgresLooks
from core.backends.postgres.migrating import migrate
from core.backends.postgres.profiles import renew_profiles
from core.backends.postgres.review import PostgresReview
from core.backends.postgres.shares import PostgresShares
from core.backends.postgres.shelves import PostgresShelves
from core.backends.postgres.snapshot import snapshot
from core.backends.postgres.tables import outcomes
from core.backends.postgres.traces import PostgresTraces
from core.backends.postgres.trail import PostgresTrail
from core.backends.postgres.visits import PostgresVisits
from core.backends.seal import FernetSeal
from core.backends.waking import Waking
from core.errors import SaseoError

log = logging.getLogger(__name__)


class PostgresStore:
    """The ports that one PostgreSQL database serves, to any number of processes."""

    def __init__(self, database: Database, keeper: Keeper, *, history_ttl: float, seal: FernetSeal) -> None:
        self._database = database
        waking, trail = Waking(), Waking()
        self.catalogue = PostgresCatalogue(database, waking, trail)
        self.shelves = PostgresShelves(database)
        self.journal = PostgresJournal(database, keeper)
        self.history = PostgresHistory(database, ttl=history_ttl)
        self.claims = PostgresClaims(database)
        self.answers = PostgresAnswers(database)
        self.review = PostgresReview(database)
        self.shares = PostgresShares(database)
        self.changes = PostgresChanges(database, waking)
        self.trail = PostgresTrail(database, trail)
        self.channels = PostgresChannels(database)
        self.inbox = PostgresInbox(database, keeper)
        self.installations = PostgresInstallations(database, seal)
        self.visits = PostgresVisits(database)
        self.deeds = PostgresDeeds(database)
        self.looks = PostgresLooks(database)
        self.traces = PostgresTraces(database)

    async def ping(self) -> None:
        """Returns while the store works. Raises Refused or Unavailable."""
        await self._database.read(select(func.count()).select_from(outcomes))

    async def scrub(self) -> None:
        """The server frees what was deleted by itself; its logs and copies are in the hands of who runs it."""

    async def snapshot(self, target: Path) -> None:
        """Copies everything, as it is at one moment, into a new file of the embedded store. Raises like `ping`."""
        await snapshot(self._database, target)


@asynccontextmanager
async def open_postgres(
    url: str,
    *,
    seal: FernetSeal,
    history_ttl: float = 3600,
    clock: Callable[[], datetime] | None = None,
) -> AsyncIterator[PostgresStore]:
    """Opens the store in the database at `url`, `postgresql://user:password@host/name`, and brings it up to date.

    `history_ttl` is in seconds; the clock is the server's unless one is given. Raises Refused: `postgres.url`,
    `postgres.login`, `postgres.no_database`, `postgres.permission`, `postgres.newer`, `postgres.damaged`; Unavailable:
    `postgres.away`, `postgres.busy`, `postgres.full`, `postgres.read_only`, `postgres.failed`.
    """
    # Signs of life have a connection of their own: who works hard is not dead.
    async with opened(url, clock=clock) as database, opened(url, clock=clock, connections=1) as apart:
        await migrate(database)
        keeper = Keeper(apart)
        beside = [asyncio.create_task(keeper.run()), asyncio.create_task(renew_profiles(database))]
        try:
            yield PostgresStore(database, keeper, history_ttl=history_ttl, seal=seal)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.shield(_leave(keeper))


async def _leave(keeper: Keeper) -> None:
    try:
        await keeper.leave()
    except SaseoError as error:
        log.warning("what this process held is free when its time is over: %s", error.code)
