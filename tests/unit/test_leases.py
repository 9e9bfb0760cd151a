"""An owner acts only while its lease is sure, and knows by itself when it is not."""

import asyncio
from contextlib import suppress

from core.backends.memory_leases import MemoryLeases
from core.errors import Unavailable
from core.leases import Owner, uptime
from tests.fakes.patience import PATIENCE
from tests.integration.stores import Clock

SECONDS = 0.05


class Ticking:
    """The same moment for the leases and for their owners."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.leases = MemoryLeases(clock=self.clock)

    def __call__(self) -> float:
        return self.clock.moment.timestamp()

    def owner(self, seconds: float = 15) -> Owner:
        return Owner(self.leases, "the gateway", seconds=seconds, clock=self)


class Away(MemoryLeases):
    """Leases whose server comes and goes."""

    away = False
    silent = False
    refusals = 0

    async def acquire(self, name: str, *, seconds: float) -> int | None:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("store.redis")
        return await super().acquire(name, seconds=seconds)

    async def renew(self, name: str, token: int, *, seconds: float) -> bool:
        self._look()
        if self.silent:
            await asyncio.Event().wait()
        return await super().renew(name, token, seconds=seconds)

    async def release(self, name: str, token: int) -> None:
        self._look()
        await super().release(name, token)

    def _look(self) -> None:
        if self.away:
            raise Unavailable("store.redis")


async def test_who_finds_it_free_is_the_owner_at_once() -> None:
    owner = Ticking().owner()
    assert not owner.holds()
    assert await owner.own() is False
    assert owner.holds()
    assert owner.token == 1


async def test_an_owner_that_was_paused_knows_that_it_is_none_before_anybody_says_so() -> None:
    world = Ticking()
    owner = world.owner()
    await owner.own()
    await world.clock.wait(14)
    assert not owner.holds(), "clocks do not run alike"


async def test_who_stands_by_takes_over_when_the_owner_gives_up() -> None:
    world = Ticking()
    first, second = world.owner(SECONDS), world.owner(SECONDS)
    await first.own()
    waiting = asyncio.create_task(second.own())
    await asyncio.sleep(0)
    await first.give_up()
    await first.give_up()
    assert await waiting is True
    assert (first.holds(), second.holds()) == (False, True)
    assert second.token == 2


async def test_an_owner_that_renews_in_time_stays_one() -> None:
    owner = Owner(MemoryLeases(), "the gateway", seconds=0.3)
    await owner.own()
    keeping = asyncio.create_task(owner.keep())
    done, _ = await asyncio.wait({keeping}, timeout=0.7)
    assert not done
    assert owner.holds()
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def test_an_owner_whose_lease_somebody_else_has_stops() -> None:
    world = Ticking()
    owner = world.owner(SECONDS)
    await owner.own()
    await world.leases.release("the gateway", 1)
    await world.owner().own()
    await owner.keep()
    assert not owner.holds()
    assert owner.token is None


async def test_a_paused_owner_does_not_even_ask_again() -> None:
    world = Ticking()
    owner = world.owner(SECONDS)
    await owner.own()
    keeping = asyncio.create_task(owner.keep())
    await asyncio.sleep(0)
    await world.clock.wait(60)
    await keeping
    assert owner.token is None


async def test_without_a_server_it_is_nobody_and_later_stops_when_the_lease_ends() -> None:
    leases = Away()
    leases.refusals = 3
    owner = Owner(leases, "the gateway", seconds=SECONDS)
    assert await owner.own() is True
    assert leases.refusals == 0
    leases.away = True
    await owner.keep()
    assert not owner.holds()
    await owner.give_up()


async def test_a_server_that_says_nothing_does_not_keep_the_owner_past_the_lease() -> None:
    leases = Away()
    leases.silent = True
    owner = Owner(leases, "the gateway", seconds=SECONDS)
    await owner.own()
    await asyncio.wait_for(owner.keep(), PATIENCE)
    assert not owner.holds()


async def test_giving_up_without_a_server_leaves_it_to_time() -> None:
    leases = Away()
    owner = Owner(leases, "the gateway")
    await owner.own()
    leases.away = True
    await owner.give_up()
    assert not owner.holds()


def test_time_goes_on() -> None:
    assert uptime() <= uptime()
