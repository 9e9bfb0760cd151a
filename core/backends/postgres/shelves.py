"""The shelves on PostgreSQL: passages of current versions.

Other processes change documents too, so that every question looks up which versions are current, and whose they are.
What a key names never changes: passages that were read are kept, and need no query. Nor does a document while its row
is the same one.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, func, literal, or_, select

from core.allowed import Allowed
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, rows_of, within
from core.backends.postgres.tables import RAW, documents, facets, passages
from core.backends.rows import place, read_document, read_passage
from core.backends.used_last import DOCUMENTS, PASSAGES, UsedLast
from core.backends.versions import PASSAGES_OF_A_DOCUMENT
from core.backends.written import escape, raw, unescape, wanted
from core.types import Audience, Document, Metadata, Passage, PassageKey

STANDING = "SELECT version, scope, xmin FROM saseo.documents WHERE version = ANY($1::bigint[])"
WHOLE = rows_of(documents, documents.c.version)
PLACES = rows_of(passages, passages.c.place)
NEWEST = 2**63 // PASSAGES_OF_A_DOCUMENT - 1
"""The greatest version whose places the database can count."""

Mark = list[object]
"""The scope of a row and the transaction that wrote it: any change of the row is the work of another one."""


class PostgresShelves:
    """`Shelves` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passages: UsedLast[PassageKey, Passage] = UsedLast(PASSAGES)
        self._documents: UsedLast[int, tuple[Mark, Document]] = UsedLast(DOCUMENTS)
        """By version."""

    async def resolve(
        self, keys: Collection[PassageKey], audience: Audience
    ) -> Mapping[PassageKey, tuple[Passage, Document]]:
        """Passages that are current and readable, in the order of the keys."""
        if not keys:
            return {}
        current = await self._current({key.version for key in keys})
        readable = {version: one for version, one in current.items() if one.scope in audience}
        wanted = [key for key in keys if _is_of(key, readable.get(key.version))]
        known = self._passages.some(wanted)
        missing = [key for key in wanted if key not in known]
        if missing:
            # A version that was replaced since then has no passages any more.
            places = {place(key.version, key.ordinal): key for key in missing}
            rows = await self._database.ask(PLACES, list(places))
            fresh = {
                places[row["place"]]: read_passage(places[row["place"]].document_id, tuple(row)[:-1]) for row in rows
            }
            self._passages.keep(fresh)
            known |= fresh
        return {key: (known[key], readable[key.version]) for key in wanted if key in known}

    async def _current(self, versions: Collection[int]) -> Mapping[int, Document]:
        """The documents of which these are the current versions, as they are now."""
        rows = await self._database.ask(STANDING, [version for version in versions if 0 < version <= NEWEST])
        kept = self._documents.some(version for version, *_ in rows)
        found, changed = {}, []
        for version, *mark in rows:
            known = kept.get(version)
            if known is not None and known[0] == mark:
                found[version] = known[1]
            else:
                changed.append(version)
        if changed:
            whole = await self._database.ask(WHOLE, changed)
            read = {row["version"]: ([row["scope"], row["xmin"]], read_document(tuple(row)[:-1])) for row in whole}
            self._documents.keep(read)
            found |= {version: document for version, (_, document) in read.items()}
        return found

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


def _is_of(key: PassageKey, document: Document | None) -> bool:
    """Whether it names a place in this document."""
    return document is not None and document.id == key.document_id and 0 <= key.ordinal < PASSAGES_OF_A_DOCUMENT
