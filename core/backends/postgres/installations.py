"""The installations on PostgreSQL: nothing of a token gets there but sealed."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.kept_installation import read_installation, write_installation
from core.backends.postgres.database import Database
from core.backends.postgres.tables import departures, installations
from core.backends.seal import FernetSeal
from core.backends.written import escape, unescape
from core.errors import Refused
from core.installations import Installation


class PostgresInstallations:
    """`Installations` on PostgreSQL. The seal reads a file and computes, so it works in a thread."""

    def __init__(self, database: Database, seal: FernetSeal) -> None:
        self._database = database
        self._seal = seal

    async def find(self, platform: str, workspace: str) -> Installation | None:
        """The installation in a workspace. Raises Refused where the key that it was kept with is lost."""
        found = await self._database.read(
            select(installations.c.sealed).where(*_named(installations, platform, workspace))
        )
        if not found:
            return None
        opened = await asyncio.to_thread(self._seal.open, found[0][0])
        if opened is None:
            raise Refused("seal.lost", workspace=workspace)
        return read_installation(platform, workspace, opened)

    async def save(self, installation: Installation) -> None:
        """Keeps an installation in the place of the one before."""
        platform, workspace = installation.platform, installation.workspace
        sealed = await asyncio.to_thread(self._seal.close, write_installation(installation))
        row = upsert(installations).values(platform=escape(platform), workspace=escape(workspace), sealed=sealed)
        kept = row.on_conflict_do_update(
            index_elements=[installations.c.platform, installations.c.workspace],
            set_={"sealed": row.excluded.sealed},
        )

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(kept)
            await connection.execute(delete(departures).where(*_named(departures, platform, workspace)))

        await self._database.write(work)

    async def workspaces(self, platform: str) -> Sequence[str]:
        """The workspaces where the app is installed, by name."""
        return await self._listed(installations, platform)

    async def remove(self, platform: str, workspace: str) -> None:
        """Erases an installation, and notes that the workspace is being left."""
        row = {"platform": escape(platform), "workspace": escape(workspace)}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(installations).where(*_named(installations, platform, workspace)))
            await connection.execute(upsert(departures).values(row).on_conflict_do_nothing())

        await self._database.write(work)

    async def leaving(self, platform: str) -> Sequence[str]:
        """The workspaces that are being left, by name."""
        return await self._listed(departures, platform)

    async def left(self, platform: str, workspace: str) -> None:
        """Nothing of a workspace is there any more."""
        await self._database.change(delete(departures).where(*_named(departures, platform, workspace)))

    async def renew(self) -> int:
        """Closes everything with the first key, so that the others may go; how many no key opens."""

        async def work(connection: AsyncConnection) -> int:
            lost = 0
            for platform, workspace, sealed in await connection.execute(select(installations).with_for_update()):
                renewed = await asyncio.to_thread(self._seal.renewed, sealed)
                if renewed is None:
                    lost += 1
                    continue
                row = (installations.c.platform == platform, installations.c.workspace == workspace)
                await connection.execute(update(installations).where(*row).values(sealed=renewed))
            return lost

        return await self._database.write(work)

    async def _listed(self, table: Table, platform: str) -> Sequence[str]:
        query = select(table.c.workspace).where(table.c.platform == escape(platform)).order_by(table.c.workspace)
        return [unescape(name) for (name,) in await self._database.read(query)]


def _named(table: Table, platform: str, workspace: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.platform == escape(platform), table.c.workspace == escape(workspace)
