"""One of many acts; another one takes over, and who was held up does nothing more."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.acting import OneOfMany
from bot.settings import Settings
from bot.sharing import jobs_of, recover
from core.backends.memory_leases import MemoryLeases
from core.backends.streaq_jobs import StreaqJobs
from core.errors import Unavailable
from core.leases import Owner
from tests.fakes.patience import PATIENCE
from tests.integration.stores import Clock


class Role:
    """Says when it acts and when it ended."""

    def __init__(self, acting: asyncio.Event) -> None:
        self.drain_seconds = 15.0
        self.acting = acting
        self.drained: float | None = None

    async def run(self) -> None:
        self.acting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.drained = self.drain_seconds
            self.acting.clear()


class Process:
    """A process with a role that one of many plays, and an uptime of its own."""

    def __init__(self, leases: MemoryLeases, uptime: Callable[[], float]) -> None:
        self.acting = asyncio.Event()
        self.roles: list[Role] = []
        self.owner = Owner(leases, "scheduler", seconds=0.3, clock=uptime)
        self.role = OneOfMany("scheduler", self.owner, self.make)
        self.task = asyncio.create_task(self.role.run())

    def make(self) -> Role:
        self.roles.append(Role(self.acting))
        return self.roles[-1]

    async def end(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


async def test_the_second_acts_when_the_first_has_ended() -> None:
    clock = Clock()
    leases, frozen = MemoryLeases(clock=clock), lambda: clock.moment.timestamp()
    first = Process(leases, frozen)
    async with asyncio.timeout(PATIENCE):
        await first.acting.wait()
        second = Process(leases, frozen)
        await asyncio.sleep(0)
        assert not second.acting.is_set()
        await first.end()
        assert first.roles[0].drained == 15.0
        await second.acting.wait()
        await second.end()


async def test_who_was_held_up_stops_at_once_and_stands_by() -> None:
    clock = Clock()
    leases, frozen = MemoryLeases(clock=clock), lambda: clock.moment.timestamp()
    first = Process(leases, frozen)
    async with asyncio.timeout(PATIENCE):
        await first.acting.wait()
        await clock.wait(10)
        assert not first.owner.holds()
        token = await leases.acquire("scheduler", seconds=1000)
        assert token is not None
        while first.acting.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert first.roles[0].drained == 0.0
        await leases.release("scheduler", token)
        await first.acting.wait()
        await first.end()


async def test_a_role_that_fails_fails_for_all_to_see() -> None:
    class Failing:
        drain_seconds = 0.0

        async def run(self) -> None:
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await OneOfMany("scheduler", Owner(MemoryLeases(), "scheduler"), Failing).run()


def settings(**values: str) -> Settings:
    return Settings(_env_file=None, data_dir=Path("unused"), **values)  # type: ignore[call-arg, arg-type]


def test_jobs_are_queued_where_stores_are_shared() -> None:
    shared = {"redis_url": "redis://h", "database_url": "postgresql://h/d", "chroma_url": "http://h:1"}
    assert isinstance(jobs_of(settings(**shared)), StreaqJobs)
    assert jobs_of(settings(redis_url="redis://h")) is None


class Sweeps:
    """Counts how often it was swept."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> int:
        self.count += 1
        return 0


async def test_one_process_sweeps_at_a_time() -> None:
    leases, sweeps = MemoryLeases(), Sweeps()
    await recover(leases, [sweeps, sweeps])
    assert sweeps.count == 2
    token = await leases.acquire("recovery", seconds=60)
    assert token is not None
    await recover(leases, [sweeps])
    assert sweeps.count == 2
    await recover(None, [sweeps])
    assert sweeps.count == 3


async def test_a_start_goes_on_while_leases_are_away() -> None:
    class Away(MemoryLeases):
        failing = "acquire"

        async def acquire(self, name: str, *, seconds: float) -> int | None:
            if self.failing == "acquire":
                raise Unavailable("store.redis")
            return await super().acquire(name, seconds=seconds)

        async def release(self, name: str, token: int) -> None:
            raise Unavailable("store.redis")

    leases, sweeps = Away(), Sweeps()
    await recover(leases, [sweeps])
    assert sweeps.count == 0
    leases.failing = "release"
    await recover(leases, [sweeps])
    assert sweeps.count == 1
