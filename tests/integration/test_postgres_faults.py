"""The store on PostgreSQL in trouble: nobody may come in, all is busy, away or full. It says so, and goes on."""

import asyncio
import inspect
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres import PostgresStore, database, open_postgres
from core.backends.postgres.errors import REFUSED, UNAVAILABLE, translated
from core.backends.postgres.tables import claims
from core.errors import Refused, SaseoError, Unavailable
from core.types import Turn
from tests.fakes.postgres import PASSWORD, PostgresServer
from tests.integration.stores import SEAL, SESSION
from tests.ports import free_port

pytestmark = pytest.mark.postgres


@pytest.fixture
def own_server(second_postgres_server: PostgresServer) -> PostgresServer:
    """A server that a test may stop."""
    second_postgres_server.start()
    return second_postgres_server


async def refusal(url: str) -> SaseoError:
    with pytest.raises(SaseoError) as refused:
        async with open_postgres(url, seal=SEAL):
            pass
    error = refused.value
    assert "magnolia" not in f"{error!r} {error} {error.__cause__!r} {error.__context__!r} {error.text('ko')}"
    return error


async def test_a_wrong_password_is_refused_and_said_nowhere(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        error = await refusal(postgres_server.url(password="magnolia"))
    assert (type(error), error.code) == (Refused, "postgres.login")
    assert "magnolia" not in caplog.text


async def test_an_unknown_user_and_an_unknown_database_are_refused(postgres_server: PostgresServer) -> None:
    assert (await refusal(postgres_server.url(user="nobody_here"))).code == "postgres.login"
    assert (await refusal(postgres_server.url("no_such_database"))).code == "postgres.no_database"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://magnolia@localhost/saseo",
        "postgresql://saseo:magnolia@localhost:port/saseo",
        "postgresql://[magnolia/saseo",
        "postgresql://saseo:magnolia@localhost/saseo?sslmode=magnolia",
    ],
)
async def test_an_address_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    error = await refusal(url)
    assert (type(error), error.code) == (Refused, "postgres.url")


async def test_a_setting_that_no_server_knows_is_refused(postgres_server: PostgresServer) -> None:
    assert (await refusal(f"{postgres_server.url()}?unknown=1")).code == "postgres.url"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg"])
async def test_an_address_may_be_written_as_others_write_it(postgres_server: PostgresServer, scheme: str) -> None:
    url = await postgres_server.emptied()
    async with open_postgres(f"{scheme}{url.removeprefix('postgresql')}?sslmode=prefer", seal=SEAL) as store:
        await store.ping()


async def test_a_user_who_may_not_make_tables_is_refused_until_it_may(postgres_server: PostgresServer) -> None:
    url = await postgres_server.fresh()
    name = url.rpartition("/")[2]
    await postgres_server.execute(f"CREATE ROLE guest_{name} LOGIN PASSWORD 'guest'")
    guest = postgres_server.url(name, user=f"guest_{name}", password="guest")
    assert (await refusal(guest)).code == "postgres.permission"

    await postgres_server.execute(f"CREATE SCHEMA saseo AUTHORIZATION guest_{name}", url=url)
    async with open_postgres(guest, seal=SEAL) as store:
        await store.ping()


async def test_a_server_that_is_not_there_is_away() -> None:
    error = await refusal(f"postgresql://saseo:magnolia@127.0.0.1:{free_port()}/saseo")
    assert (type(error), error.code) == (Unavailable, "postgres.away")
    assert (await refusal("postgresql://saseo:magnolia@no-such-host.invalid/saseo")).code == "postgres.away"


async def test_a_server_that_stalls_does_not_stall_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert (await refusal(f"postgresql://x:magnolia@127.0.0.1:{silent.getsockname()[1]}/x")).code == "postgres.away"


async def test_a_statement_that_takes_too_long_is_ended(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await postgres_server.emptied()
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.3)
    async with open_postgres(url, seal=SEAL) as store:
        with pytest.raises(Unavailable) as ended:
            await store._database.read(text("SELECT pg_sleep(60)"))
        assert ended.value.code == "postgres.busy"
        await store.ping()
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 60.0)
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.5)
    async with open_postgres(url, seal=SEAL) as store:
        with pytest.raises(Unavailable) as ended:
            await store._database.read(text("SELECT pg_sleep(60)"))
        assert ended.value.code == "postgres.away"
        await store.ping()


RAISING = """
CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('troubles') <= {times} THEN RAISE EXCEPTION 'secret text' USING ERRCODE = '{code}'; END IF;
    RETURN NEW;
END $$
"""
TRIGGER = "CREATE TRIGGER trouble BEFORE INSERT ON saseo.claims FOR EACH ROW EXECUTE FUNCTION trouble()"


