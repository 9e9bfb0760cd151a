"""Finds what belongs to a person or a channel, row by row, so that memory stays bounded."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.audit import DOCUMENT_ADDED, Noted
from core.catalogues import every_document
from core.channels import channel_of
from core.inbox import Accepted
from core.ports import Catalogue, DocumentFilter, Shelves
from core.review import Reviewed, asked_alone
from core.shares import Shared, Shares, covers, everything_under, within
from core.subjects import PAGE, Individual, Judgement, Subject, Traces, Visit, asker
from core.types import Audience, Document, Passage, Scope, Session

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


class _Pages(Protocol[Row_co]):
    def __call__(self, *, before: int | None) -> Awaitable[Sequence[tuple[int, Row_co]]]: ...


@dataclass(frozen=True, slots=True)
class Belongings:
    """What there is of somebody. Raises Unavailable."""

    traces: Traces
    catalogue: Catalogue
    shelves: Shelves
    shares: Shares
    direct: Callable[[Session], bool]
    """Whether a session is a conversation of the bot with one person."""

    async def questions(self, whose: Subject) -> AsyncIterator[Reviewed]:
        """What was asked by them, or there; newest first."""
        async for row in _each(lambda *, before: self.traces.questions(whose, before=before)):
            yield row

    async def public_questions(self, whose: Session) -> AsyncIterator[Reviewed]:
        """What was asked in a channel for all there to see, as far as its words are still known."""
        async for row in self.questions(whose):
            if row.asked.text and (self.direct(whose) or not asked_alone(row.asked)):
                yield row

    async def judgements(self, whose: Individual) -> AsyncIterator[Judgement]:
        """What they think of answers."""
        async for row in _each(lambda *, before: self.traces.judgements(whose, before=before)):
            yield row

    async def owed(self, whose: Subject) -> AsyncIterator[Accepted]:
        """What they are owed and did not get yet, or what is owed to people there."""
        prefix = within(whose) if isinstance(whose, Session) else whose.within
        async for row in _each(lambda *, before: self.traces.owed(prefix, before=before)):
            if isinstance(whose, Session) or asker(row.body) == whose.id:
                yield row

    async def deeds(self, whose: Individual) -> AsyncIterator[Noted]:
        """What the audit log says that they did."""
        async for row in _each(lambda *, before: self.traces.deeds(str(whose), before=before)):
            yield row

    async def visits(self, whose: Individual) -> AsyncIterator[Visit]:
        """Where they are signed in."""
        for row in await self.traces.visits(whose):
            yield row

    async def sessions(self, whose: Subject) -> Sequence[Session]:
        """The sessions of what they asked, or of what was asked there, and the channel itself; by name."""
        found = {whose} if isinstance(whose, Session) else set()
        async for row in self.questions(whose):
            found.add(row.asked.session)
        return sorted(found, key=str)

    async def own_sessions(self, whose: Subject) -> Sequence[Session]:
        """Those in which nobody else could say anything, or all of a channel but those of single people."""
        if isinstance(whose, Individual):
            return [session for session in await self.sessions(whose) if self.is_own(session, whose)]
        found = {whose}
        async for row in self.public_questions(whose):
            found.add(row.asked.session)
        return sorted(found, key=str)

    async def directs(self, whose: Individual) -> Sequence[Session]:
        """Their conversations with the bot."""
        return sorted({channel_of(one) for one in await self.sessions(whose) if self.direct(one)}, key=str)

    def is_own(self, session: Session, whose: Individual) -> bool:
        """Whether nobody but them could say anything in a session."""
        elsewhere = not str(session).startswith(whose.within)
        return elsewhere or self.direct(session) or str(session).endswith(whose.alone)

    async def documents(self, whose: Subject) -> AsyncIterator[Document]:
        """Those of a channel: that belong to its people, or were shared there. Those of a person: of their own
        conversations, and what they have added in the console."""
        if isinstance(whose, Session):
            found = _once(self._readable(whose), self._shared(whose))
        else:
            found = _once(*[self.documents(session) for session in await self.directs(whose)], self.added(whose))
        async for document in found:
            yield document

    async def added(self, whose: Individual) -> AsyncIterator[Document]:
        """The documents that somebody has added in the console, by what the audit log says."""
        async for noted in self.deeds(whose):
            found = await self.catalogue.find(noted.deed.thing) if noted.deed.what == DOCUMENT_ADDED else None
            if found is not None:
                yield found

    async def only_there(self, whose: Session) -> AsyncIterator[Document]:
        """The documents of a channel that were shared nowhere else."""
        async for document in self.documents(whose):
            if all(covers(within(whose), str(share)) for share in await self.shares.of(document.id)):
                yield document

    async def places(self, whose: Session) -> AsyncIterator[Shared]:
        """What was shared in a channel, and where there."""
        async for shared in everything_under(self.shares, within(whose)):
            yield shared

    async def passages(self, document: Document) -> AsyncIterator[Passage]:
        """The text of a document, a stretch at a time."""
        first = 0
        while page := await self.shelves.passages(document.id, first=first, count=PAGE):
            for passage in page:
                yield passage
            first = page[-1].ordinal + 1

    def _readable(self, whose: Session) -> AsyncIterator[Document]:
        """Documents for the people of a channel alone."""
        audience = Audience.of(Scope.channel(whose), Scope.direct(whose))
        return every_document(self.catalogue, DocumentFilter(audience=audience))

    async def _shared(self, whose: Session) -> AsyncIterator[Document]:
        async for shared in self.places(whose):
            found = await self.catalogue.find(shared.document_id)
            if found is not None:
                yield found


async def _each(read: _Pages[Row]) -> AsyncIterator[Row]:
    """Every row of all pages."""
    before: int | None = None
    while page := await read(before=before):
        for _, row in page:
            yield row
        before = page[-1][0]


async def _once(*found: AsyncIterator[Document]) -> AsyncIterator[Document]:
    """Each document once."""
    seen: set[str] = set()
    for documents in found:
        async for document in documents:
            if document.id not in seen:
                seen.add(document.id)
                yield document
