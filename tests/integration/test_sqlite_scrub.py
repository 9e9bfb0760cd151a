"""What was deleted from the embedded store is in none of its files, or it is said that it still may be."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from core.backends.sqlite import Store, open_store
from core.errors import Unavailable
from core.types import Turn
from tests.integration.stores import SEAL, SESSION

WORDS = "Nobody shall read this again"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "saseo.db", seal=SEAL) as opened:
        yield opened


def said(folder: Path) -> bool:
    return any(WORDS.encode() in path.read_bytes() for path in folder.glob("saseo.db*"))


async def test_what_was_deleted_is_in_no_file(store: Store, tmp_path: Path) -> None:
    await store.history.append(SESSION, [Turn("human", WORDS)])
    await store.history.clear(SESSION)
    assert said(tmp_path)
    await store.scrub()
    assert not said(tmp_path)


async def test_while_somebody_reads_the_log_cannot_be_emptied(store: Store, tmp_path: Path) -> None:
    await store.history.append(SESSION, [Turn("human", WORDS)])
    # Otherwise it waits for some seconds.
    store._database._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(tmp_path / "saseo.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchone()
        await store.history.clear(SESSION)
        with pytest.raises(Unavailable) as busy:
            await store.scrub()
        assert busy.value.code == "store.busy"
    await store.scrub()
    assert not said(tmp_path)


async def test_a_file_that_fails_is_told(store: Store) -> None:
    store._database._connection.close()
    with pytest.raises(Unavailable) as failed:
        await store.scrub()
    assert failed.value.code == "store.failed"
