"""What every lease promises, in memory and on every kind of Redis, and how an owner knows that it is one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from core.backends.memory_leases import MemoryLeases
from core.backends.redis import open_redis
from core.errors import Unavailable
from core.leases import Leases
from tests.integration.stores import REDISES, Clock, pass_time, redis_of
from tests.ports import free_port

GATEWAY = "discord:1 {gateway}"


@dataclass(frozen=True, slots=True)
class Given:
    """Leases, and a way to let seconds pass without waiting."""

    leases: Leases
    wait: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["memory", *REDISES])
async def given(request: pytest.FixtureRequest) -> AsyncIterator[Given]:
    if request.param == "memory":
        clock = Clock()
        yield Given(MemoryLeases(clock=clock), clock.wait)
        return
    server = redis_of(request)
    async with on_redis(server.url) as opened:
        yield opened


@asynccontextmanager
async def on_redis(url: str) -> AsyncIterator[Given]:
    prefix = secrets.token_hex(8)
    async with open_redis(url, prefix=prefix) as store, Redis.from_url(url) as client:
        yield Given(store.leases, lambda seconds: pass_time(client, prefix, seconds))


async def test_one_of_many_gets_it(given: Given) -> None:
    tokens = await asyncio.gather(*(given.leases.acquire(GATEWAY, seconds=15) for _ in range(20)))

    assert len([token for token in tokens if token is not None]) == 1


async def test_a_later_holder_has_a_larger_token(given: Given) -> None:
    tokens = []
    for _ in range(3):
        tokens.append(await given.leases.acquire(GATEWAY, seconds=15))
        await given.wait(16)

    assert None not in tokens
    assert tokens == sorted(set(tokens), key=lambda token: token or 0)


async def test_it_is_held_as_long_as_it_is_renewed(given: Given) -> None:
    token = await given.leases.acquire(GATEWAY, seconds=15)
    assert token is not None
    for _ in range(5):
        await given.wait(10)
        assert await given.leases.renew(GATEWAY, token, seconds=15)
        assert await given.leases.acquire(GATEWAY, seconds=15) is None

    await given.wait(16)

    assert not await given.leases.renew(GATEWAY, token, seconds=15)


async def test_an_old_token_neither_renews_nor_releases_what_somebody_else_holds(given: Given) -> None:
    old = await given.leases.acquire(GATEWAY, seconds=15)
    await given.wait(16)
    new = await given.leases.acquire(GATEWAY, seconds=15)
    assert old is not None
    assert new is not None

    assert not await given.leases.renew(GATEWAY, old, seconds=15)
    await given.leases.release(GATEWAY, old)

    assert await given.leases.acquire(GATEWAY, seconds=15) is None
    assert await given.leases.renew(GATEWAY, new, seconds=15)


async def test_what_is_released_can_be_had_at_once(given: Given) -> None:
    token = await given.leases.acquire(GATEWAY, seconds=15)
    assert token is not None

    await given.leases.release(GATEWAY, token)
    await given.leases.release("never held", token)

    assert not await given.leases.renew(GATEWAY, token, seconds=15)
    assert not await given.leases.renew("never held", token, seconds=15)
    assert await given.leases.acquire(GATEWAY, seconds=15) is not None


async def test_names_are_held_apart(given: Given) -> None:
    assert await given.leases.acquire("one", seconds=15) is not None
    assert await given.leases.acquire("two", seconds=15) is not None


@pytest.mark.redis
async def test_without_a_server_nobody_holds_anything() -> None:
    async with open_redis(f"redis://127.0.0.1:{free_port()}/0") as store:
        for asked in (
            store.leases.acquire(GATEWAY, seconds=15),
            store.leases.renew(GATEWAY, 1, seconds=15),
            store.leases.release(GATEWAY, 1),
        ):
            with pytest.raises(Unavailable):
                await asked
