"""The schema of the embedded store: brought up to date, and never a file touched that is not of this release."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.backends.sqlite import open_store
from core.backends.sqlite.schema import APPLICATION, MIGRATIONS, migrate, pragma
from core.errors import Refused


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store with nothing in it, closed."""
    place = tmp_path / "saseo.db"
    async with open_store(place):
        pass
    return place


def content(path: Path) -> bytes:
    return path.read_bytes()


async def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as refused:
        async with open_store(path):
            pass
    return refused.value


async def test_a_store_of_a_newer_release_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = content(path)

    assert (await refusal(path)).code == "store.newer"
    assert content(path) == before


async def test_the_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE documents (id)")
    before = content(path)

    assert (await refusal(path)).code == "store.foreign"
    assert content(path) == before


def test_an_older_schema_is_brought_up_to_date_once(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        migrate(connection, tmp_path, migrations=["CREATE TABLE a (x);"])
        for _ in range(2):
            migrate(connection, tmp_path, migrations=["CREATE TABLE a (x);", "ALTER TABLE a ADD COLUMN y;"])

        assert [row[1] for row in connection.execute("PRAGMA table_info(a)")] == ["x", "y"]
        assert (pragma(connection, "user_version"), pragma(connection, "application_id")) == (2, APPLICATION)


def test_a_migration_that_fails_leaves_the_schema_before_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, tmp_path, migrations=["CREATE TABLE a (x);", "CREATE TABLE b (x); nonsense;"])
        connection.rollback()

        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")] == ["a"]
        assert pragma(connection, "user_version") == 1


async def test_the_schema_in_use_is_the_newest(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert pragma(connection, "user_version") == len(MIGRATIONS)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_passages_of_a_release_without_anchors_are_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "saseo.db"
    before = next(number for number, script in enumerate(MIGRATIONS) if "ADD COLUMN anchor" in script)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, path, migrations=MIGRATIONS[:before])
        connection.execute(
            "INSERT INTO documents VALUES (1, 'd', 1, 'public', 'ready', 0, NULL, x'41', x'61', x'75', x'', NULL,"
            " x'74', 1, x'7b7d', NULL, NULL, NULL, 0, NULL, NULL)"
        )
        connection.execute("INSERT INTO passages VALUES (?, ?, x'', NULL, 0, 4, 0, x'')", (2**20, b"text"))
        connection.commit()
    async with open_store(path) as store:
        passages = await store.shelves.passages("d")
    assert [(one.text, one.anchor) for one in passages] == [("text", "")]