@asynccontextmanager
async def troubled(server: PostgresServer, code: str, *, times: int = 1000) -> AsyncIterator[PostgresStore]:
    """A store where writing a claim meets this trouble so often."""
    url = await server.emptied()
    async with open_postgres(url, seal=SEAL) as store:
        for statement in ("CREATE SEQUENCE troubles", RAISING.format(code=code, times=times), TRIGGER):
            await server.execute(statement, url=url)
        yield store
        await server.execute("DROP FUNCTION trouble CASCADE; DROP SEQUENCE troubles", url=url)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("53100", Unavailable, "postgres.full"),
        ("40001", Unavailable, "postgres.busy"),
        ("25006", Unavailable, "postgres.read_only"),
        ("XX001", Refused, "postgres.damaged"),
        ("22012", Unavailable, "postgres.failed"),
    ],
)
async def test_what_the_server_says_is_told_in_our_words(
    postgres_server: PostgresServer, code: str, kind: type[SaseoError], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAUSE", 0.001)
    async with troubled(postgres_server, code) as store:
        with pytest.raises(SaseoError) as error:
            await store.claims.claim("k", seconds=60)
        assert (type(error.value), error.value.code) == (kind, told)
        await store.ping()


@pytest.mark.parametrize("code", ["40001", "40P01", "23505"])
async def test_what_others_did_at_the_same_time_is_met_again_a_few_times(
    postgres_server: PostgresServer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAUSE", 0.001)
    async with troubled(postgres_server, code, times=3) as store:
        assert await store.claims.claim("k", seconds=60)


async def test_two_that_wait_for_each_other_both_come_through(postgres_server: PostgresServer) -> None:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        for name in "ab":
            await store.claims.claim(name, seconds=60)
        order = select(claims.c.key).order_by(claims.c.key)
        first, second = (row.key for row in await store._database.read(order))
        both = asyncio.Barrier(2)

        def crossing(keys: tuple[str, str]) -> Callable[[AsyncConnection], Awaitable[None]]:
            locked = [select(claims.c.key).where(claims.c.key == key).with_for_update() for key in keys]
            tries = iter([True])

            async def work(connection: AsyncConnection) -> None:
                await connection.execute(locked[0])
                if next(tries, False):
                    await both.wait()
                await connection.execute(locked[1])

            return work

        await asyncio.gather(*(store._database.write(crossing(keys)) for keys in ((first, second), (second, first))))


async def test_what_people_wrote_is_in_no_error(postgres_server: PostgresServer) -> None:
    async with open_postgres(await postgres_server.fresh(), seal=SEAL) as store:
        await store._database.change(text("ALTER TABLE saseo.turns ADD CHECK (length(body) < 5)"))
        with pytest.raises(Unavailable) as error:
            await store.history.append(SESSION, [Turn("human", "a secret of mine")])
    assert error.value.code == "postgres.failed"
    assert "secret of mine" not in str(error.value.__cause__)


def test_every_error_of_the_driver_is_told() -> None:
    kinds = [kind for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass)]
    raised = [kind for kind in kinds if issubclass(kind, Exception)]
    assert len(raised) > 200
    for kind in raised:
        error = kind.__new__(kind)
        assert isinstance(translated(error), SaseoError)
    codes = {getattr(kind, "sqlstate", None) for kind in raised}
    assert REFUSED.keys() | UNAVAILABLE.keys() <= codes
    for other in (OSError(24, "too many open files"), TimeoutError(), ConnectionResetError()):
        assert translated(other).code == "postgres.away"
    assert translated(PoolTimeout()).code == "postgres.busy"
    assert translated(DBAPIError("", None, OSError(), connection_invalidated=True)).code == "postgres.away"
    assert translated(ArgumentError()).code == "postgres.failed"


async def outcomes(store: PostgresStore) -> set[str]:
    asked = (
        store.ping(),
        store.history.append(SESSION, [Turn("human", "hello")]),
        store.catalogue.forget(["nobody"]),
        store.claims.claim("k", seconds=60),
        store.journal.leftovers(),
    )
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(end, SaseoError) or not isinstance(end, Exception) for end in ended), ended
    return {end.code if isinstance(end, SaseoError) else "well" for end in ended}


async def test_a_server_that_went_and_came_is_used_again(own_server: PostgresServer) -> None:
    async with open_postgres(await own_server.fresh(), seal=SEAL) as store:
        assert await outcomes(store) == {"well"}
        await asyncio.to_thread(own_server.stop)
        assert await outcomes(store) == {"postgres.away"}
        await asyncio.to_thread(own_server.start)

        assert await outcomes(store) == {"well"}
        assert PASSWORD not in repr(store.__dict__)


async def test_a_store_closes_where_the_server_has_gone(
    own_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_postgres(await own_server.fresh(), seal=SEAL) as store:
        await store.journal.begin("d1")
        await asyncio.to_thread(own_server.stop)
    told = [record.message for record in caplog.records if record.name == "core.backends.postgres.store"]
    assert told == ["what this process held is free when its time is over: postgres.away"]
