"""Connections to PostgreSQL: few are kept, many are waited for, in this process and beside others."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres import database, open_postgres
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


async def test_connections_that_nobody_needs_any_more_are_left_to_others(postgres_server: PostgresServer) -> None:
    together = asyncio.Barrier(database.CONNECTIONS)

    async def work(connection: AsyncConnection) -> int:
        await together.wait()
        return int((await connection.execute(OURS)).scalar_one())

    async with database.opened(await postgres_server.emptied()) as ours:
        counts = await asyncio.gather(*(ours.look(work) for _ in range(database.CONNECTIONS)))
        assert max(counts) >= database.CONNECTIONS
        async with asyncio.timeout(PATIENCE):
            while True:
                if (await ours.read(OURS))[0][0] <= database.KEPT:
                    break
                await asyncio.sleep(0.01)


async def test_where_the_server_has_no_room_it_is_waited_for_and_busy_in_the_end(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CROWDED_PAUSE", 0.01)
    name = (await postgres_server.fresh()).rpartition("/")[2]
    await postgres_server.execute("CREATE ROLE one_more LOGIN PASSWORD 'guest'")
    await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    async with database.opened(postgres_server.url(name, user="one_more", password="guest")) as guest:
        asked = asyncio.create_task(guest.read(text("SELECT 1")))
        await asyncio.wait([asked], timeout=0.3)
        assert not asked.done()
        await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
        assert (await asked)[0][0] == 1
    await postgres_server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    monkeypatch.setattr(database, "POOL_SECONDS", 0.1)
    async with database.opened(postgres_server.url(name, user="one_more", password="guest")) as guest:
        with pytest.raises(Unavailable) as told:
            await guest.read(text("SELECT 1"))
        assert told.value.code == "postgres.busy"
