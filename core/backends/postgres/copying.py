"""Copies what the embedded store holds into the shared one, row by row, and compares the two.

Both write everything down the same way (`core.backends.written`), so a row is copied as it is. Only the embedded store
is read from; versions keep their numbers, so the indexes go on fitting.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres import database as shared
from core.backends.postgres.migrating import migrate
from core.backends.postgres.phrases import behind
from core.backends.postgres.tables import SCHEMA, keepers, metadata, trail
from core.backends.sqlite import database as embedded
from core.backends.sqlite.opening import opened
from core.backends.written import raw, unescape

PAGE = 500
"""Rows that are read and written at once."""
SHARED_ONLY = {"keeper", "holder", "hold", "owner"}
"""Who works at a row: where one process has a file to itself, nobody else does."""
NOBODY = {"claims": {"owner": ""}}

Row = tuple[Any, ...]
TABLES = [table for table in metadata.sorted_tables if table.name not in ("keepers", "trail")]
"""Those that others point at come first."""


class Copying:
    """Both stores, open, with nobody else at the embedded one."""

    def __init__(self, source: embedded.Database, target: shared.Database) -> None:
        self._source = source
        self._target = target

    async def counts(self) -> dict[str, int]:
        """Rows of each table in the shared store."""
        return {
            table.name: (await self._target.read(select(func.count()).select_from(table)))[0][0] for table in TABLES
        }

    async def known(self) -> dict[str, int]:
        """Rows of each table in the embedded store."""
        return await self._source.read(_known)

    async def used(self) -> bool:
        """Whether a process that works with the shared store is alive."""
        alive = select(func.count()).select_from(keepers).where(keepers.c.alive_until > self._target.present())
        return bool((await self._target.read(alive))[0][0])

    async def clear(self) -> None:
        """Deletes every row of the shared store, all or none."""
        await self._target.write(_clear)

    async def run(self) -> AsyncIterator[int]:
        """Copies everything into an empty store and tells after each step how many rows it was."""
        # Cut off, it is another trail: whoever followed it begins anew.
        await self._target.write(partial(_execute, statement=text(f"TRUNCATE {trail}")))
        for table in TABLES:
            async for rows in self._pages(table):
                given = [dict(zip(names(table), row, strict=True)) | NOBODY.get(table.name, {}) for row in rows]
                await self._target.write(partial(_put, table=table, rows=given))
                yield len(rows)
            await self._go_on_counting(table)

    async def differing(self) -> int:
        """How many rows of the embedded store are otherwise in the shared one, or not there."""
        count = 0
        for table in TABLES:
            after: Row | None = None
            async for rows in self._pages(table):
                there = {key(table, row): row for row in await self._target.read(after_row(table, after))}
                count += sum(there.get(key(table, row)) != row for row in rows)
                after = key(table, rows[-1])
        return count

    async def _pages(self, table: Table) -> AsyncIterator[list[Row]]:
        after: Row | None = None
        while rows := await self._source.read(partial(_page, table=table, after=after)):
            yield rows
            after = key(table, rows[-1])

    async def _go_on_counting(self, table: Table) -> None:
        """Numbers that were given once are not given again."""
        last = await self._source.read(partial(_last_number, table=table))
        if last:
            (column,) = table.primary_key
            sequence = func.pg_get_serial_sequence(f"{SCHEMA}.{table.name}", column.name)
            await self._target.write(partial(_execute, statement=select(func.setval(sequence, last))))


@asynccontextmanager
async def open_copying(path: Path, url: str) -> AsyncIterator[Copying]:
    """The embedded store in a file, and the shared store at an address, brought up to date. Raises as the two do."""
    with ExitStack() as stack:
        source = await asyncio.to_thread(stack.enter_context, opened(path))
        async with shared.opened(url) as target:
            await migrate(target)
            yield Copying(source, target)


def columns(table: Table) -> list[Column[Any]]:
    """Those that both stores have."""
    return [column for column in table.columns if column.name not in SHARED_ONLY]


def names(table: Table) -> list[str]:
    """What they are called."""
    return [column.name for column in columns(table)]


def key(table: Table, row: Row) -> Row:
    """By what a row is told from others, and where it stands among them."""
    known = names(table)
    return tuple(row[known.index(column.name)] for column in table.primary_key)


def _page(connection: sqlite3.Connection, *, table: Table, after: Row | None) -> list[Row]:
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    listed = ", ".join(f'"{name}"' for name in names(table))
    marks = ", ".join("?" for _ in table.primary_key)
    where = f"WHERE ({keys}) > ({marks})" if after is not None else ""
    found = connection.execute(
        f'SELECT {listed} FROM "{table.name}" {where} ORDER BY {keys} LIMIT {PAGE}',  # noqa: S608 - names of our own
        after or (),
    )
    reading = [_reading(table, column) for column in columns(table)]
    return [tuple(read(value) for read, value in zip(reading, row, strict=True)) for row in found]


def _reading(table: Table, column: Column[Any]) -> Callable[[Any], Any]:
    """How the shared store writes a value of the embedded one."""
    if isinstance(column.type, Boolean):
        return bool
    special: Mapping[tuple[str, str], Callable[[Any], Any]] = {
        ("answers", "audience"): json.loads,
        ("answers", "context"): _context,
    }
    return special.get((table.name, column.name), _same)


def _same(value: Any) -> Any:
    return value


def _context(value: str) -> bytes:
    return raw(json.dumps([unescape(turn) for turn in json.loads(value)]))


def _known(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]  # noqa: S608 - as above
        for table in TABLES
    }


def _last_number(connection: sqlite3.Connection, *, table: Table) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
    return int(row[0]) if row is not None else 0


def after_row(table: Table, after: Row | None) -> Any:
    """Some rows of the shared store behind this one, or the first ones."""
    keys = list(table.primary_key)
    chosen = select(*columns(table)).order_by(*keys).limit(PAGE)
    return chosen if after is None else chosen.where(behind(keys, after))


async def _put(connection: AsyncConnection, *, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    await connection.execute(insert(table), rows)


async def _execute(connection: AsyncConnection, *, statement: Any) -> None:
    await connection.execute(statement)


async def _clear(connection: AsyncConnection) -> None:
    names = ", ".join(f"{SCHEMA}.{table.name}" for table in TABLES)
    await connection.execute(text(f"TRUNCATE {names}"))
