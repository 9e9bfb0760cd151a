"""A copy of an embedded store as it is at one moment, and what can be learned from one without opening it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.backends.sqlite.database import connect
from core.backends.sqlite.errors import translated
from core.backends.sqlite.schema import migrate
from core.backends.written import text

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds."""

    documents: int
    passages: int


def copy(source: Path, target: Path) -> None:
    """Copies a store that may be in use, also by another process, into a file that is not there yet. Blocks, and
    holds up nobody. Raises Refused or Unavailable."""
    try:
        with closing(connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        with closing(connect(target)) as connection:
            # As every store of ours has it; the copy of one has it not.
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise translated(error, source) from error


def create(path: Path) -> sqlite3.Connection:
    """An empty store in a new file, to be filled and closed by the caller; nobody else uses it meanwhile."""
    connection = connect(path, "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, path)
    return connection


def contents(path: Path) -> Contents:
    """Counts what is in a copy. Blocks."""
    with closing(connect(path)) as connection:
        counted = "SELECT (SELECT count(*) FROM documents), (SELECT total(passage_count) FROM documents)"
        documents, passages = connection.execute(counted).fetchone()
    return Contents(documents, int(passages))


def texts(path: Path) -> Iterator[list[str]]:
    """The texts of all passages in a copy, some at a time. Blocks."""
    with closing(connect(path)) as connection:
        found = connection.execute("SELECT text FROM passages ORDER BY place")
        while rows := found.fetchmany(PAGE):
            yield [text(row[0]) for row in rows]
