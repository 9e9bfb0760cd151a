"""Brings a database to the schema of this program, one process at a time."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateSchema

from core.backends.postgres.database import Database
from core.backends.postgres.tables import SCHEMA, VERSIONS
from core.errors import Refused

ONE_AT_A_TIME = 0x5A5E0_0002
"""The lock of whoever migrates."""
CURRENT = table(VERSIONS, column("version_num"), schema=SCHEMA)


async def migrate(database: Database) -> None:
    """Brings the schema up to date, all of it or nothing. Raises Refused for the schema of a newer release."""
    if await database.look(revision) != newest():
        await database.write(_migrate)


async def revision(connection: AsyncConnection) -> str | None:
    """The revision of the database's schema; none where there is none yet."""
    known = select(func.to_regclass(f"{SCHEMA}.{VERSIONS}"))
    if (await connection.execute(known)).scalar() is None:
        return None
    return (await connection.execute(select(CURRENT.c.version_num))).scalar()


@cache
def newest() -> str | None:
    """The revision of this program's schema."""
    return ScriptDirectory.from_config(config()).get_current_head()


def config() -> Config:
    """Where the migrations stand."""
    configured = Config()
    configured.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return configured


async def _migrate(connection: AsyncConnection) -> None:
    await connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    # Whoever held the lock before may have done it.
    current = await revision(connection)
    if current is not None and current not in _known():
        raise Refused("postgres.newer")
    await connection.run_sync(_upgrade)


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def _upgrade(connection: Connection) -> None:
    if not inspect(connection).has_schema(SCHEMA):
        connection.execute(CreateSchema(SCHEMA))
    configured = config()
    configured.attributes["connection"] = connection
    command.upgrade(configured, "head")
