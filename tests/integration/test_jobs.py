"""What every queue of jobs promises, in memory and on every kind of Redis."""

import asyncio
import gc
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from coredis.exceptions import RedisError
from streaq.types import StreaqError

from core.backends.memory_jobs import MemoryJobs
from core.backends.streaq_jobs import StreaqJobs, translating
from core.errors import Unavailable
from core.jobs import TRIES, Do, Job, Jobs, Outcome
from tests.fakes.patience import PATIENCE
from tests.fakes.valkey import RedisServer
from tests.integration.stores import REDISES, redis_of
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
# coredis leaves the streams in its memory to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(params=["memory", *REDISES])
def jobs(request: pytest.FixtureRequest) -> Jobs:
    if request.param == "memory":
        return MemoryJobs()
    server = redis_of(request)
    return StreaqJobs(server.url, queue=secrets.token_hex(8), idle_seconds=1)


@asynccontextmanager
async def working(jobs: Jobs, do: Do, *, at_once: int = 4) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.work(do, at_once=at_once))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Noting:
    """Does jobs and remembers them."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def __call__(self, job: Job) -> Outcome:
        self.done.append(job.key)
        return {"key": job.key, "text": "가나다", "none": None}


async def test_whoever_asks_is_told_what_it_came_to(jobs: Jobs) -> None:
    work = Noting()
    async with working(jobs, work), asyncio.timeout(PATIENCE):
        outcomes = await asyncio.gather(*(jobs.done(Job("kind", str(number))) for number in range(10)))
    assert [dict(outcome) for outcome in outcomes] == [
        {"key": str(number), "text": "가나다", "none": None} for number in range(10)
    ]
    assert sorted(work.done) == sorted(map(str, range(10)))


async def test_what_is_asked_for_twice_is_done_once(jobs: Jobs) -> None:
    work = Noting()
    asked = [asyncio.create_task(jobs.done(Job("kind", "one", "1"))) for _ in range(5)]
    await asyncio.sleep(0)
    async with working(jobs, work), asyncio.timeout(PATIENCE):
        assert {str(outcome["key"]) for outcome in await asyncio.gather(*asked)} == {"one"}
    assert work.done == ["one"]


async def test_it_may_be_asked_for_before_anybody_works(jobs: Jobs) -> None:
    work = Noting()
    with pytest.raises(Unavailable) as told:
        await jobs.done(Job("kind", "late"), seconds=0.5)
    assert told.value.code == "jobs.waiting"
    async with working(jobs, work), asyncio.timeout(PATIENCE):
        assert (await jobs.done(Job("kind", "late")))["key"] == "late"
    assert work.done == ["late"]


async def test_what_fails_is_set_aside_and_keeps_nobody_waiting(jobs: Jobs) -> None:
    async def fail(job: Job) -> Outcome:
        if job.key == "bad":
            raise ValueError(job.key)
        return {"key": job.key}

    async with working(jobs, fail, at_once=1), asyncio.timeout(PATIENCE):
        with pytest.raises(Unavailable) as told:
            await jobs.done(Job("kind", "bad"))
        assert (await jobs.done(Job("kind", "good")))["key"] == "good"
    assert told.value.code == "jobs.set_aside"


async def test_a_worker_that_ends_leaves_its_job_to_another(jobs: Jobs) -> None:
    begun, work = asyncio.Event(), Noting()

    async def hold(_: Job) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return {}

    asked = asyncio.create_task(jobs.done(Job("kind", "one")))
    async with asyncio.timeout(PATIENCE):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("core.backends.streaq_jobs.DRAIN_SECONDS", 0.05)
            async with working(jobs, hold):
                await begun.wait()
        async with working(jobs, work):
            assert (await asked)["key"] == "one"
    assert work.done == ["one"]


async def test_a_job_that_many_workers_did_not_finish_is_set_aside(jobs: Jobs) -> None:
    begun = asyncio.Event()

    async def hold(_: Job) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return {}

    asked = asyncio.create_task(jobs.done(Job("kind", "deadly")))
    async with asyncio.timeout(120):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("core.backends.streaq_jobs.DRAIN_SECONDS", 0.05)
            for _ in range(TRIES):
                begun.clear()
                async with working(jobs, hold):
                    await begun.wait()
        async with working(jobs, Noting()):
            with pytest.raises(Unavailable) as told:
                await asked
    assert told.value.code == "jobs.set_aside"


@pytest.mark.redis
async def test_the_job_of_a_killed_worker_is_done_by_another(redis_server: RedisServer) -> None:
    queue, work = secrets.token_hex(8), Noting()
    jobs = StreaqJobs(redis_server.url, queue=queue, idle_seconds=1)
    command: Sequence[str] = [sys.executable, "-m", "tests.integration.jobs_worker", redis_server.url, queue, "1"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    asked = asyncio.create_task(jobs.done(Job("kind", "one")))
    async with asyncio.timeout(120):
        assert process.stdout is not None
        assert await process.stdout.readline() == b"kind:one:\n"
        process.kill()
        await process.wait()
        async with working(jobs, work):
            assert (await asked)["key"] == "one"
    assert work.done == ["one"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (RedisError("away"), Unavailable),
        (OSError("away"), Unavailable),
        (ExceptionGroup("", [ExceptionGroup("", [StreaqError("away")])]), Unavailable),
        (ExceptionGroup("", [RedisError("away"), KeyError("bug")]), ExceptionGroup),
        (KeyError("bug"), KeyError),
    ],
)
def test_every_trouble_of_the_vendor_is_told_and_bugs_are_not(raised: Exception, told: type[Exception]) -> None:
    with pytest.raises(told), translating():
        raise raised


@pytest.mark.redis
async def test_a_server_that_is_away_is_told_and_waited_for(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backends.streaq_jobs.PATIENCE", 0.05)
    jobs, work = StreaqJobs(f"redis://127.0.0.1:{free_port()}/0"), Noting()
    with pytest.raises(Unavailable) as told:
        await jobs.done(Job("kind", "one"))
    assert told.value.code == "store.redis"
    async with working(jobs, work):
        await asyncio.sleep(0.2)
        jobs._url = redis_server.url
        async with asyncio.timeout(PATIENCE):
            assert (await jobs.done(Job("kind", secrets.token_hex(4))))["text"] == "가나다"
