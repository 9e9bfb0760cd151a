"""A server that is killed in the middle and started again: nothing it acknowledged is lost, and the client recovers."""

import asyncio
import gc
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.backends.redis import RedisStore, open_redis
from core.backends.streaq_jobs import StreaqJobs
from core.backends.written import TURNS_KEPT
from core.errors import Unavailable
from core.jobs import Job, Outcome
from core.limits import Window
from core.types import Session, Turn
from tests.fakes.patience import PATIENCE
from tests.fakes.valkey import RedisServer, program_of
from tests.integration.stores import REDISES

# coredis leaves the streams in its memory to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")
BEFORE, AFTER = 100, 20
"""So much is acknowledged before the server is killed, and by the same client when it is back."""
AT_ONCE = 4
PAUSE = 0.002
"""Seconds between two things that one of them asks for."""
OF_A_SESSION = 50
"""Fewer than are kept."""
DAY = Window("workspace_day:slack:T1:20519", 1_000_000, 86_400.0, "workspace_day")


@pytest.fixture(params=REDISES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """A server of each kind that a test may kill."""
    program = program_of(request.param)
    if program is None:
        pytest.skip(f"no {request.param}-server")
    own = RedisServer(program, tmp_path)
    own.start()
    yield own
    own.stop()
    gc.collect()


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[RedisStore]:
    async with open_redis(server.url) as opened:
        yield opened


async def restarted(server: RedisServer) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def acknowledged(server: RedisServer, ask: Callable[[int], Awaitable[object]]) -> set[int]:
    """Asks for one thing after the other, kills the server in the middle, and returns what it said it had done."""
    done: set[int] = set()
    numbers, some, over = itertools.count(), asyncio.Semaphore(0), asyncio.Event()

    async def asking() -> None:
        for number in numbers:
            if over.is_set():
                return
            with suppress(Unavailable):
                await ask(number)
                done.add(number)
                some.release()
            await asyncio.sleep(PAUSE)

    asked = [asyncio.create_task(asking()) for _ in range(AT_ONCE)]
    async with asyncio.timeout(PATIENCE):
        for _ in range(BEFORE):
            await some.acquire()
        await restarted(server)
        known = len(done)
        while len(done) < known + AFTER:
            await some.acquire()
        over.set()
        await asyncio.gather(*asked)
    return done


def session(number: int) -> Session:
    return Session("slack", "T1", f"C{number // OF_A_SESSION}")


async def test_what_was_said_is_remembered(server: RedisServer, store: RedisStore) -> None:
    done = await acknowledged(server, lambda n: store.history.append(session(n), [Turn("human", str(n))]))

    sessions = {session(number) for number in done}
    remembered = [await store.history.recent(each, limit=TURNS_KEPT) for each in sessions]
    assert done <= {int(turn.text) for turns in remembered for turn in turns}


async def test_what_was_claimed_is_claimed(server: RedisServer, store: RedisStore) -> None:
    done = await acknowledged(server, lambda n: store.claims.claim(str(n), seconds=600))

    async with open_redis(server.url) as other:
        assert not any([await other.claims.claim(str(number), seconds=600) for number in done])
        assert await other.claims.claim("new", seconds=600)


async def test_what_was_counted_is_counted_once(server: RedisServer, store: RedisStore) -> None:
    done = await acknowledged(server, lambda n: store.tallies.admit(str(n), [DAY]))

    (before,) = await store.tallies.used([DAY])
    assert before >= len(done)
    for number in done:
        assert (await store.tallies.admit(str(number), [DAY])).admitted
    assert list(await store.tallies.used([DAY])) == [before]


async def test_what_is_held_stays_held_and_later_holders_have_larger_tokens(
    server: RedisServer, store: RedisStore
) -> None:
    tokens: dict[int, int | None] = {}

    async def acquire(number: int) -> None:
        tokens[number] = await store.leases.acquire(str(number), seconds=600)

    done = await acknowledged(server, acquire)

    async with open_redis(server.url) as other:
        for number in done:
            token = tokens[number]
            assert token is not None
            assert await other.leases.acquire(str(number), seconds=600) is None
            assert await store.leases.renew(str(number), token, seconds=600)
            await store.leases.release(str(number), token)
            later = await other.leases.acquire(str(number), seconds=600)
            assert later is not None
            assert later > token


async def test_jobs_that_were_asked_for_are_done(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backends.streaq_jobs.PATIENCE", 0.05)
    jobs = StreaqJobs(server.url, queue=secrets.token_hex(8), idle_seconds=1)
    worked: set[str] = set()
    begun, restart = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> Outcome:
        begun.set()
        await restart.wait()
        worked.add(job.key)
        return {"key": job.key}

    async def told(key: str) -> str:
        """What came of it, asked for again by whoever is told that the server is away."""
        while True:
            with suppress(Unavailable):
                return str((await jobs.done(Job("kind", key)))["key"])
            await asyncio.sleep(0.05)

    working = asyncio.create_task(jobs.work(work, at_once=2))
    asked = [asyncio.create_task(told(str(number))) for number in range(10)]
    try:
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            await restarted(server)
            restart.set()
            assert await asyncio.gather(*asked) == [str(number) for number in range(10)]
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    assert worked == {str(number) for number in range(10)}


async def test_a_job_that_nobody_waits_for_any_more_is_done_after_the_restart(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backends.streaq_jobs.PATIENCE", 0.05)
    jobs, done = StreaqJobs(server.url, queue=secrets.token_hex(8), idle_seconds=1), asyncio.Event()

    async def work(_: Job) -> Outcome:
        done.set()
        return {}

    with pytest.raises(Unavailable) as waiting:
        await jobs.done(Job("kind", "one"), seconds=0.5)
    assert waiting.value.code == "jobs.waiting"
    await restarted(server)
    working = asyncio.create_task(jobs.work(work, at_once=1))
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
