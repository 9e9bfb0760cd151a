"""Moves what the embedded store holds to PostgreSQL: documents, passages, answers, the inbox and all the rest."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from core.errors import Refused

POSTGRESQL = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows by table: in the embedded store, and in the shared one before and after."""

    known: Mapping[str, int]
    before: Mapping[str, int]
    after: Mapping[str, int]
    differing: int
    """Rows that are not the same on both sides."""

    @property
    def whole(self) -> bool:
        """Whether everything is there as it was."""
        return self.known == self.after and not self.differing


def address_of(name: str, settings: Settings) -> str | None:
    """The address of the database that `--to` means: itself, or DATABASE_URL for `postgresql`; None: no database.

    Raises Refused where DATABASE_URL is not set.
    """
    if name.partition(":")[0] not in POSTGRESQL:
        return None
    if ":" in name:
        return name
    if settings.database_url is None:
        raise Refused("migrate.no_address")
    return settings.database_url.get_secret_value()


async def migrate_store(path: Path, url: str, *, replacing: bool, advance: Callable[[int, int], None]) -> Copied:
    """Copies every table of the store in a file to a database, which must hold nothing unless that is replaced; the
    caller holds the directory. Raises Refused and Unavailable as the stores do; the embedded one is only read."""
    try:
        from core.backends.postgres.copying import open_copying
    except ImportError as error:
        raise Refused("postgres.missing") from error
    if not await asyncio.to_thread(path.exists):
        raise Refused("migrate.no_store", directory=str(path.parent))
    async with open_copying(path, url) as copying:
        if await copying.used():
            raise Refused("migrate.used_database")
        known, before = await copying.known(), await copying.counts()
        if any(before.values()) and not replacing:
            raise Refused("migrate.not_empty_database", count=sum(before.values()))
        await copying.clear()
        done, total = 0, sum(known.values())
        async for count in copying.run():
            done += count
            advance(done, total)
        return Copied(known, before, await copying.counts(), await copying.differing())
