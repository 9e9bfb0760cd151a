"""The claims on PostgreSQL; the server keeps the time."""

import secrets

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database, rowcount
from core.backends.postgres.phrases import expired
from core.backends.postgres.tables import claims
from core.backends.written import lifetime
from core.types import digest


class PostgresClaims:
    """`Claims` on PostgreSQL. Releases only what it claimed itself, not what somebody else claimed after an expiry."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = secrets.token_hex(16)

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller until the claim expires."""
        present = self._database.present()
        wanted = upsert(claims).values(key=digest(key), owner=self._owner, expires_at=present + lifetime(seconds))
        claimed = wanted.on_conflict_do_update(
            index_elements=[claims.c.key],
            set_={"owner": wanted.excluded.owner, "expires_at": wanted.excluded.expires_at},
            where=claims.c.expires_at <= present,
        )

        async def work(connection: AsyncConnection) -> bool:
            given = await rowcount(connection, claimed) == 1
            await connection.execute(expired(claims, claims.c.key, claims.c.expires_at, present))
            return given

        return await self._database.write(work)

    async def release(self, key: str) -> None:
        """Gives an own claim back."""
        own = (claims.c.key == digest(key), claims.c.owner == self._owner)
        await self._database.change(delete(claims).where(*own))
