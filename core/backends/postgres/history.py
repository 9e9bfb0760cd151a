"""The history on PostgreSQL: the last turns of each session."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.phrases import begins, expired
from core.backends.postgres.tables import sessions, turns
from core.backends.written import TURNS_KEPT, lifetime, read_turn, session_key, workspace_key, write_turn
from core.types import Session, Turn


class PostgresHistory:
    """`History` on PostgreSQL; `ttl` is in seconds, by the server's clock."""

    def __init__(self, database: Database, *, ttl: float) -> None:
        self._database = database
        self._ttl = lifetime(ttl)

    async def append(self, session: Session, said: Sequence[Turn]) -> None:
        """Adds turns, keeps the last two hundred and renews the time to live."""
        key, present = session_key(session), self._database.present()
        bodies = [{"session": key, "body": write_turn(turn)} for turn in said]
        renewed = upsert(sessions).values(session=key, expires_at=present + self._ttl)
        renewed = renewed.on_conflict_do_update(
            index_elements=[sessions.c.session], set_={"expires_at": renewed.excluded.expires_at}
        )
        last = select(turns.c.number).where(turns.c.session == key).order_by(turns.c.number.desc())
        trimmed = last.limit(1).offset(TURNS_KEPT).scalar_subquery()

        async def work(connection: AsyncConnection) -> None:
            gone = (sessions.c.session == key, sessions.c.expires_at <= present)
            await connection.execute(delete(sessions).where(*gone))
            # From here on the session is ours alone until the end of the transaction.
            await connection.execute(renewed)
            if bodies:
                await connection.execute(insert(turns), bodies)
                await connection.execute(delete(turns).where(turns.c.session == key, turns.c.number <= trimmed))
            await connection.execute(expired(sessions, sessions.c.session, sessions.c.expires_at, present))

        await self._database.write(work)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first."""
        living = (sessions.c.session == session_key(session), sessions.c.expires_at > self._database.present())
        query = select(turns.c.body).join(sessions).where(*living).order_by(turns.c.number.desc())
        bodies = await self._database.read(query.limit(min(max(limit, 0), TURNS_KEPT)))
        return tuple(read_turn(body) for (body,) in reversed(bodies))

    async def clear(self, session: Session) -> None:
        """Forgets the session."""
        await self._database.change(delete(sessions).where(sessions.c.session == session_key(session)))

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        """Forgets every session of a workspace."""
        there = begins(sessions.c.session, workspace_key(platform, workspace))
        await self._database.change(delete(sessions).where(there))
