"""The schema on PostgreSQL: brought up to date from wherever it stands, once, and never that of a newer release."""

import asyncio

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.backends.postgres import open_postgres
from core.backends.postgres.database import opened
from core.backends.postgres.migrating import config, migrate, newest
from core.backends.postgres.tables import SCHEMA, VERSIONS, metadata
from core.errors import Refused
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, document, library_of

pytestmark = pytest.mark.postgres

REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]


def differences(connection: Connection) -> list[object]:
    """What the database has otherwise than the program wants it."""
    options = {
        "include_schemas": True,
        "version_table": VERSIONS,
        "version_table_schema": SCHEMA,
        "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def upgrade(connection: Connection, revision: str) -> None:
    configured = config()
    configured.attributes["connection"] = connection
    command.upgrade(configured, revision)


@pytest.mark.parametrize("revision", ["base", *reversed(REVISIONS)])
async def test_every_earlier_schema_is_brought_to_this_one(postgres_server: PostgresServer, revision: str) -> None:
    url = await postgres_server.fresh()
    # Compared is what stands in a schema by its name, also where that is the user's own.
    async with opened(f"{url}?search_path=public") as database:
        if revision != "base":
            await postgres_server.execute(f"CREATE SCHEMA {SCHEMA}", url=url)
            await database.write(lambda connection: connection.run_sync(upgrade, revision))
        for _ in range(2):
            await migrate(database)

        assert await database.look(lambda connection: connection.run_sync(differences)) == []
    async with open_postgres(url, seal=SEAL) as store:
        assert await library_of(store).put(document("d1"), "one") == await store.catalogue.find("d1")


async def test_the_schema_of_a_newer_release_is_refused_and_left_as_it_is(postgres_server: PostgresServer) -> None:
    url = await postgres_server.fresh()
    async with open_postgres(url, seal=SEAL):
        pass
    await postgres_server.execute(f"UPDATE {SCHEMA}.{VERSIONS} SET version_num = '9999'", url=url)

    with pytest.raises(Refused) as refused:
        async with open_postgres(url, seal=SEAL):
            pass

    assert refused.value.code == "postgres.newer"
    connection = await asyncpg.connect(url)
    assert await connection.fetchval(f"SELECT version_num FROM {SCHEMA}.{VERSIONS}") == "9999"
    await connection.close()


async def test_processes_that_start_together_make_the_schema_once(postgres_server: PostgresServer) -> None:
    url = await postgres_server.fresh()

    async def start() -> None:
        async with open_postgres(url, seal=SEAL) as store:
            await store.ping()

    await asyncio.gather(*(start() for _ in range(6)))

    connection = await asyncpg.connect(url)
    assert await connection.fetch(f"SELECT version_num FROM {SCHEMA}.{VERSIONS}") == [(newest(),)]
    await connection.close()


async def test_what_fails_half_way_leaves_nothing(postgres_server: PostgresServer) -> None:
    url = await postgres_server.fresh()
    await postgres_server.execute(f"CREATE SCHEMA {SCHEMA}", url=url)
    await postgres_server.execute(f"CREATE TABLE {SCHEMA}.turns (theirs INTEGER)", url=url)

    with pytest.raises(Refused) as refused:
        async with open_postgres(url, seal=SEAL):
            pass

    assert refused.value.code == "postgres.foreign"
    connection = await asyncpg.connect(url)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", SCHEMA)
    assert [table["tablename"] for table in tables] == ["turns"]
    await connection.close()


async def test_beside_the_tables_of_another_program_there_is_room(postgres_server: PostgresServer) -> None:
    url = await postgres_server.fresh()
    await postgres_server.execute("CREATE TABLE documents (theirs INTEGER)", url=url)
    await postgres_server.execute("CREATE TABLE alembic_version (version_num TEXT)", url=url)
    await postgres_server.execute("INSERT INTO alembic_version VALUES ('theirs')", url=url)

    async with open_postgres(url, seal=SEAL) as store:
        await library_of(store).put(document("d1"), "one")

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT version_num FROM public.alembic_version") == "theirs"
    await connection.close()
