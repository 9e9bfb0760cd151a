"""The visits on PostgreSQL; the server keeps the time."""

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.console_tables import visits
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import expired
from core.backends.written import lifetime, raw, text


class PostgresVisits:
    """`Visits` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, name: str, body: str, *, family: str, seconds: float) -> None:
        """Somebody is signed in for so long."""
        present = self._database.present()
        until = present + lifetime(seconds)
        row = insert(visits).values(name=name, family=family, body=raw(body), expires_at=until)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(expired(visits, visits.c.name, visits.c.expires_at, present))
            await connection.execute(row)

        await self._database.write(work)

    async def find(self, name: str) -> str | None:
        """What was kept with a visit that lives."""
        lives = (visits.c.name == name, visits.c.expires_at > self._database.present())
        found = await self._database.read(select(visits.c.body).where(*lives))
        return text(found[0][0]) if found else None

    async def rename(self, name: str, fresh: str, *, seconds: float, grace: float) -> bool:
        """From now on the visit is called otherwise."""
        present = self._database.present()
        until, soon = present + lifetime(seconds), present + lifetime(grace)
        known = update(visits).where(visits.c.name == name, visits.c.expires_at > soon).values(expires_at=soon)

        async def work(connection: AsyncConnection) -> bool:
            found = (await connection.execute(known.returning(visits.c.family, visits.c.body))).first()
            if found is None:
                return False
            row = insert(visits).values(name=fresh, family=found.family, body=found.body, expires_at=until)
            await connection.execute(row)
            return True

        return await self._database.write(work)

    async def end(self, family: str) -> None:
        """Somebody has signed out."""
        await self._database.change(delete(visits).where(visits.c.family == family))
