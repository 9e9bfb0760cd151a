"""The inbox on PostgreSQL, for more than one process: what a process holds is free when that process has died."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database, rowcount
from core.backends.postgres.keeper import Keeper
from core.backends.postgres.phrases import among, begins, expired
from core.backends.postgres.tables import inbox, posted
from core.backends.rows import read_accepted
from core.backends.written import KEPT_FINISHED, escape, micros, raw, unescape
from core.errors import Unavailable
from core.inbox import Accepted

LOOK_SECONDS = 2.0
"""What others accept without a holder, or held when they died, is looked for so often."""
NOTHING = b""


class PostgresInbox:
    """`Inbox` on PostgreSQL."""

    def __init__(self, database: Database, keeper: Keeper) -> None:
        self._database = database
        self._keeper = keeper
        keeper.returned = self._regain
        self._holds = itertools.count(1)
        self._held: dict[str, str] = {}
        self._doubtful: set[int] = set()
        """Holds of calls that failed: nobody here knows of them, though they may have been carried out."""
        self._news = asyncio.Event()

    async def accept(self, item: Accepted, *, holder: str) -> bool:
        """True when it is new."""
        await self._keeper.number()
        async with self._holding() as hold:
            fresh = await self._database.write(partial(self._accept, item=item, holder=holder, hold=hold))
        if fresh and holder:
            self._held[item.id] = holder
        elif fresh:
            self._tell()
        return fresh

    async def take(self, prefix: str, *, holder: str, limit: int = 50) -> Sequence[Accepted]:
        """Unfinished ones that nobody holds, or whose holder has died, oldest first."""
        if limit <= 0:
            return ()
        await self._keeper.number()
        await self._keeper.beat()
        async with self._holding() as hold:
            take = partial(self._take, prefix=prefix, holder=holder, hold=hold, limit=limit)
            taken = await self._database.write(take)
        self._held.update(dict.fromkeys((item.id for item in taken), holder))
        return taken

    async def waiting(self, prefix: str) -> None:
        """Returns when there is something that nobody holds, or whose holder has died."""
        await self._keeper.number()
        mine = (inbox.c.finished_at.is_(None), begins(inbox.c.id, escape(prefix)))
        while True:
            news = self._news
            free = select(inbox.c.number).where(*mine, self._keeper.is_free(inbox.c.keeper))
            if await self._database.read(free.limit(1)):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await news.wait()

    async def release(self, holder: str) -> None:
        """Gives back everything that this holder holds."""
        if holder:
            await self._database.change(update(inbox).where(inbox.c.holder == escape(holder)).values(_FREE))
            self._held = {name: by for name, by in self._held.items() if by != holder}
            self._tell()

    async def give_back(self, id: str) -> None:  # noqa: A002 - the word for it everywhere
        """Gives back one that this process holds."""
        mine = (inbox.c.id == escape(id), self._keeper.is_own(inbox.c.keeper))
        await self._database.change(update(inbox).where(*mine).values(_FREE))
        self._held.pop(id, None)
        self._tell()

    async def posting(self, id: str, place: str) -> bool:  # noqa: A002
        """Notes that a message is about to be posted for it; False while one is for another, at this place."""
        noted = update(inbox).where(inbox.c.id == escape(id), inbox.c.finished_at.is_(None))

        async def work(connection: AsyncConnection) -> bool:
            try:
                async with connection.begin_nested():
                    return await rowcount(connection, noted.values(posting=escape(place))) == 1
            except IntegrityError:
                return False

        return await self._database.write(work)

    async def posted(self, id: str, message: str) -> bool:  # noqa: A002
        """Notes a message posted for it; False when it is another one's."""
        return await self._database.write(partial(_posted, id=escape(id), message=escape(message)))

    async def known(self, messages: Collection[str]) -> frozenset[str]:
        """Those of these messages that were posted for something in the inbox."""
        listed = [escape(message) for message in messages]
        query = select(posted.c.message).where(among(posted.c.message, listed))
        return frozenset(unescape(name) for (name,) in await self._database.read(query))

    async def written(self, id: str, answer: Mapping[str, Any]) -> None:  # noqa: A002
        """Keeps what is to be shown in the end. Raises Unavailable where another process took it up meanwhile: this
        one was silent for so long that it counted as dead, and must not show anything any more."""
        await self._keeper.beat()
        name = escape(id)
        here = self._keeper.is_own(inbox.c.keeper) | inbox.c.keeper.is_(None)
        kept = update(inbox).where(inbox.c.id == name, here).values(answer=_dump(answer))
        if await self._database.change(kept) == 0 and await self._is_held(name):
            # Whoever took it up may die in turn: this process, which gives it up here, must not hold it again then.
            self._held.pop(id, None)
            raise Unavailable("postgres.taken_over")

    async def finish(self, id: str) -> None:  # noqa: A002
        """Its answer stands."""
        done = {"finished_at": self._database.present(), "body": NOTHING, "answer": None, "posting": None, **_FREE}
        unfinished = (inbox.c.id == escape(id), inbox.c.finished_at.is_(None))
        await self._database.change(update(inbox).where(*unfinished).values(done))
        self._held.pop(id, None)

    async def talked(self, thread: str, *, since: datetime) -> bool:
        """Whether something of this thread was accepted since then."""
        lately = (inbox.c.thread == escape(thread), inbox.c.accepted_at >= micros(since))
        return bool(await self._database.read(select(inbox.c.number).where(*lately).limit(1)))

    async def unfinished(self) -> Mapping[str, int]:
        """How many there are, by platform."""
        platform = func.split_part(inbox.c.id, ":", 1)
        query = select(platform, func.count()).where(inbox.c.finished_at.is_(None)).group_by(platform)
        return {unescape(name): count for name, count in await self._database.read(query)}

    async def forget(self, prefix: str) -> None:
        """Forgets everything whose id begins with `prefix`."""
        await self._database.change(delete(inbox).where(begins(inbox.c.id, escape(prefix))))
        self._held = {name: by for name, by in self._held.items() if not name.startswith(prefix)}

    async def _is_held(self, name: str) -> bool:
        query = select(inbox.c.number).where(inbox.c.id == name, inbox.c.keeper.is_not(None))
        return bool(await self._database.read(query))

    @asynccontextmanager
    async def _holding(self) -> AsyncIterator[int]:
        """A name for what one call takes hold of, so that it can be freed when nobody learns of it."""
        hold = next(self._holds)
        try:
            yield hold
        except BaseException:
            self._doubtful.add(hold)
            raise

    async def _accept(self, connection: AsyncConnection, *, item: Accepted, holder: str, hold: int) -> bool:
        present = self._database.present()
        row = upsert(inbox).values(
            id=escape(item.id),
            thread=escape(item.thread),
            body=_dump(item.body),
            attempt=item.attempt,
            accepted_at=present,
            keeper=self._keeper.name() if holder else None,
            holder=escape(holder) or None,
            hold=hold,
        )
        fresh = await rowcount(connection, row.on_conflict_do_nothing(index_elements=[inbox.c.id])) == 1
        await connection.execute(expired(inbox, inbox.c.number, inbox.c.finished_at, present - KEPT_FINISHED))
        return fresh

    async def _take(
        self, connection: AsyncConnection, *, prefix: str, holder: str, hold: int, limit: int
    ) -> Sequence[Accepted]:
        await self._keeper.bury(connection)
        doubtful = frozenset(self._doubtful)
        if doubtful:
            lost = (self._keeper.is_own(inbox.c.keeper), among(inbox.c.hold, doubtful))
            await connection.execute(update(inbox).where(*lost).values(_FREE))
        free = (inbox.c.finished_at.is_(None), inbox.c.keeper.is_(None), begins(inbox.c.id, escape(prefix)))
        oldest = select(inbox.c.number).where(*free).order_by(inbox.c.number).limit(limit)
        numbers = list(await connection.scalars(oldest.with_for_update(skip_locked=True)))
        if not numbers:
            return ()
        held = {"keeper": self._keeper.name(), "holder": escape(holder), "hold": hold}
        again = update(inbox).where(among(inbox.c.number, numbers)).values(attempt=inbox.c.attempt + 1, **held)
        rows = sorted(await connection.execute(again.returning(inbox)), key=lambda row: row.number)
        messages = await _messages(connection, numbers)
        return [_read(row, messages[row.number]) for row in rows]

    async def _regain(self) -> None:
        """Holds again what this process works on and nobody else has taken up yet."""
        mine = (among(inbox.c.id, [escape(name) for name in self._held]), inbox.c.keeper.is_(None))
        await self._database.change(
            update(inbox).where(*mine, inbox.c.finished_at.is_(None)).values(keeper=self._keeper.name())
        )

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


