"""A pool of connections to one PostgreSQL database: transactions that are tried again, bounded in number and time."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, Executable, cast, extract, func, literal
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from core.backends.postgres.errors import AGAIN, state, translated
from core.backends.postgres.pinging import watch
from core.backends.written import micros
from core.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

Result = TypeVar("Result")
Work = Callable[[AsyncConnection], Awaitable[Result]]
Rows = Sequence[Any]

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
CONNECTIONS = 10
KEPT = 4
"""Connections that stay while nobody needs them: the server has room for a hundred, and other processes need some."""
CONNECT_SECONDS = 5.0
POOL_SECONDS = 20.0
"""How long a caller waits for a connection that others use, in this process or in others."""
STATEMENT_SECONDS = 30.0
"""How long the server works at one statement."""
ANSWER_SECONDS = 35.0
"""How long we wait for it: longer, so that it is the server who gives up while it is there."""
IDLE_SECONDS = 60.0
"""How long a transaction may stand still, so that a process that is held up does not hold up all."""
TRIES = 6
PAUSE = 0.02
"""Seconds before the second try; each further one waits twice as long, give or take."""
CROWDED = "53300"
"""The state of a server that has no room for another connection."""
CROWDED_PAUSE = 0.5
"""Seconds at most until it is asked again."""
VENDORS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""Everything that a driver, a pool or the network raises."""


class Database:
    """A PostgreSQL database. What `write` did is durable when it returns. Raises Refused or Unavailable."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] | None = None) -> None:
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._still = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._clock = clock

    def present(self) -> ColumnElement[int]:
        """This moment in microseconds since 1970, by the server's clock, which all processes share."""
        moment = self.moment
        if moment is not None:
            return literal(moment, BigInteger)
        return cast(extract("epoch", func.statement_timestamp()) * 1_000_000, BigInteger)

    @property
    def moment(self) -> int | None:
        """This moment where the clock is not the server's, for a statement that is spelled out."""
        return None if self._clock is None else micros(self._clock())

    async def read(self, query: Executable) -> Rows:
        """The rows that one statement gives."""

        async def work(connection: AsyncConnection) -> Rows:
            return (await connection.execute(query)).all()

        return await self._tried(self._single.connect, work)

    async def ask(self, statement: str, *values: object) -> Rows:
        """The rows that one statement gives, which is spelled out: `$1` is the first value. For what every question
        asks: a statement that is put together takes this process five times as long."""

        async def work(connection: asyncpg.Connection) -> Rows:
            found: Rows = await connection.fetch(statement, *values)
            return found

        return await self._tried(self._driver, work)

    async def change(self, statement: Executable) -> int:
        """Carries out one statement, and returns how many rows it changed."""

        async def work(connection: AsyncConnection) -> int:
            return await rowcount(connection, statement)

        return await self._tried(self._single.connect, work)

    async def look(self, work: Work[Result]) -> Result:
        """Does several queries on one snapshot."""
        return await self._tried(self._still.connect, work)

    async def write(self, work: Work[Result]) -> Result:
        """Does the work in a transaction. When it raises, nothing of it stays; it may be done several times."""
        return await self._tried(self._engine.begin, work)

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """A connection of the pool as the driver has it."""
        lent = await self._engine.raw_connection()
        try:
            yield lent.driver_connection
        except asyncpg.PostgresError:
            await greenlet_spawn(lent.close)
            raise
        except BaseException:
            # It may still be at work.
            lent.invalidate()
            raise
        # Where enough are kept, it ends, for which the pool awaits the driver.
        await greenlet_spawn(lent.close)

    async def _tried(self, connecting: Callable[[], Any], work: Callable[[Any], Awaitable[Result]]) -> Result:
        tries, patient_until = 1, time.monotonic() + POOL_SECONDS
        while True:
            async with _translating():
                try:
                    async with connecting() as connection:
                        return await work(connection)
                except (SQLAlchemyError, asyncpg.PostgresError) as error:
                    if state(error) == CROWDED and time.monotonic() < patient_until:
                        pause = CROWDED_PAUSE
                    elif state(error) in AGAIN and tries < TRIES:
                        tries, pause = tries + 1, PAUSE * 2**tries
                    else:
                        raise
            # How long is chance, or two that met would meet again.
            await asyncio.sleep(pause * random.uniform(0.25, 0.75))  # noqa: S311 - not a secret


@asynccontextmanager
async def opened(
    url: str, *, clock: Callable[[], datetime] | None = None, connections: int | None = None
) -> AsyncIterator[Database]:
    """The database at an address; connects when something is asked. Raises Refused for an address that is none."""
    most = connections or CONNECTIONS
    kept = min(KEPT, most)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=_connecting(_address(url)),
        pool_size=kept,
        max_overflow=most - kept,
        pool_timeout=POOL_SECONDS,
        # Errors would quote what people wrote.
        hide_parameters=True,
    )
    watch(engine.sync_engine)
    try:
        yield Database(engine, clock=clock)
    finally:
        await asyncio.shield(engine.dispose())


async def rowcount(connection: AsyncConnection, statement: Executable) -> int:
    """Carries out a statement, and returns how many rows it changed."""
    done: CursorResult[Any] = await connection.execute(statement)
    return done.rowcount


@asynccontextmanager
async def _translating() -> AsyncIterator[None]:
    try:
        yield
    except VENDORS as error:
        raise translated(error) from error


def _address(url: str) -> str:
    """The address as the driver takes it, which understands what `psql` does (`sslmode`, `host`, several hosts)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refused("postgres.url") from None
    if parts.scheme not in SCHEMES:
        raise Refused("postgres.url")
    return urlunsplit(parts._replace(scheme="postgresql"))


def _connecting(address: str) -> Callable[[], Awaitable[Any]]:
    async def connect() -> Any:
        try:
            return await asyncpg.connect(
                address,
                timeout=CONNECT_SECONDS,
                command_timeout=ANSWER_SECONDS,
                server_settings={
                    "application_name": "saseo",
                    "statement_timeout": f"{STATEMENT_SECONDS:g}s",
                    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS:g}s",
                },
            )
        except (ValueError, TypeError, asyncpg.ClientConfigurationError):
            # What these say may quote the password.
            raise Refused("postgres.url") from None

    return connect
