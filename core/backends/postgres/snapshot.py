"""Copies the shared store as it is at one moment into a file of the embedded store, which any machine can open."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres import database as shared
from core.backends.postgres.copying import TABLES, after_row, columns, key, names
from core.backends.postgres.tables import SCHEMA
from core.backends.sqlite.errors import translated
from core.backends.sqlite.snapshot import create
from core.backends.written import escape
from core.backends.written import text as words

Row = tuple[Any, ...]


async def snapshot(source: shared.Database, path: Path) -> None:
    """Copies everything, while processes go on working with it. Raises Refused or Unavailable, as both stores do."""
    await source.look(partial(_copied, path=path))


async def _copied(connection: AsyncConnection, *, path: Path) -> None:
    """One look at the shared store; it may be taken several times, each with a new file."""
    await asyncio.to_thread(path.unlink, missing_ok=True)
    try:
        with closing(await asyncio.to_thread(create, path)) as target:
            for table in TABLES:
                after: Row | None = None
                while rows := (await connection.execute(after_row(table, after))).all():
                    await asyncio.to_thread(_put, target, table, rows)
                    after = key(table, rows[-1])
                await _go_on_counting(connection, target, table)
    except sqlite3.Error as error:
        raise translated(error, path) from error


def _put(target: sqlite3.Connection, table: Table, rows: Sequence[Any]) -> None:
    listed = ", ".join(f'"{name}"' for name in names(table))
    marks = ", ".join("?" for _ in names(table))
    writing = [_writing(table.name, column.name) for column in columns(table)]
    target.execute("BEGIN")
    target.executemany(
        f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})',  # noqa: S608 - names of our own
        ([write(value) for write, value in zip(writing, row, strict=True)] for row in rows),
    )
    target.execute("COMMIT")


def _writing(table: str, column: str) -> Callable[[Any], Any]:
    """How the embedded store writes a value of the shared one."""
    special: dict[tuple[str, str], Callable[[Any], Any]] = {
        ("answers", "audience"): json.dumps,
        ("answers", "context"): _context,
    }
    return special.get((table, column), _same)


def _same(value: Any) -> Any:
    return value


def _context(value: bytes) -> str:
    return json.dumps([escape(turn) for turn in json.loads(words(value))])


async def _go_on_counting(connection: AsyncConnection, target: sqlite3.Connection, table: Table) -> None:
    """Numbers that were given once are not given again, although their rows are gone."""
    known = target.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'", (table.name,)
    )
    if not known.fetchone()[0]:
        return
    (column,) = table.primary_key
    asked = text("SELECT last_value FROM pg_sequences WHERE schemaname = :schema AND sequencename = :name")
    name = f"{table.name}_{column.name}_seq"
    last = (await connection.execute(asked, {"schema": SCHEMA, "name": name})).scalar()
    target.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
    target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last or 0))
