"""What every counted window promises, in memory and on every kind of Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from core.backends.memory_tallies import KEPT, MemoryTallies
from core.backends.redis import open_redis
from core.errors import Unavailable
from core.limits import Counted, Tallies, Window
from tests.integration.stores import REDISES, Clock, pass_time, redis_of
from tests.ports import free_port

HOUR = Window("user_hour:slack:T1:U1:492468", 3, 3600.0, "user_hour")
DAY = Window("channel_day:slack:T1:C1:20519", 5, 86_400.0, "channel_day")


@dataclass(frozen=True, slots=True)
class Given:
    """Tallies, a second holder of the same ones, and a way to let seconds pass without waiting."""

    tallies: Tallies
    other: Tallies
    wait: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["memory", *REDISES])
async def given(request: pytest.FixtureRequest) -> AsyncIterator[Given]:
    if request.param == "memory":
        clock = Clock()
        tallies = MemoryTallies(clock=clock)
        yield Given(tallies, tallies, clock.wait)
        return
    server = redis_of(request)
    prefix = secrets.token_hex(8)
    async with (
        open_redis(server.url, prefix=prefix) as one,
        open_redis(server.url, prefix=prefix) as other,
        Redis.from_url(server.url) as client,
    ):
        yield Given(one.tallies, other.tallies, lambda seconds: pass_time(client, prefix, seconds))


async def test_a_question_counts_once_in_every_window(given: Given) -> None:
    assert await given.tallies.admit("a", [HOUR, DAY]) == Counted((1, 1), admitted=True)
    assert await given.other.admit("a", [HOUR, DAY]) == Counted((1, 1), admitted=True)
    assert await given.other.admit("b", [HOUR]) == Counted((2,), admitted=True)
    assert list(await given.tallies.used([HOUR, DAY])) == [2, 1]


async def test_where_one_window_is_full_nothing_counts_in_any(given: Given) -> None:
    for name in "abc":
        assert (await given.tallies.admit(name, [HOUR, DAY])).admitted
    assert await given.tallies.admit("d", [HOUR, DAY]) == Counted((3, 3), admitted=False)
    assert await given.tallies.admit("e", [DAY, HOUR]) == Counted((3, 3), admitted=False)
    assert await given.tallies.admit("a", [HOUR, DAY]) == Counted((3, 3), admitted=True), "it was let in before"
    assert await given.tallies.admit("d", [DAY]) == Counted((4,), admitted=True)


async def test_of_many_at_the_same_moment_as_many_are_let_in_as_there_is_room_for(given: Given) -> None:
    both = (given.tallies, given.other)
    counted = await asyncio.gather(*(both[number % 2].admit(str(number), [HOUR, DAY]) for number in range(60)))
    assert sum(each.admitted for each in counted) == HOUR.most
    assert sorted(each.counts[0] for each in counted if each.admitted) == [1, 2, 3]
    assert list(await given.tallies.used([HOUR, DAY])) == [3, 3]


async def test_one_question_that_comes_many_times_at_the_same_moment_counts_once(given: Given) -> None:
    both = (given.tallies, given.other)
    counted = await asyncio.gather(*(both[number % 2].admit("a", [HOUR]) for number in range(40)))
    assert all(each.admitted for each in counted)
    assert list(await given.tallies.used([HOUR])) == [1]


async def test_what_is_over_is_empty_and_the_rest_goes_on(given: Given) -> None:
    for name in "abc":
        await given.tallies.admit(name, [HOUR, DAY])
    await given.wait(3601)
    assert list(await given.tallies.used([HOUR, DAY])) == [0, 3]
    assert await given.tallies.admit("a", [HOUR, DAY]) == Counted((0, 3), admitted=True), "known for as long as the day"
    await given.wait(86_400)
    assert await given.tallies.admit("a", [HOUR, DAY]) == Counted((1, 1), admitted=True)


async def test_a_budget_adds_up_also_beyond_its_end(given: Given) -> None:
    assert await given.tallies.add(HOUR, 2) == 2
    assert await given.other.add(HOUR, 4_000_000_000) == 4_000_000_002
    assert list(await given.tallies.used([HOUR])) == [4_000_000_002]
    assert list(await given.tallies.used([])) == []
    assert (await given.tallies.admit("a", [HOUR])).admitted is False


async def test_memory_keeps_no_more_than_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backends.memory_tallies.KEPT", 10)
    tallies = MemoryTallies()
    for number in range(30):
        await tallies.admit(str(number), [Window(str(number), 1, 60)])
    assert len(tallies._windows) == len(tallies._names) == 10 < KEPT
    assert list(await tallies.used([Window("29", 1, 60), Window("0", 1, 60)])) == [1, 0]


@pytest.mark.redis
async def test_without_a_server_nothing_is_counted() -> None:
    async with open_redis(f"redis://127.0.0.1:{free_port()}/0") as store:
        for asked in (store.tallies.admit("a", [HOUR]), store.tallies.add(HOUR, 1), store.tallies.used([HOUR])):
            with pytest.raises(Unavailable):
                await asked
