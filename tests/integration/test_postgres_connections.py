"""Connections to PostgreSQL: few are kept, many are waited for, in this process and beside others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres import database, open_postgres
from core.backends.postgres.database import CONNECTIONS, KEPT, Database, opened
from core.errors import Unavailable
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL

OURS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'saseo'")


async def test_more_callers_than_connections_take_turns_and_one_too_many_is_told(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await postgres_server.emptied()
    async with open_postgres(url, seal=SEAL) as store:
        claimed = await asyncio.gather(*(store.claims.claim(f"k{number}", seconds=60) for number in range(100)))
        assert all(claimed)
    monkeypatch.setattr(database, "CONNECTIONS", 1)
    monkeypatch.setattr(database, "POOL_SECONDS", 0.1)
    async with open_postgres(url, seal=SEAL) as store:
        sleeping = asyncio.create_task(store._database.read(text("SELECT pg_sleep(5)")))
        await asyncio.sleep(0)
        # Whichever of them is first, the other one waits for too long.
        told = await asyncio.gather(store.ping(), store.ping(), return_exceptions=True)
        assert {error.code for error in told if isinstance(error, Unavailable)} == {"postgres.busy"}
        sleeping.cancel()
        await asyncio.gather(sleeping, return_exceptions=True)


async def together(database: Database) -> None:
    """Every connection works at the same time."""
    barrier = asyncio.Barrier(CONNECTIONS)

    async def work(connection: AsyncConnection) -> None:
        await barrier.wait()
        await connection.execute(OURS)

    await asyncio.gather(*(database.look(work) for _ in range(CONNECTIONS)))


async def spelled_out(database: Database) -> None:
    """The same for what is asked in the driver's own words, of which some fails."""
    asked = [database.ask("SELECT pg_sleep(0.5)") for _ in range(CONNECTIONS - 2)]
    failing = [database.ask("SELECT pg_sleep(0.5), 1 / $1::int", 0) for _ in range(2)]
    told = await asyncio.gather(*asked, *failing, return_exceptions=True)
    assert [type(one) for one in told[-2:]] == [Unavailable] * 2


@pytest.mark.parametrize("ask", [together, spelled_out])
async def test_connections_that_nobody_needs_any_more_are_left_to_others(
    postgres_server: PostgresServer, ask: Callable[[Database], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(await postgres_server.emptied()) as ours:
        await ask(ours)
        async with asyncio.timeout(PATIENCE):
            while True:
                if (await ours.read(OURS))[0][0] <= KEPT:
                    break
                await asyncio.sleep(0.01)
    assert [one.message for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_where_the_server_has_no_room_it_is_waited_for_and_busy_in_the_end(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CROWDED_PAUSE", 0.01)
    name = (await postgres_server.fresh()).rpartition("/")[2]
    await postgres_server.execute("CREATE ROLE one_more LOGIN PASSWORD 'guest'")
    await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    async with opened(postgres_server.url(name, user="one_more", password="guest")) as guest:
        asked = asyncio.create_task(guest.read(text("SELECT 1")))
        await asyncio.wait([asked], timeout=0.3)
        assert not asked.done()
        await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
        assert (await asked)[0][0] == 1
    await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    monkeypatch.setattr(database, "POOL_SECONDS", 0.1)
    async with opened(postgres_server.url(name, user="one_more", password="guest")) as guest:
        with pytest.raises(Unavailable) as told:
            await guest.read(text("SELECT 1"))
        assert told.value.code == "postgres.busy"
