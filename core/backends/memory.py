"""The stores in memory: small, real twins of the durable ones, for tests and for whoever embeds core."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from core.allowed import Allowed
from core.backends.memory_answers import MemoryAnswers
from core.backends.memory_console import MemoryDeeds, MemoryLooks, MemoryVisits
from core.backends.memory_inbox import MemoryInbox
from core.backends.memory_installations import MemoryInstallations
from core.backends.memory_review import MemoryReview
from core.backends.memory_shares import MemoryChanges, MemoryChannels, MemoryShares
from core.backends.memory_talk import MemoryClaims, MemoryHistory
from core.backends.memory_traces import MemoryTraces
from core.backends.versions import becomes_current, check_whole
from core.backends.written import (
    EPOCH,
    PAGE_LIMIT,
    escape,
    facets,
    fold,
    micros,
    read_cursor,
    wanted,
    write_cursor,
)
from core.changes import Change
from core.ports import DocumentFilter, Leftover
from core.types import (
    Audience,
    Document,
    DocumentPage,
    Metadata,
    Passage,
    PassageKey,
    now,
)


@dataclass(slots=True)
class Row:
    """A document with what belongs to it."""

    number: int
    document: Document
    passages: dict[PassageKey, Passage]
    facets: frozenset[str]


@dataclass(slots=True)
class Rows:
    """What catalogue, shelves and journal share."""

    documents: dict[str, Row] = field(default_factory=dict)
    leftovers: dict[int, Leftover] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    versions: int = 0
    numbers: int = 0


class Following(Protocol):
    """What is kept about documents while they are there."""

    def forget(self, document_ids: Collection[str]) -> None:
        """These are gone."""


class MemoryCatalogue:
    """`Catalogue` in memory."""

    def __init__(
        self, rows: Rows, *, changes: MemoryChanges, looks: MemoryLooks, following: Sequence[Following] = ()
    ) -> None:
        self._rows = rows
        self._changes = changes
        self._looks = looks
        self._following: tuple[Following, ...] = (changes, looks, *following)

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        row = self._rows.documents.get(document_id)
        return row.document if row else None

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents newest first; at most a thousand at once."""
        place = read_cursor(after) if after is not None else None
        matching = [row for row in self._rows.documents.values() if _matches(row.document, where)]
        matching.sort(key=_place, reverse=True)
        rest = [row for row in matching if place is None or _place(row) < place]
        shown = rest[: min(max(limit, 1), PAGE_LIMIT)]
        more = write_cursor(*_place(shown[-1])) if len(shown) < len(rest) else None
        return DocumentPage(tuple(row.document for row in shown), len(matching), more)

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due, the one that waits longest first."""
        due = DocumentFilter(due_before=moment)
        found = sorted(
            (row.document for row in self._rows.documents.values() if _matches(row.document, due)), key=_wait
        )
        rest = [document for document in found if after is None or _wait(document) > _wait(after)]
        return rest[: max(limit, 0)]

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row, or with passages a whole version; see `core.backends.versions`."""
        if passages is None:
            self._update(document)
        elif self._replace(document, passages, replaceable=instead_of is None or instead_of in self._rows.documents):
            self._changes.note(Change(document.id, document.version))
            if instead_of is not None:
                self._looks.move(instead_of, document.id)
                await self.forget({instead_of})

    def _update(self, document: Document) -> None:
        row = self._rows.documents.get(document.id)
        if row and row.document.version == document.version:
            if document.state == "dead" != row.document.state:
                self._changes.note(Change(document.id, document.version, "dead"))
            row.document = replace(document, passage_count=len(row.passages))
            row.facets = facets(document)

    def _replace(self, document: Document, passages: Sequence[Passage], *, replaceable: bool) -> bool:
        rows, version = self._rows, document.version
        check_whole(document, passages, newest=rows.versions)
        row = rows.documents.get(document.id)
        current = row.document.version if row else None
        note = Leftover(document.id, version)
        is_open = version in rows.open and rows.leftovers.get(version) == note
        if not replaceable or not becomes_current(version, current=current, is_open=is_open):
            rows.leftovers.setdefault(version, note)
            return False
        if current is not None:
            rows.leftovers[current] = Leftover(document.id, current)
        rows.leftovers.pop(version, None)
        rows.open.discard(version)
        rows.numbers += row is None
        number = row.number if row else rows.numbers
        ordered = {passage.key: passage for passage in sorted(passages, key=lambda passage: passage.ordinal)}
        saved = replace(document, passage_count=len(ordered))
        rows.documents[document.id] = Row(number, saved, ordered, facets(document))
        return True

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents and abandons whatever was begun for them."""
        ids = frozenset(document_ids)
        rows = self._rows
        rows.open -= {leftover.version for leftover in rows.leftovers.values() if leftover.document_id in ids}
        gone = [rows.documents.pop(document_id).document for document_id in ids & rows.documents.keys()]
        rows.leftovers |= {document.version: Leftover(document.id, document.version) for document in gone}
        for each in self._following:
            each.forget(ids)
        return gone


def _place(row: Row) -> tuple[int, int]:
    return micros(row.document.read_at), row.number


def _wait(document: Document) -> tuple[int, str]:
    return micros(document.next_check_at or EPOCH), escape(document.id)


def _matches(document: Document, where: DocumentFilter) -> bool:
    due = document.next_check_at
    return (
        (where.audience is None or document.scope in where.audience or _governed(document, where.governed))
        and (where.state is None or document.state == where.state)
        and (where.due_before is None or (due is not None and due <= where.due_before))
        and (where.origin_prefix is None or document.origin.startswith(where.origin_prefix))
        and (where.words is None or fold(where.words) in fold(document.title))
        and (where.workspace is None or document.scope.belongs_to(where.workspace))
    )


def _governed(document: Document, workspaces: frozenset[str]) -> bool:
    inside = any(document.scope.belongs_to(name) for name in workspaces)
    return inside and not document.scope.name.startswith("dm:")


class MemoryShelves:
    """`Shelves` in memory."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def resolve(
        self, keys: Collection[PassageKey], audience: Audience
    ) -> Mapping[PassageKey, tuple[Passage, Document]]:
        """Passages that are current and readable, in the order of the keys."""
        found = {}
        for key in keys:
            row = self._rows.documents.get(key.document_id)
            if row and key in row.passages and row.document.scope in audience:
                found[key] = (row.passages[key], row.document)
        return found

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        """Current passages from the ordinal `first` on."""
        row = self._rows.documents.get(document_id)
        rest = [passage for passage in row.passages.values() if passage.ordinal >= first] if row else []
        return rest if count is None else rest[: max(count, 0)]

    async def matching(self, filters: Metadata, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that have every facet asked for."""
        asked = wanted(filters)
        rows = self._rows.documents.values()
        return frozenset(row.document.id for row in rows if row.document.scope in audience and asked <= row.facets)

    async def among(self, allowed: Allowed, audience: Audience) -> frozenset[str]:
        """Ids of readable documents that are allowed."""
        documents = (row.document for row in self._rows.documents.values())
        return frozenset(one.id for one in documents if one.scope in audience and allowed.allows(one))


class MemoryJournal:
    """`Journal` in memory."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def begin(self, document_id: str) -> int:
        """The next version of the store."""
        self._rows.versions += 1
        version = self._rows.versions
        self._rows.leftovers[version] = Leftover(document_id, version)
        self._rows.open.add(version)
        return version

    async def leftovers(self, document_ids: Collection[str] | None = None) -> Sequence[Leftover]:
        """Everything to sweep, of these documents or of all, oldest first."""
        oldest_first = (self._rows.leftovers[version] for version in sorted(self._rows.leftovers))
        return [one for one in oldest_first if document_ids is None or one.document_id in document_ids]

    async def swept(self, leftover: Leftover) -> None:
        """It is gone from every index."""
        if self._rows.leftovers.get(leftover.version) == leftover:
            del self._rows.leftovers[leftover.version]
            self._rows.open.discard(leftover.version)


class MemoryStore:
    """All the stores together, as `open_store` offers the durable ones."""

    def __init__(self, *, history_ttl: float = 3600, clock: Callable[[], datetime] = now) -> None:
        rows = Rows()
        self.shares = MemoryShares()
        self.changes = MemoryChanges()
        self.channels = MemoryChannels()
        self.answers = MemoryAnswers(clock=clock)
        self.review = MemoryReview(self.answers)
        self.looks = MemoryLooks(lambda document_id: document_id in rows.documents)
        self.catalogue = MemoryCatalogue(
            rows, changes=self.changes, looks=self.looks, following=(self.shares, self.answers)
        )
        self.shelves = MemoryShelves(rows)
        self.journal = MemoryJournal(rows)
        self.history = MemoryHistory(ttl=history_ttl, clock=clock)
        self.claims = MemoryClaims(clock=clock)
        self.inbox = MemoryInbox(clock=clock)
        self.installations = MemoryInstallations()
        self.visits = MemoryVisits(clock=clock)
        self.deeds = MemoryDeeds()
        self.traces = MemoryTraces(answers=self.answers, inbox=self.inbox, visits=self.visits, deeds=self.deeds)

    async def scrub(self) -> None:
        """What was deleted is nowhere."""

    async def ping(self) -> None:
        """Returns while the store works."""
