"""The shelves on SQLite: passages of current versions, resolved through a cache."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from core.allowed import Allowed
from core.backends.rows import place, read_document, read_passage
from core.backends.sqlite.cache import Found, ReadCache
from core.backends.sqlite.database import Database
from core.backends.versions import PASSAGES_OF_A_DOCUMENT
from core.backends.written import escape, listed, raw, unescape, wanted
from core.types import Audience, Document, Metadata, Passage, PassageKey

DOCUMENTS = "SELECT * FROM documents WHERE id IN (SELECT value FROM json_each(?))"
PASSAGES = "SELECT passages.* FROM json_each(?) AS asked CROSS JOIN passages ON passages.place = asked.value"
VERSION = "SELECT version FROM documents WHERE id = ?"
STRETCH = "SELECT * FROM passages WHERE place >= ? AND place < ? ORDER BY place LIMIT ?"
READABLE = "SELECT id FROM documents WHERE scope IN (SELECT value FROM json_each(?))"
MATCHING = """
    SELECT id FROM documents
    WHERE scope IN (SELECT value FROM json_each(?))
    AND number IN (
        SELECT document FROM facets
        WHERE facet IN (SELECT value FROM json_each(?))
        GROUP BY document HAVING count(*) = ?
    )
"""
ORIGIN = "SELECT id FROM documents WHERE scope IN (SELECT value FROM json_each(?)) AND substr(origin, 1, ?) = ?"
NAMED = """
    SELECT id FROM documents
    WHERE scope IN (SELECT value FROM json_each(?)) AND id IN (SELECT value FROM json_each(?))
"""


class SqliteShelves:
    """`Shelves` on SQLite."""

    def __init__(self, database: Database, cache: ReadCache) -> None:
        self._database = database
        self._cache = cache

    async def resolve(
        self, keys: Collection[PassageKey], audience: Audience
    ) -> Mapping[PassageKey, tuple[Passage, Document]]:
        """Passages that are current and readable, in the order of the keys."""
        generation = self._cache.generation
        found, unknown = self._cache.resolve(keys)
        if unknown:
            read = await self._database.read(partial(_resolve, unknown=unknown))
            self._cache.keep(read, generation=generation)
            known = found | read
            found = {key: known[key] for key in keys if key in known}
        readable = {scope.name for scope in audience.scopes}
        return {key: pair for key, pair in found.items() if pair[1].scope.name in readable}

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        """Current passages from the ordinal `first` on."""
        limit = -1 if count is None else max(count, 0)
        return await self._database.read(partial(_passages, document_id=document_id, first=first, limit=limit))

    async def matching(self, filters: Metadata, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that have every facet asked for."""
        scopes = _named(audience)
        asked = sorted(wanted(filters))
        return await self._database.read(partial(_matching, scopes=scopes, asked=asked))

    async def among(self, allowed: Allowed, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that are allowed."""
        return await self._database.read(partial(_among, allowed=allowed, audience=audience))


def _resolve(connection: sqlite3.Connection, unknown: Mapping[PassageKey, Document | None]) -> Found:
    documents = {document.id: document for document in unknown.values() if document}
    names = {key.document_id for key, document in unknown.items() if not document}
    if names:
        rows = connection.execute(DOCUMENTS, (listed(names),))
        documents |= {document.id: document for document in map(read_document, rows)}
    current = {place(key.version, key.ordinal): key for key in unknown if _is_current(key, documents)}
    found: Found = {}
    for row in connection.execute(PASSAGES, (json.dumps(list(current)),)):
        key = current[row[0]]
        found[key] = (read_passage(key.document_id, row), documents[key.document_id])
    return found


def _is_current(key: PassageKey, documents: Mapping[str, Document]) -> bool:
    document = documents.get(key.document_id)
    is_place = 0 <= key.ordinal < PASSAGES_OF_A_DOCUMENT
    return is_place and document is not None and document.version == key.version


def _passages(connection: sqlite3.Connection, *, document_id: str, first: int, limit: int) -> Sequence[Passage]:
    version = connection.execute(VERSION, (escape(document_id),)).fetchone()
    if version is None:
        return []
    start = min(max(first, 0), PASSAGES_OF_A_DOCUMENT)
    rows = connection.execute(STRETCH, (place(version[0], start), place(version[0] + 1, 0), limit))
    return [read_passage(document_id, row) for row in rows]


def _matching(connection: sqlite3.Connection, *, scopes: str, asked: Sequence[str]) -> frozenset[str]:
    if not asked:
        rows = connection.execute(READABLE, (scopes,))
    else:
        rows = connection.execute(MATCHING, (scopes, json.dumps(asked), len(asked)))
    return frozenset(unescape(name) for (name,) in rows)


def _among(connection: sqlite3.Connection, *, allowed: Allowed, audience: Audience) -> frozenset[str]:
    scopes, names = _named(audience), listed(allowed.documents)
    found = [
        *connection.execute(READABLE, (_named(allowed.narrowed(audience)),)),
        *connection.execute(NAMED, (scopes, names)),
    ]
    for origin in map(raw, allowed.origins):
        found += connection.execute(ORIGIN, (scopes, len(origin), origin))
    return frozenset(unescape(name) for (name,) in found)


def _named(audience: Audience) -> str:
    return listed(scope.name for scope in audience.scopes)
