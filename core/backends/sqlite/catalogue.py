"""The catalogue on SQLite: documents, replaced whole and listed newest first."""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from core.backends.rows import Row, document_values, passage_values, place, read_document
from core.backends.sqlite.answers import forget_citations
from core.backends.sqlite.cache import ReadCache
from core.backends.sqlite.changes import note
from core.backends.sqlite.database import Database, rows
from core.backends.sqlite.listing import NEWEST_OF_ALL, list_documents
from core.backends.versions import becomes_current, check_whole
from core.backends.waking import Waking
from core.backends.written import EPOCH, PAGE_LIMIT, escape, facets, micros, read_cursor
from core.changes import Change
from core.ports import DocumentFilter
from core.types import Document, DocumentPage, Passage

UPDATE = """
    UPDATE documents SET
        version = :version, scope = :scope, state = :state, read_at = :read_at, next_check_at = :next_check_at,
        title = :title, folded = :folded, origin = :origin, digest = :digest, url = :url, media_type = :media_type,
        passage_count = :passage_count, metadata = :metadata, etag = :etag, modified = :modified,
        refresh_seconds = :refresh_seconds, pace = :pace, failures = :failures, error = :error
    WHERE id = :id
"""
INSERT = """
    INSERT INTO documents (
        id, version, scope, state, read_at, next_check_at, title, folded, origin, digest, url, media_type,
        passage_count, metadata, etag, modified, refresh_seconds, pace, failures, error
    ) VALUES (
        :id, :version, :scope, :state, :read_at, :next_check_at, :title, :folded, :origin, :digest, :url, :media_type,
        :passage_count, :metadata, :etag, :modified, :refresh_seconds, :pace, :failures, :error
    )
"""
DUE = """
    SELECT * FROM documents WHERE next_check_at <= ? AND (next_check_at, id) > (?, ?)
    ORDER BY next_check_at, id LIMIT ?
"""
FOLLOWING = ("shares", "orphans", "changes", "looks")
"""Tables of what is kept about a document while it is there."""


class SqliteCatalogue:
    """`Catalogue` on SQLite."""

    def __init__(self, database: Database, cache: ReadCache, waking: Waking) -> None:
        self._database = database
        self._cache = cache
        self._waking = waking

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        return await self._database.read(partial(_find, document_id=document_id))

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents newest first; at most a thousand at once. Raises Refused for a cursor that is none."""
        before = read_cursor(after) if after is not None else NEWEST_OF_ALL
        shown = min(max(limit, 1), PAGE_LIMIT)
        return await self._database.read(partial(list_documents, where=where, before=before, limit=shown))

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due, the one that waits longest first."""
        behind = (-1, "") if after is None else (micros(after.next_check_at or EPOCH), escape(after.id))
        found = await self._database.read(rows(DUE, micros(moment), *behind, max(limit, 0)))
        return list(map(read_document, found))

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row, or with passages a whole version; see `core.backends.versions`."""
        if passages is None:
            work, touched = partial(_update, document=document), [document.id]
        else:
            # Beforehand: other writes need not wait until the texts are taken apart.
            values = await asyncio.to_thread(list, map(passage_values, passages))
            work = partial(_replace, document=document, passages=passages, values=values, instead_of=instead_of)
            touched = [document.id, *([instead_of] if instead_of is not None else [])]
        await self._database.write(work, committed=partial(self._cache.drop, touched))
        self._waking.ring()

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents and abandons whatever was begun for them."""
        ids = list(dict.fromkeys(document_ids))
        committed = partial(self._cache.drop, ids)
        return await self._database.write(partial(_forget, document_ids=ids), committed=committed)


def _find(connection: sqlite3.Connection, document_id: str) -> Document | None:
    row = connection.execute("SELECT * FROM documents WHERE id = ?", (escape(document_id),)).fetchone()
    return read_document(row) if row else None


def _update(connection: sqlite3.Connection, document: Document) -> None:
    found = _find(connection, document.id)
    if found is None or found.version != document.version:
        return
    connection.execute(UPDATE, document_values(document, passage_count=found.passage_count))
    _write_facets(connection, document)
    if document.state == "dead" != found.state:
        note(connection, Change(document.id, document.version, "dead"))


def _replace(
    connection: sqlite3.Connection,
    document: Document,
    passages: Sequence[Passage],
    values: Sequence[Row],
    instead_of: str | None,
) -> None:
    version, name = document.version, escape(document.id)
    check_whole(document, passages, newest=_newest_version(connection))
    row = connection.execute("SELECT version FROM documents WHERE id = ?", (name,)).fetchone()
    current = row[0] if row else None
    begun = connection.execute("SELECT open FROM leftovers WHERE version = ? AND document_id = ?", (version, name))
    replaceable = instead_of is None or _find(connection, instead_of) is not None
    if not replaceable or not becomes_current(version, current=current, is_open=begun.fetchone() == (1,)):
        _leave_over(connection, version, name)
        return
    if current is not None:
        _delete_passages(connection, current)
        _leave_over(connection, current, name)
    connection.execute("DELETE FROM leftovers WHERE version = ?", (version,))
    connection.execute(UPDATE if row else INSERT, document_values(document, passage_count=len(passages)))
    connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    _write_facets(connection, document)
    note(connection, Change(document.id, version))
    if instead_of is not None:
        connection.execute("UPDATE looks SET document_id = ? WHERE document_id = ?", (name, escape(instead_of)))
        _forget(connection, [instead_of])


def _forget(connection: sqlite3.Connection, document_ids: Sequence[str]) -> Sequence[Document]:
    gone = []
    for document_id in document_ids:
        name = escape(document_id)
        connection.execute("UPDATE leftovers SET open = 0 WHERE document_id = ?", (name,))
        for table in FOLLOWING:
            connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (name,))  # noqa: S608 - ours
        forget_citations(connection, name)
        document = _find(connection, document_id)
        if document is None:
            continue
        _delete_passages(connection, document.version)
        connection.execute("DELETE FROM documents WHERE id = ?", (name,))
        _leave_over(connection, document.version, name)
        gone.append(document)
    return gone


def _newest_version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'leftovers'").fetchone()
    return row[0] if row else 0


def _delete_passages(connection: sqlite3.Connection, version: int) -> None:
    places = (place(version, 0), place(version + 1, 0))
    connection.execute("DELETE FROM passages WHERE place >= ? AND place < ?", places)


def _leave_over(connection: sqlite3.Connection, version: int, name: str) -> None:
    connection.execute("INSERT OR IGNORE INTO leftovers VALUES (?, ?, 0)", (version, name))


def _write_facets(connection: sqlite3.Connection, document: Document) -> None:
    number = connection.execute("SELECT number FROM documents WHERE id = ?", (escape(document.id),)).fetchone()[0]
    connection.execute("DELETE FROM facets WHERE document = ?", (number,))
    connection.executemany("INSERT INTO facets VALUES (?, ?)", ((facet, number) for facet in facets(document)))
