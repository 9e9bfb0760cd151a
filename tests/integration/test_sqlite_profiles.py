"""Profiles beside the passages: made when they are saved, made anew when their rules are no longer today's."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.backends.sqlite import Store, open_store
from core.backends.sqlite import profiles as renewing
from core.backends.sqlite.database import Database
from core.backends.sqlite.profiles import renew_profiles
from core.profile import Profile, rules
from core.types import Passage, PassageKey
from tests.integration.stores import EVERYBODY, Library, document

TEXTS = ("서버를 다시 시작합니다.", "Restart the server.", "12")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "saseo.db") as opened:
        yield opened


@pytest.fixture
def outdated(tmp_path: Path) -> Iterator[Database]:
    """A store whose passages were taken apart by the rules of another release, or never."""
    path = tmp_path / "outdated.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE passages (place INTEGER PRIMARY KEY, text, rules, profile);"
        )
        rows = [(place, text.encode(), place % 2 * (rules() + 1), b"old") for place, text in enumerate(TEXTS)]
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    with closing(Database(path)) as database:
        yield database


async def resolved(store: Store, saved: str, version: int) -> Passage:
    found = await store.shelves.resolve([PassageKey(saved, version, 0)], EVERYBODY)
    ((passage, _),) = found.values()
    return passage


async def test_a_saved_passage_comes_with_its_profile(store: Store) -> None:
    saved = await Library(store.catalogue, store.shelves, store.journal).put(document("d1"), *TEXTS)
    for passage in await store.shelves.passages("d1"):
        assert Profile.unpacked(passage.profile) == Profile.of(passage.text)
    assert (await resolved(store, "d1", saved.version)).profile == Profile.of(TEXTS[0]).packed


async def test_a_profile_by_other_rules_is_not_used(store: Store, tmp_path: Path) -> None:
    saved = await Library(store.catalogue, store.shelves, store.journal).put(document("d1"), *TEXTS)
    with closing(sqlite3.connect(tmp_path / "saseo.db")) as connection:
        connection.execute("UPDATE passages SET rules = rules + 1")
        connection.commit()
    assert (await resolved(store, "d1", saved.version)).profile == b""


async def test_outdated_profiles_are_renewed_a_few_at_a_time(
    outdated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "AT_ONCE", 2)
    await renew_profiles(outdated, pause=0)
    kept = await outdated.read(lambda connection: connection.execute("SELECT rules, profile FROM passages").fetchall())
    assert kept == [(rules(), Profile.of(text).packed) for text in TEXTS]


async def test_opening_a_store_renews_what_is_outdated(tmp_path: Path) -> None:
    path = tmp_path / "saseo.db"
    async with open_store(path) as store:
        saved = await Library(store.catalogue, store.shelves, store.journal).put(document("d1"), *TEXTS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE passages SET rules = 0, profile = x''")
        connection.commit()
    async with open_store(path) as store:
        for _ in range(1000):
            # Each look is a query, so that the store gets round to its own.
            passages = await store.shelves.passages("d1")
            if all(passage.profile for passage in passages):
                break
        assert [passage.profile for passage in passages] == [Profile.of(text).packed for text in TEXTS]
        assert saved.version == passages[0].version


async def test_a_store_that_fails_is_told_once_and_answers_go_on(
    outdated: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await outdated.write(lambda connection: connection.execute("DROP TABLE passages"))
    with caplog.at_level(logging.WARNING):
        await renew_profiles(outdated)
    assert [record.name for record in caplog.records] == ["core.backends.sqlite.profiles"]
