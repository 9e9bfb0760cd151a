"""The catalogue on PostgreSQL: documents, replaced whole and listed newest first."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database
from core.backends.postgres.listing import NEWEST_OF_ALL, list_documents
from core.backends.postgres.phrases import behind
from core.backends.postgres.replacing import forget, replace, update_row
from core.backends.postgres.tables import documents
from core.backends.rows import passage_values, read_document
from core.backends.waking import Waking
from core.backends.written import EPOCH, PAGE_LIMIT, escape, micros, read_cursor
from core.ports import DocumentFilter
from core.types import Document, DocumentPage, Passage


class PostgresCatalogue:
    """`Catalogue` on PostgreSQL."""

    def __init__(self, database: Database, waking: Waking, trail: Waking) -> None:
        """`waking` rings where something became of a document, `trail` where the indexes have to follow."""
        self._database = database
        self._waking = waking
        self._trail = trail

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        found = await self._database.read(select(documents).where(documents.c.id == escape(document_id)))
        return read_document(tuple(found[0])) if found else None

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents newest first; at most a thousand at once. Raises Refused for a cursor that is none."""
        before = read_cursor(after) if after is not None else NEWEST_OF_ALL
        shown = min(max(limit, 1), PAGE_LIMIT)
        return await self._database.look(partial(list_documents, where=where, before=before, limit=shown))

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due, the one that waits longest first."""
        order = (documents.c.next_check_at, documents.c.id)
        query = select(documents).where(documents.c.next_check_at <= micros(moment)).order_by(*order)
        if after is not None:
            query = query.where(behind(order, (micros(after.next_check_at or EPOCH), escape(after.id))))
        return [read_document(tuple(row)) for row in await self._database.read(query.limit(max(limit, 0)))]

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row, or with passages a whole version; see `core.backends.versions`."""
        if passages is None:
            await self._database.write(partial(update_row, document=document))
        else:
            # Beforehand: a transaction need not wait until the texts are taken apart.
            values = await asyncio.to_thread(list, map(passage_values, passages))
            await self._database.write(
                partial(replace, document=document, passages=passages, values=values, instead_of=instead_of)
            )
        self._waking.ring()
        self._trail.ring()

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents and abandons whatever was begun for them."""
        ids = list(dict.fromkeys(document_ids))

        async def work(connection: AsyncConnection) -> Sequence[Document]:
            return await forget(connection, ids)

        if not ids:
            return []
        forgotten = await self._database.write(work)
        self._trail.ring()
        return forgotten
