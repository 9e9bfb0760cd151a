"""The scheduler decides and a worker looks: what came of a look reaches the scheduler as if it had looked itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.worker import Worker
from core.backends.memory import MemoryStore
from core.backends.memory_jobs import MemoryJobs
from core.errors import Refused, Unavailable
from core.jobs import Job
from core.library import Added
from core.refresh import Rhythm
from core.refresh_jobs import QueuedRefresher, RefreshWork
from core.types import PUBLIC, Document

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RHYTHM = Rhythm(3600, 900, 86_400)
BUSY = Unavailable("web.status", status=503, host="example.com", retry_after=60.0, when=NOW)


class World:
    """A link, a scheduler's and a worker's side, and what a look comes to."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.jobs = MemoryJobs()
        self.looks = 0
        self.comes_to: Added | Exception | None = None
        self.queued = QueuedRefresher(self.jobs, self.store.catalogue, RHYTHM, clock=lambda: NOW)
        self.work = RefreshWork(self, self.store.catalogue, clock=lambda: NOW)

    async def link(self) -> Document:
        version = await self.store.journal.begin("d1")
        due = NOW - timedelta(seconds=1)
        link = Document("d1", "Page", "link:https://e.com/", PUBLIC, url="https://e.com/", version=version)
        await self.store.catalogue.save(replace(link, next_check_at=due, read_at=NOW), [])
        found = await self.store.catalogue.find("d1")
        assert found is not None
        return found

    async def refresh(self, document: Document) -> Added:
        self.looks += 1
        if isinstance(self.comes_to, Exception):
            raise self.comes_to
        later = replace(document, next_check_at=NOW + timedelta(hours=1))
        await self.store.catalogue.save(later)
        return self.comes_to or Added(later, changed=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with working(world):
        yield world


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    task = asyncio.create_task(Worker(world.jobs, world.work).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_worker_looks_and_the_scheduler_is_told(world: World) -> None:
    added = await world.queued.refresh(await world.link())
    assert (added.changed, added.reason, world.looks) == (True, None, 1)
    assert added.document.next_check_at == NOW + timedelta(hours=1)


async def test_two_schedulers_have_one_look(world: World) -> None:
    link = await world.link()
    await asyncio.gather(*(world.queued.refresh(link) for _ in range(3)))
    assert world.looks == 1


async def test_a_host_that_wants_to_be_left_alone_is_known_to_the_scheduler(world: World) -> None:
    link = await world.link()
    world.comes_to = Added(link, changed=False, reason=BUSY)
    reason = (await world.queued.refresh(link)).reason
    assert isinstance(reason, Unavailable)
    assert reason.code == "web.status"
    assert reason.details == {"status": 503, "host": "example.com", "retry_after": 60.0}


@pytest.mark.parametrize("kind", [Refused, Unavailable])
async def test_what_could_not_even_be_noted_is_raised(kind: type[Exception], world: World) -> None:
    world.comes_to = kind("library.unknown")
    with pytest.raises(kind):
        await world.queued.refresh(await world.link())


async def test_what_is_not_due_any_more_is_left_alone(world: World) -> None:
    link = await world.link()
    for later in (None, NOW + timedelta(hours=1)):
        await world.store.catalogue.save(replace(link, next_check_at=later))
        assert not (await world.queued.refresh(replace(link, next_check_at=later))).changed
    await world.store.catalogue.forget(["d1"])
    assert (await world.queued.refresh(link)).document == link
    assert world.looks == 0


async def test_a_look_that_nobody_survives_is_a_failure_of_the_link(world: World) -> None:
    world.comes_to = ValueError("a bug")
    added = await world.queued.refresh(await world.link())
    assert isinstance(added.reason, Unavailable)
    found = await world.store.catalogue.find("d1")
    assert found is not None
    assert found.failures == 1
    assert found.next_check_at is not None
    assert found.next_check_at > NOW


async def test_a_queue_that_is_away_is_raised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_job: Job) -> None:
        raise Unavailable("store.redis")

    monkeypatch.setattr(world.jobs, "done", away)
    with pytest.raises(Unavailable) as told:
        await world.queued.refresh(await world.link())
    assert told.value.code == "store.redis"


async def test_a_job_of_another_release_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        await world.work(Job("other", "1"))
