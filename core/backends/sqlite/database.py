"""One SQLite file for many coroutines: a writer thread that commits in groups, and a few reading threads."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core.backends.sqlite.errors import translated
from core.errors import Unavailable

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]

READERS = 2
GROUP = 64
"""How many writes share a commit, and so a flush to the disk."""
WAITING_WRITES = 1024
BUSY_SECONDS = 5.0
PAGE_CACHE_KIB = 16_384
LOG_BYTES = 64 * 1024 * 1024
"""What is kept of the write-ahead log between two checkpoints."""


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A piece of work that waits for the writer."""

    work: Work[Any]
    committed: Callable[[], None]
    future: "Future[Any]" = field(default_factory=Future)


class Database:
    """A SQLite file. Every write is on the disk when `write` returns; every read sees one moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._room = asyncio.Semaphore(WAITING_WRITES)
        self._waiting: deque[Write] = deque()
        self._called = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._connection = connect(path)
        self._reading = asyncio.Semaphore(READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._idle = deque(connect(path, "PRAGMA query_only = ON") for _ in range(READERS))

    async def write(self, work: Work[Result], *, committed: Callable[[], None] = lambda: None) -> Result:
        """Does the work in a transaction; `committed` is called, in the writer's thread, before this returns.

        When the work raises, nothing of it stays. Raises Refused or Unavailable.
        """
        async with self._room:
            write = Write(work, committed)
            self._waiting.append(write)
            if not self._called:
                self._called = True
                self._writer.submit(self._commit_waiting)
            done: Result = await asyncio.wrap_future(write.future)
            return done

    async def read(self, work: Work[Result]) -> Result:
        """Does the work on one snapshot, beside all writes. Raises Refused or Unavailable."""
        async with self._reading:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._look, work)

    async def scrub(self) -> None:
        """Empties the write-ahead log, which still holds what was deleted. Raises Refused or Unavailable."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._empty_log)

    def close(self) -> None:
        """Finishes what waits and closes the file. Blocks."""
        self._writer.shutdown()
        self._readers.shutdown()
        for connection in (*self._idle, self._connection):
            connection.close()

    def _look(self, work: Work[Result]) -> Result:
        connection = self._idle.pop()
        try:
            if not isinstance(work, Rows):
                connection.execute("BEGIN")
            return work(connection)
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
        finally:
            connection.rollback()
            self._idle.append(connection)

    def _empty_log(self) -> None:
        try:
            # It waits for those who read, as long as a write waits for another process.
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
        if busy:
            raise Unavailable("store.busy", path=self._path)

    def _commit_waiting(self) -> None:
        # First of all: whoever comes from now on calls again.
        self._called = False
        while self._waiting:
            self._commit_group()

    def _commit_group(self) -> None:
        group: list[Write] = []
        while self._waiting and len(group) < GROUP:
            write = self._waiting.popleft()
            if write.future.set_running_or_notify_cancel():
                group.append(write)
        if not group:
            return
        try:
            outcomes = self._commit(group)
        except sqlite3.Error as error:
            self._connection.rollback()
            for write in group:
                write.future.set_exception(translated(error, self._path))
            return
        for write, outcome in zip(group, outcomes, strict=True):
            outcome.tell(write)

    def _commit(self, group: list[Write]) -> list["Outcome"]:
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._attempt(write) for write in group]
        self._connection.execute("COMMIT")
        return outcomes

    def _attempt(self, write: Write) -> "Outcome":
        self._connection.execute("SAVEPOINT work")
        try:
            outcome = Outcome(result=write.work(self._connection))
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO work")
            told = translated(error, self._path) if isinstance(error, sqlite3.Error) else error
            outcome = Outcome(error=told)
        self._connection.execute("RELEASE work")
        return outcome


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of work ended."""

    result: Any = None
    error: Exception | None = None

    def tell(self, write: Write) -> None:
        """Lets the caller go on."""
        if self.error:
            write.future.set_exception(self.error)
            return
        write.committed()
        write.future.set_result(self.result)


def statement(sql: str, *values: object) -> Work[None]:
    """One statement as a piece of work."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(sql, values)

    return work


@dataclass(frozen=True, slots=True)
class Rows:
    """One query as a piece of work. It sees one moment by itself, without a transaction around it."""

    sql: str
    values: tuple[object, ...]

    def __call__(self, connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
        """Every row that it finds."""
        return connection.execute(self.sql, self.values).fetchall()


def rows(sql: str, *values: object) -> Rows:
    """One query as a piece of work."""
    return Rows(sql, values)


def connect(path: Path, *pragmas: str) -> sqlite3.Connection:
    """A connection that leaves transactions to us and flushes every commit to the disk."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    settings = {
        "foreign_keys": "ON",
        "synchronous": "FULL",
        # What was deleted is written over, and not only unlinked.
        "secure_delete": "ON",
        "cache_size": -PAGE_CACHE_KIB,
        "journal_size_limit": LOG_BYTES,
    }
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name} = {value}")
    for setting in pragmas:
        connection.execute(setting)
    return connection
