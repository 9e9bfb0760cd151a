"""The inbox on SQLite. One process owns the file, so who holds what is kept in memory: a dead holder holds nothing."""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from core.backends.offered import Offered
from core.backends.rows import read_accepted
from core.backends.sqlite.database import Database, rows, statement
from core.backends.written import KEPT_FINISHED, escape, listed, micros, raw, unescape
from core.inbox import Accepted

EXPIRED_AT_ONCE = 100
"""How many forgotten ones one `accept` deletes: more than it adds, so that they never pile up."""
NOTHING = b""

DELETE_EXPIRED = """
    DELETE FROM inbox WHERE number IN (
        SELECT number FROM inbox WHERE finished_at <= ? ORDER BY finished_at LIMIT ?
    )
"""
ACCEPT = """
    INSERT INTO inbox (id, thread, body, attempt, accepted_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
UNFINISHED = "SELECT id FROM inbox WHERE finished_at IS NULL ORDER BY number"
BACKLOG = """
    SELECT substr(id, 1, instr(id || ':', ':') - 1), count(*) FROM inbox WHERE finished_at IS NULL GROUP BY 1
"""
TAKE = """
    UPDATE inbox SET attempt = attempt + 1 WHERE id = ? AND finished_at IS NULL
    RETURNING number, id, thread, body, attempt, answer, posting
"""
POSTING = "UPDATE OR IGNORE inbox SET posting = ? WHERE id = ? AND finished_at IS NULL"
CAME = "UPDATE inbox SET posting = NULL WHERE id = ? AND posting IS NOT NULL"
MESSAGES = "SELECT message FROM posted WHERE inbox = ? ORDER BY number"
POSTED = """
    INSERT INTO posted (message, inbox) SELECT ?, number FROM inbox WHERE id = ? ON CONFLICT (message) DO NOTHING
"""
WHOSE = "SELECT inbox.id FROM posted JOIN inbox ON posted.inbox = inbox.number WHERE message = ?"
KNOWN = "SELECT message FROM posted WHERE message IN (SELECT value FROM json_each(?))"
FINISH = """
    UPDATE inbox SET finished_at = ?, body = ?, answer = NULL, posting = NULL WHERE id = ? AND finished_at IS NULL
"""
TALKED = "SELECT 1 FROM inbox WHERE thread = ? AND accepted_at >= ? LIMIT 1"


class SqliteInbox:
    """`Inbox` on SQLite."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._holders: dict[str, str] = {}
        self._offered = Offered()

    async def accept(self, item: Accepted, *, holder: str) -> bool:
        """True when it is new."""
        if item.id in self._holders:
            return False
        self._holders[item.id] = holder
        fresh = False
        try:
            fresh = await self._database.write(partial(_accept, item=item, present=micros(self._clock())))
        finally:
            if not fresh or not holder:
                self._holders.pop(item.id, None)
        if fresh and not holder:
            self._offered.add(item.id)
        return fresh

    async def take(self, prefix: str, *, holder: str, limit: int = 50) -> Sequence[Accepted]:
        """Unfinished ones that nobody holds, oldest first."""
        unfinished = [unescape(name) for (name,) in await self._database.read(rows(UNFINISHED))]
        free = [name for name in unfinished if name.startswith(prefix) and name not in self._holders][: max(limit, 0)]
        if not free:
            return ()
        self._holders.update(dict.fromkeys(free, holder))
        self._offered.discard(free)
        taken: Sequence[Accepted] = ()
        try:
            taken = await self._database.write(partial(_take, ids=free))
        finally:
            for name in set(free) - {item.id for item in taken}:
                self._holders.pop(name, None)
        return taken

    async def waiting(self, prefix: str) -> None:
        """Returns when something was accepted without a holder."""
        await self._offered.wait(prefix)

    async def release(self, holder: str) -> None:
        """Gives back everything that this holder holds."""
        self._holders = {name: by for name, by in self._holders.items() if by != holder}

    async def give_back(self, id: str) -> None:  # noqa: A002 - the word for it everywhere
        """Gives back one that this process holds."""
        if self._holders.pop(id, None) is not None:
            self._offered.add(id)

    async def posting(self, id: str, place: str) -> bool:  # noqa: A002
        """Notes that a message is about to be posted for it; False while one is for another, at this place."""
        return await self._database.write(partial(_posting, id=escape(id), place=escape(place)))

    async def posted(self, id: str, message: str) -> bool:  # noqa: A002
        """Notes a message posted for it; False when it is another one's."""
        return await self._database.write(partial(_posted, id=escape(id), message=escape(message)))

    async def known(self, messages: Collection[str]) -> frozenset[str]:
        """Those of these messages that were posted for something in the inbox."""
        found = await self._database.read(rows(KNOWN, listed(messages)))
        return frozenset(unescape(name) for (name,) in found)

    async def written(self, id: str, answer: Mapping[str, Any]) -> None:  # noqa: A002
        """Keeps what is to be shown in the end."""
        await self._database.write(statement("UPDATE inbox SET answer = ? WHERE id = ?", _dump(answer), escape(id)))

    async def finish(self, id: str) -> None:  # noqa: A002
        """Its answer stands."""
        await self._database.write(statement(FINISH, micros(self._clock()), NOTHING, escape(id)))
        self._holders.pop(id, None)
        self._offered.discard([id])

    async def talked(self, thread: str, *, since: datetime) -> bool:
        """Whether something of this thread was accepted since then."""
        return bool(await self._database.read(rows(TALKED, escape(thread), micros(since))))

    async def unfinished(self) -> Mapping[str, int]:
        """How many there are, by platform."""
        return {unescape(platform): count for platform, count in await self._database.read(rows(BACKLOG))}

    async def forget(self, prefix: str) -> None:
        """Forgets everything whose id begins with `prefix`."""
        await self._database.write(statement("DELETE FROM inbox WHERE instr(id, ?) = 1", escape(prefix)))
        self._holders = {name: by for name, by in self._holders.items() if not name.startswith(prefix)}
        self._offered.forget(prefix)


def _accept(connection: sqlite3.Connection, *, item: Accepted, present: int) -> bool:
    connection.execute(DELETE_EXPIRED, (present - KEPT_FINISHED, EXPIRED_AT_ONCE))
    values = (escape(item.id), escape(item.thread), _dump(item.body), item.attempt, present)
    return connection.execute(ACCEPT, values).rowcount == 1


def _take(connection: sqlite3.Connection, *, ids: Sequence[str]) -> Sequence[Accepted]:
    taken = []
    for name in ids:
        # Between being listed and now it may have been finished.
        for number, *row, posting in connection.execute(TAKE, (escape(name),)).fetchall():
            messages = tuple(unescape(message) for (message,) in connection.execute(MESSAGES, (number,)))
            taken.append(replace(read_accepted(row), messages=messages, posting=unescape(posting or "")))
    return taken


def _posting(connection: sqlite3.Connection, *, id: str, place: str) -> bool:  # noqa: A002
    return connection.execute(POSTING, (place, id)).rowcount == 1


def _posted(connection: sqlite3.Connection, *, id: str, message: str) -> bool:  # noqa: A002
    connection.execute(POSTED, (message, id))
    if connection.execute(WHOSE, (message,)).fetchone() != (id,):
        return False
    connection.execute(CAME, (id,))
    return True


def _dump(value: Mapping[str, Any]) -> bytes:
    return raw(json.dumps(value, ensure_ascii=False))
