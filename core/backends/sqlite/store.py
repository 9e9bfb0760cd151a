"""The stores of one SQLite file together, opened and closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from core.backends.seal import FernetSeal
from core.backends.sqlite.answers import SqliteAnswers
from core.backends.sqlite.cache import ReadCache
from core.backends.sqlite.catalogue import SqliteCatalogue
from core.backends.sqlite.changes import SqliteChanges
from core.backends.sqlite.channels import SqliteChannels
from core.backends.sqlite.claims import SqliteClaims
from core.backends.sqlite.database import Database
from core.backends.sqlite.deeds import SqliteDeeds
from core.backends.sqlite.history import SqliteHistory
from core.backends.sqlite.inbox import SqliteInbox
from core.backends.sqlite.installations import SqliteInstallations
from core.backends.sqlite.journal import SqliteJournal
from core.backends.sqlite.looks import SqliteLooks
from core.backends.sqlite.opening import opened
from core.backends.sqlite.profiles import renew_profiles
from core.backends.sqlite.review import SqliteReview
from core.backends.sqlite.shares import SqliteShares
from core.backends.sqlite.shelves import SqliteShelves
from core.backends.sqlite.snapshot import copy
from core.backends.sqlite.traces import SqliteTraces
from core.backends.sqlite.visits import SqliteVisits
from core.backends.waking import Waking
from core.types import now

KEY_FILE = "secret.key"


class Store:
    """The ports that one SQLite file serves."""

    def __init__(
        self, database: Database, path: Path, *, history_ttl: float, clock: Callable[[], datetime], seal: FernetSeal
    ) -> None:
        cache = ReadCache()
        self._database = database
        self._path = path
        waking = Waking()
        self.catalogue = SqliteCatalogue(database, cache, waking)
        self.shelves = SqliteShelves(database, cache)
        self.journal = SqliteJournal(database)
        self.history = SqliteHistory(database, ttl=history_ttl, clock=clock)
        self.claims = SqliteClaims(database, clock=clock)
        self.answers = SqliteAnswers(database, clock=clock)
        self.review = SqliteReview(database)
        self.shares = SqliteShares(database)
        self.changes = SqliteChanges(database, waking)
        self.channels = SqliteChannels(database)
        self.inbox = SqliteInbox(database, clock=clock)
        self.installations = SqliteInstallations(database, seal)
        self.visits = SqliteVisits(database, clock=clock)
        self.deeds = SqliteDeeds(database)
        self.looks = SqliteLooks(database)
        self.traces = SqliteTraces(database)

    async def ping(self) -> None:
        """Returns while the store works. Raises Refused or Unavailable."""
        await self._database.read(lambda connection: connection.execute("SELECT count(*) FROM outcomes").fetchone())

    async def scrub(self) -> None:
        """What was deleted is in no file of the store any more. Raises like `ping`."""
        await self._database.scrub()

    async def snapshot(self, target: Path) -> None:
        """Copies everything, as it is at one moment, into a new file that any machine can open. Raises like `ping`."""
        await asyncio.to_thread(copy, self._path, target)


@asynccontextmanager
async def open_store(
    path: Path,
    *,
    history_ttl: float = 3600,
    clock: Callable[[], datetime] = now,
    seal: FernetSeal | None = None,
) -> AsyncIterator[Store]:
    """Opens the store in the file `path`, made where there is none; only one process may have it open.

    `history_ttl` is in seconds; without a seal, tokens are closed with a key in a file beside the store. Raises
    Refused: `store.locked`, `store.readonly`, `store.damaged`, `store.newer`, `store.foreign`; Unavailable:
    `store.full`, `store.busy`, `store.failed`.
    """
    stack = ExitStack()
    database = await asyncio.to_thread(stack.enter_context, opened(path))
    renewing = asyncio.create_task(renew_profiles(database))
    try:
        seal = seal or FernetSeal((), path.with_name(KEY_FILE))
        yield Store(database, path, history_ttl=history_ttl, clock=clock, seal=seal)
    finally:
        renewing.cancel()
        await asyncio.shield(asyncio.to_thread(stack.close))
