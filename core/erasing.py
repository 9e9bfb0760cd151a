"""Erases what is kept of a person or a channel. Repeating it does no harm, so that a crash half-way is made good.

What leads to the rest goes last: a person's direct messages and conversations are known by their questions.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.answers import Answers
from core.audit import AuditLog
from core.belongings import Belongings
from core.channels import USUAL, Channels
from core.inbox import Inbox
from core.knowledge import Knowledge
from core.library import Library
from core.naming import alias, record_of
from core.ports import History
from core.shares import within
from core.subjects import Individual, Subject
from core.types import Document, Session, Turn, digest

BEGUN, DONE = "subject.erasing", "subject.erased"
MOST_TURNS = 200
AT_ONCE = 200
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Raises Unavailable; then it must be repeated."""

    belongings: Belongings
    library: Library
    knowledge: Knowledge
    answers: Answers
    inbox: Inbox
    channels: Channels
    history: History
    audit: AuditLog
    mark: Callable[[str], str]
    """Names somebody without telling who it is."""
    scrub: Callable[[], Awaitable[None]]
    """Has the store let go of what was deleted."""

    async def count(self, whose: Subject, *, documents: bool = False) -> Counts:
        """How much of each kind would go. `documents`: also those that a person has added in the console."""
        of = self.belongings
        found = {
            "questions": await _count(of.questions(whose)),
            "waiting": await _count(of.owed(whose)),
            "conversations": len(await of.sessions(whose)) if isinstance(whose, Individual) else 0,
        }
        if isinstance(whose, Session):
            usual = await self.channels.get(whose) == USUAL
            return {**found, "settings": int(not usual), "documents": await _count(of.only_there(whose))}
        gone = [await _count(of.only_there(session)) for session in await of.directs(whose)]
        added = await _count(of.added(whose)) if documents else 0
        return {
            **found,
            "feedback": await _count(of.judgements(whose)),
            "visits": await _count(of.visits(whose)),
            "deeds": await _count(of.deeds(whose)),
            "documents": sum(gone) + added,
        }

    async def erase(self, whose: Subject, *, by: str, documents: bool = False) -> Counts:
        """Erases it, and notes in the audit log who wanted that; returns how much of each kind there was."""
        counts = await self.count(whose, documents=documents)
        record = record_of(whose, self.mark)
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items())
        await self.audit.note(by, BEGUN, **record, detail=told)
        if isinstance(whose, Session):
            await self._erase_channel(whose)
        else:
            await self._erase_person(whose, documents=documents)
        await self.scrub()
        await self.audit.note(by, DONE, **record, detail=told)
        return counts

    async def _erase_channel(self, whose: Session) -> None:
        there = within(whose)
        await self.inbox.forget(there)
        await self.knowledge.unshare(there)
        await self._forget(self.belongings.only_there(whose))
        for session in await self.belongings.sessions(whose):
            await self.history.clear(session)
        await self.channels.erase(there)
        await self.answers.erase(there)

    async def _erase_person(self, whose: Individual, *, documents: bool) -> None:
        # Done with, and not taken away: what is known to be done is not begun again.
        for item in [item.id async for item in self.belongings.owed(whose)]:
            await self.inbox.finish(item)
        if documents:
            await self._forget(self.belongings.added(whose))
        for session, texts in (await self._said(whose)).items():
            await self._unsay(session, texts, own=self.belongings.is_own(session, whose))
        for session in await self.belongings.directs(whose):
            await self._erase_channel(session)
        await self.belongings.traces.erase(whose, alias=alias(whose, self.mark))

    async def _forget(self, documents: AsyncIterator[Document]) -> None:
        """Found first: forgetting moves what comes behind."""
        ids = [document.id async for document in documents]
        for first in range(0, len(ids), AT_ONCE):
            await self.library.forget(ids[first : first + AT_ONCE])

    async def _said(self, whose: Individual) -> Mapping[Session, Collection[str]]:
        """Digests of what they asked, by session."""
        said: dict[Session, set[str]] = {}
        async for row in self.belongings.questions(whose):
            said.setdefault(row.asked.session, set()).add(digest(row.asked.text))
        return said

    async def _unsay(self, session: Session, texts: Collection[str], *, own: bool) -> None:
        """Takes their questions with the answers out of what was said lately. What others said stays, though what is
        said at this very moment may be lost."""
        turns = await self.history.recent(session, limit=MOST_TURNS)
        left = () if own else without(turns, texts)
        if len(left) == len(turns) and not own:
            return
        await self.history.clear(session)
        if left:
            await self.history.append(session, left)


def without(turns: Sequence[Turn], texts: Collection[str]) -> Sequence[Turn]:
    """Turns without the questions whose digests these are, and what was answered to them."""
    left: list[Turn] = []
    theirs = False
    for turn in turns:
        if turn.role == "human":
            theirs = digest(turn.text) in texts
        if not theirs:
            left.append(turn)
    return left


async def _count(rows: AsyncIterator[object]) -> int:
    count = 0
    async for _ in rows:
        count += 1
    return count
