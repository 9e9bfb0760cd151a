"""The shelves on SQLite: passages of current versions, resolved through a cache."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from core.backends.sqlite.cache import Found, ReadCache
from core.backends.sqlite.database import Database
from core.backends.sqlite.rows import read_document, read_passage
from core.backends.written import escape, unescape, wanted
from core.types import Audience, Document, Metadata, Passage, PassageKey

DOCUMENTS = "SELECT * FROM documents WHERE id IN (SELECT value FROM json_each(?))"
PASSAGES = """
    SELECT passages.* FROM json_each(?) AS asked
    CROSS JOIN passages
    ON passages.version = json_extract(asked.value, '$[0]') AND passages.ordinal = json_extract(asked.value, '$[1]')
"""
OF_DOCUMENT = """
    SELECT passages.* FROM documents JOIN passages ON passages.version = documents.version
    WHERE documents.id = ? AND passages.ordinal >= ? ORDER BY passages.ordinal LIMIT ?
"""
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
            read = await self._database.read(partial(_resolve, keys=unknown))
            self._cache.keep(read, generation=generation)
            found |= read
        readable = ((key, found[key]) for key in keys if key in found)
        return {key: pair for key, pair in readable if pair[1].scope in audience}

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        """Current passages from the ordinal `first` on."""
        limit = -1 if count is None else max(count, 0)
        return await self._database.read(partial(_passages, document_id=document_id, first=first, limit=limit))

    async def matching(self, filters: Metadata, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that have every facet asked for."""
        scopes = json.dumps([escape(scope.name) for scope in audience.scopes])
        asked = sorted(wanted(filters))
        return await self._database.read(partial(_matching, scopes=scopes, asked=asked))


def _resolve(connection: sqlite3.Connection, keys: Sequence[PassageKey]) -> Found:
    names = json.dumps([escape(document_id) for document_id in {key.document_id for key in keys}])
    documents = {document.version: document for document in map(read_document, connection.execute(DOCUMENTS, (names,)))}
    current = [key for key in keys if _is_current(key, documents)]
    if not current:
        return {}
    places = json.dumps([[key.version, key.ordinal] for key in current])
    found: Found = {}
    for row in connection.execute(PASSAGES, (places,)):
        document = documents[row[0]]
        passage = read_passage(document.id, row)
        found[passage.key] = (passage, document)
    return found


def _is_current(key: PassageKey, documents: Mapping[int, Document]) -> bool:
    document = documents.get(key.version)
    return document is not None and document.id == key.document_id


def _passages(connection: sqlite3.Connection, *, document_id: str, first: int, limit: int) -> Sequence[Passage]:
    rows = connection.execute(OF_DOCUMENT, (escape(document_id), first, limit))
    return [read_passage(document_id, row) for row in rows]


def _matching(connection: sqlite3.Connection, *, scopes: str, asked: Sequence[str]) -> frozenset[str]:
    if not asked:
        rows = connection.execute(READABLE, (scopes,))
    else:
        rows = connection.execute(MATCHING, (scopes, json.dumps(asked), len(asked)))
    return frozenset(unescape(name) for (name,) in rows)
