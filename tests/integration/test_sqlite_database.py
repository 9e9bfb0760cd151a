"""One SQLite file for many coroutines: what is promised about transactions, cancelling, closing and caching."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.backends.sqlite.cache import ReadCache
from core.backends.sqlite.database import Database, Work, rows, statement
from core.backends.used_last import UsedLast
from core.errors import Unavailable
from core.types import Passage, PassageKey
from tests.integration.stores import document


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER PRIMARY KEY);")
    with closing(Database(path)) as opened:
        yield opened


def add(number: int) -> Work[None]:
    return statement("INSERT INTO numbers VALUES (?)", number)


async def numbers(database: Database) -> list[int]:
    return [number for (number,) in await database.read(rows("SELECT number FROM numbers ORDER BY number"))]


async def test_work_that_fails_leaves_nothing_and_disturbs_nobody(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (100)")
        raise KeyError("a bug")

    works = [add(1), half, add(1), add(2)]
    outcomes = await asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError, Unavailable, type(None)]
    assert await numbers(database) == [1, 2]


async def test_work_that_ends_its_own_transaction_fails_with_its_group(database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(_connection: sqlite3.Connection) -> None:
        started.set()
        go_on.wait(10)

    def lost(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("the disk is gone")

    waiting = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait, 10)
    group = [asyncio.create_task(database.write(work)) for work in (add(1), lost, add(2))]
    await asyncio.sleep(0)
    go_on.set()
    outcomes = await asyncio.gather(waiting, *group, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [type(None), Unavailable, Unavailable, Unavailable]
    assert await numbers(database) == []
    await database.write(add(3))
    assert await numbers(database) == [3]


async def test_a_write_that_is_cancelled_before_its_turn_is_not_done(database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(_connection: sqlite3.Connection) -> None:
        started.set()
        go_on.wait(10)

    running = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait, 10)
    cancelled = asyncio.create_task(database.write(add(1)))
    await asyncio.sleep(0)
    cancelled.cancel()
    running.cancel()
    await asyncio.gather(cancelled, running, return_exceptions=True)
    go_on.set()

    await database.write(add(2))
    assert await numbers(database) == [2]


async def test_when_all_that_waits_is_cancelled_nothing_is_written(database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(_connection: sqlite3.Connection) -> None:
        started.set()
        go_on.wait(10)

    running = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait, 10)
    cancelled = [asyncio.create_task(database.write(add(number))) for number in (1, 2)]
    await asyncio.sleep(0)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    go_on.set()
    await running
    await asyncio.to_thread(database.close)
    with closing(sqlite3.connect(database._path)) as connection:
        assert connection.execute("SELECT number FROM numbers").fetchall() == []


async def test_the_caller_hears_only_after_the_commit_and_its_consequences(database: Database) -> None:
    happened: list[str] = []
    works = [database.write(add(number), committed=lambda: happened.append("told")) for number in range(10)]

    await asyncio.gather(*works)

    assert happened == ["told"] * 10
    with pytest.raises(Unavailable):
        await database.write(add(1), committed=lambda: happened.append("never"))
    assert "never" not in happened


async def test_a_read_that_fails_leaves_its_connection_fit(database: Database) -> None:
    for _ in range(5):
        with pytest.raises(Unavailable):
            await database.read(rows("SELECT * FROM nothing"))

    assert await numbers(database) == []


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match="cannot be written"):
        await database.read(add(1))


async def test_more_writes_than_fit_wait_for_room(database: Database) -> None:
    await asyncio.gather(*(database.write(add(number)) for number in range(3000)))

    assert await numbers(database) == list(range(3000))


async def test_every_commit_is_flushed_to_the_disk(database: Database) -> None:
    async def asked(name: str) -> object:
        return await database.write(lambda connection: connection.execute(f"PRAGMA {name}").fetchone()[0])

    full = 2
    assert await asked("synchronous") == full
    assert await asked("journal_mode") == "wal"
    assert await asked("foreign_keys") == 1


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER PRIMARY KEY);")
    database = Database(path)
    writes = [asyncio.create_task(database.write(add(number))) for number in range(100)]
    await asyncio.sleep(0)

    await asyncio.to_thread(database.close)
    await asyncio.gather(*writes)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (100,)


def pair(name: str, version: int = 1, ordinal: int = 0) -> tuple[PassageKey, Passage]:
    passage = Passage(name, version, ordinal, "text")
    return passage.key, passage


def test_the_cache_keeps_what_was_used_last() -> None:
    recent: UsedLast[str, int] = UsedLast(2)
    recent.keep({"a": 1, "b": 2})
    assert recent.some("a") == {"a": 1}
    recent.keep({"c": 3})

    assert recent.some("abc") == {"a": 1, "c": 3}


def test_the_cache_does_not_keep_what_was_read_before_a_change() -> None:
    cache = ReadCache()
    key, passage = pair("d1")
    generation = cache.generation
    cache.drop(["d1"])

    cache.keep({key: (passage, document("d1", version=1))}, generation=generation)

    assert cache.resolve([key]) == ({}, {key: None})


def test_a_changed_document_leaves_the_cache_with_its_passages() -> None:
    cache = ReadCache()
    (key, passage), (other, kept) = pair("d1"), pair("d2")
    old, same = document("d1", version=1, passage_count=1), document("d2", version=1, passage_count=1)
    cache.keep({key: (passage, old), other: (kept, same)}, generation=cache.generation)
    assert cache.resolve([key, other])[0] == {key: (passage, old), other: (kept, same)}

    cache.drop(["d1", "nobody"])

    assert cache.resolve([key, other]) == ({other: (kept, same)}, {key: None})
    assert cache.resolve([PassageKey("d2", 2, 0), PassageKey("d2", 1, 1)]) == ({}, {PassageKey("d2", 1, 1): same})
