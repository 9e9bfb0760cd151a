"""How checks of documents ended, on PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.console_tables import looks
from core.backends.postgres.database import Database
from core.backends.postgres.tables import MOMENT, NAME, RAW, documents
from core.backends.written import escape, micros, moment, raw, text
from core.looks import KEPT, REASON_KEPT, Look

COLUMNS = ("document_id", "at", "result", "reason")


class PostgresLooks:
    """`Looks` on PostgreSQL; the catalogue forgets and moves them with their document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, document_id: str, look: Look) -> None:
        """A document was checked."""
        name = escape(document_id)
        values = (
            literal(name, NAME),
            literal(micros(look.at), MOMENT),
            literal(look.result, NAME),
            literal(raw(look.reason[:REASON_KEPT]), RAW),
        )
        # Only of a document that is there: it may be forgotten while it is being checked.
        row = select(*values).where(exists().where(documents.c.id == name))
        own = looks.c.document_id == name
        old = select(looks.c.number).where(own).order_by(looks.c.number.desc()).offset(KEPT)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(insert(looks).from_select(list(COLUMNS), row))
            await connection.execute(delete(looks).where(looks.c.number.in_(old)))

        await self._database.write(work)

    async def of(self, document_id: str) -> Sequence[Look]:
        """Its checks, newest first."""
        query = select(looks.c.at, looks.c.result, looks.c.reason).where(looks.c.document_id == escape(document_id))
        found = await self._database.read(query.order_by(looks.c.number.desc()).limit(KEPT))
        return [Look(moment(at), result, text(reason)) for at, result, reason in found]
