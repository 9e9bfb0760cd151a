"""The stores in memory: small, real twins of the durable ones, for tests and for whoever embeds core."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import get_args

from core.backends.memory_inbox import MemoryInbox
from core.backends.versions import becomes_current, check_whole
from core.backends.written import (
    ANSWERS_KEPT,
    PAGE_LIMIT,
    TURNS_KEPT,
    facets,
    fold,
    lifetime,
    micros,
    read_cursor,
    wanted,
    write_cursor,
)
from core.ports import DocumentFilter, Leftover
from core.types import (
    Answer,
    Audience,
    Document,
    DocumentPage,
    Metadata,
    Outcome,
    Passage,
    PassageKey,
    Question,
    Session,
    Turn,
    last,
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


class MemoryCatalogue:
    """`Catalogue` in memory."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

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

    async def save(self, document: Document, passages: Sequence[Passage] | None = None) -> None:
        """Writes the row, or with passages a whole version; see `core.backends.versions`."""
        if passages is None:
            self._update(document)
        else:
            self._replace(document, passages)

    def _update(self, document: Document) -> None:
        row = self._rows.documents.get(document.id)
        if row and row.document.version == document.version:
            row.document = replace(document, passage_count=len(row.passages))
            row.facets = facets(document)

    def _replace(self, document: Document, passages: Sequence[Passage]) -> None:
        rows, version = self._rows, document.version
        check_whole(document, passages, newest=rows.versions)
        row = rows.documents.get(document.id)
        current = row.document.version if row else None
        note = Leftover(document.id, version)
        is_open = version in rows.open and rows.leftovers.get(version) == note
        if not becomes_current(version, current=current, is_open=is_open):
            rows.leftovers.setdefault(version, note)
            return
        if current is not None:
            rows.leftovers[current] = Leftover(document.id, current)
        rows.leftovers.pop(version, None)
        rows.open.discard(version)
        rows.numbers += row is None
        number = row.number if row else rows.numbers
        ordered = {passage.key: passage for passage in sorted(passages, key=lambda passage: passage.ordinal)}
        saved = replace(document, passage_count=len(ordered))
        rows.documents[document.id] = Row(number, saved, ordered, facets(document))

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents and abandons whatever was begun for them."""
        ids = frozenset(document_ids)
        rows = self._rows
        rows.open -= {leftover.version for leftover in rows.leftovers.values() if leftover.document_id in ids}
        gone = [rows.documents.pop(document_id).document for document_id in ids & rows.documents.keys()]
        rows.leftovers |= {document.version: Leftover(document.id, document.version) for document in gone}
        return gone


def _place(row: Row) -> tuple[int, int]:
    return micros(row.document.read_at), row.number


def _matches(document: Document, where: DocumentFilter) -> bool:
    due = document.next_check_at
    return (
        (where.audience is None or document.scope in where.audience)
        and (where.state is None or document.state == where.state)
        and (where.due_before is None or (due is not None and due <= where.due_before))
        and (where.origin_prefix is None or document.origin.startswith(where.origin_prefix))
        and (where.words is None or fold(where.words) in fold(document.title))
    )


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

    async def leftovers(self) -> Sequence[Leftover]:
        """Everything to sweep, oldest first."""
        return [self._rows.leftovers[version] for version in sorted(self._rows.leftovers)]

    async def swept(self, leftover: Leftover) -> None:
        """It is gone from every index."""
        if self._rows.leftovers.get(leftover.version) == leftover:
            del self._rows.leftovers[leftover.version]
            self._rows.open.discard(leftover.version)


class MemoryHistory:
    """`History` in memory; `ttl` is in seconds."""

    def __init__(self, *, ttl: float = 3600, clock: Callable[[], datetime] = now) -> None:
        self._ttl = lifetime(ttl)
        self._clock = clock
        self._sessions: dict[Session, tuple[int, deque[Turn]]] = {}

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        """Adds turns, keeps the last two hundred and renews the time to live."""
        present = micros(self._clock())
        self._sessions = {name: kept for name, kept in self._sessions.items() if kept[0] > present}
        _, kept = self._sessions.get(session, (0, deque[Turn](maxlen=TURNS_KEPT)))
        kept.extend(turns)
        if kept:
            self._sessions[session] = (present + self._ttl, kept)

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        """The last turns, oldest first."""
        expires, kept = self._sessions.get(session, (0, deque[Turn]()))
        return last(tuple(kept), limit) if expires > micros(self._clock()) else ()

    async def clear(self, session: Session) -> None:
        """Forgets the session."""
        self._sessions.pop(session, None)


class MemoryClaims:
    """`Claims` in memory."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._expiries: dict[str, int] = {}

    async def claim(self, key: str, *, seconds: float) -> bool:
        """True for the first caller until the claim expires."""
        present = micros(self._clock())
        self._expiries = {name: expiry for name, expiry in self._expiries.items() if expiry > present}
        if key in self._expiries:
            return False
        self._expiries[key] = present + lifetime(seconds)
        return True

    async def release(self, key: str) -> None:
        """Gives a claim back."""
        self._expiries.pop(key, None)


class MemoryAnswers:
    """`Answers` in memory."""

    def __init__(self) -> None:
        self._questions: dict[tuple[Session, str], tuple[str, Outcome]] = {}
        self._counts: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        key = (question.session, question.id)
        if before := self._questions.pop(key, None):
            self._counts[before[1]] -= 1
        self._questions[key] = (question.text, answer.outcome)
        self._counts[answer.outcome] += 1
        if len(self._questions) > ANSWERS_KEPT:
            del self._questions[next(iter(self._questions))]

    async def unanswered(self, *, limit: int = 50) -> Sequence[str]:
        """Texts of questions that were not found, newest first."""
        texts = [text for text, outcome in reversed(self._questions.values()) if outcome == "not_found"]
        return texts[: max(limit, 0)]

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        return dict(self._counts)


class MemoryStore:
    """All the stores together, as `open_store` offers the durable ones."""

    def __init__(self, *, history_ttl: float = 3600, clock: Callable[[], datetime] = now) -> None:
        rows = Rows()
        self.catalogue = MemoryCatalogue(rows)
        self.shelves = MemoryShelves(rows)
        self.journal = MemoryJournal(rows)
        self.history = MemoryHistory(ttl=history_ttl, clock=clock)
        self.claims = MemoryClaims(clock=clock)
        self.answers = MemoryAnswers()
        self.inbox = MemoryInbox(clock=clock)

    async def ping(self) -> None:
        """Returns while the store works."""
