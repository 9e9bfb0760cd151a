"""The shelves on PostgreSQL: passages of current versions.

Other processes change documents too, so these are looked up for every question. What a key names never changes:
passages that were read are kept, and need no query.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Executable, func, literal, or_, select

from core.allowed import Allowed
from core.backends.postgres.database import Database, Rows
from core.backends.postgres.phrases import among, within
from core.backends.postgres.tables import RAW, documents, facets, passages
from core.backends.rows import place, read_document, read_passage
from core.backends.used_last import PASSAGES, UsedLast
from core.backends.versions import PASSAGES_OF_A_DOCUMENT
from core.backends.written import escape, raw, unescape, wanted
from core.types import Audience, Document, Metadata, Passage, PassageKey


class PostgresShelves:
    """`Shelves` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: UsedLast[PassageKey, Passage] = UsedLast(PASSAGES)

    async def resolve(
        self, keys: Collection[PassageKey], audience: Audience
    ) -> Mapping[PassageKey, tuple[Passage, Document]]:
        """Passages that are current and readable, in the order of the keys."""
        if not keys:
            return {}
        current = _current(keys, await self._database.read(_documents(keys)))
        readable = {key: document for key, document in current.items() if document.scope in audience}
        known = {key: passage for key in readable if (passage := self._kept.get(key)) is not None}
        missing = [key for key in readable if key not in known]
        if missing:
            # A version that was replaced since then has no passages any more.
            fresh = _passages(missing, await self._database.read(_standing(missing)))
            self._kept.keep(fresh)
            known |= fresh
        return {key: (known[key], readable[key]) for key in keys if key in known}

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        """Current passages from the ordinal `first` on."""
        start = min(max(first, 0), PASSAGES_OF_A_DOCUMENT)
        beginning = documents.c.version * PASSAGES_OF_A_DOCUMENT
        stretch = within(passages.c.place, beginning + start, beginning + PASSAGES_OF_A_DOCUMENT)
        query = select(passages).join(documents, stretch).where(documents.c.id == escape(document_id))
        limit = None if count is None else max(count, 0)
        found = await self._database.read(query.order_by(passages.c.place).limit(limit))
        return [read_passage(document_id, tuple(row)) for row in found]

    async def matching(self, filters: Metadata, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that have every facet asked for."""
        asked = sorted(wanted(filters))
        query = select(documents.c.id).where(
            among(documents.c.scope, [escape(scope.name) for scope in audience.scopes])
        )
        if asked:
            having = select(facets.c.document).where(among(facets.c.facet, asked)).group_by(facets.c.document)
            query = query.where(documents.c.number.in_(having.having(func.count() == len(asked))))
        return frozenset(unescape(name) for (name,) in await self._database.read(query))

    async def among(self, allowed: Allowed, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that are allowed."""
        chosen = or_(
            among(documents.c.scope, [escape(scope.name) for scope in allowed.scopes]),
            among(documents.c.id, [escape(name) for name in allowed.documents]),
            *(_comes_from(origin) for origin in map(raw, allowed.origins)),
        )
        readable = among(documents.c.scope, [escape(scope.name) for scope in audience.scopes])
        found = await self._database.read(select(documents.c.id).where(readable, chosen))
        return frozenset(unescape(name) for (name,) in found)


def _comes_from(origin: bytes) -> ColumnElement[bool]:
    return func.substr(documents.c.origin, 1, len(origin)) == literal(origin, RAW)


def _documents(keys: Collection[PassageKey]) -> Executable:
    return select(documents).where(among(documents.c.id, sorted({escape(key.document_id) for key in keys})))


def _current(keys: Collection[PassageKey], rows: Rows) -> dict[PassageKey, Document]:
    """The keys of these documents' current versions."""
    known = {document.id: document for document in (read_document(tuple(row)) for row in rows)}
    return {
        key: known[key.document_id]
        for key in keys
        if key.document_id in known
        and known[key.document_id].version == key.version
        and 0 <= key.ordinal < PASSAGES_OF_A_DOCUMENT
    }


def _standing(keys: Collection[PassageKey]) -> Executable:
    return select(passages).where(among(passages.c.place, [place(key.version, key.ordinal) for key in keys]))


def _passages(keys: Collection[PassageKey], rows: Rows) -> dict[PassageKey, Passage]:
    places = {place(key.version, key.ordinal): key for key in keys}
    return {places[row.place]: read_passage(places[row.place].document_id, tuple(row)) for row in rows}