_FREE: dict[str, Any] = {"keeper": None, "holder": None, "hold": None}


async def _posted(connection: AsyncConnection, *, id: str, message: str) -> bool:  # noqa: A002
    its_row = select(literal(message, posted.c.message.type), inbox.c.number).where(inbox.c.id == id)
    noted = upsert(posted).from_select(["message", "inbox"], its_row)
    await connection.execute(noted.on_conflict_do_nothing(index_elements=[posted.c.message]))
    whose = select(inbox.c.id).join(posted).where(posted.c.message == message)
    if (await connection.execute(whose)).scalar() != id:
        return False
    await connection.execute(update(inbox).where(inbox.c.id == id, inbox.c.posting.is_not(None)).values(posting=None))
    return True


async def _messages(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, list[str]]:
    """The messages posted for these, in order."""
    found: dict[int, list[str]] = {number: [] for number in numbers}
    query = select(posted.c.inbox, posted.c.message).where(among(posted.c.inbox, numbers)).order_by(posted.c.number)
    for number, message in await connection.execute(query):
        found[number].append(unescape(message))
    return found


def _read(row: Any, messages: Sequence[str]) -> Accepted:
    accepted = read_accepted((row.id, row.thread, row.body, row.attempt, row.answer))
    return replace(accepted, messages=tuple(messages), posting=unescape(row.posting or ""))


def _dump(value: Mapping[str, Any]) -> bytes:
    return raw(json.dumps(value, ensure_ascii=False))
