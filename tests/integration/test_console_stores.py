"""What the console keeps, on each backend: visits that end, deeds that stay, and the checks of documents."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from asyncpg import PostgresError

from core.audit import AuditLog, Deed
from core.backends.postgres import open_postgres
from core.backends.sqlite import open_store
from core.looks import KEPT, REASON_KEPT, Look
from core.types import Passage
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, START, STORES, AnyStore, Clock, document, library_of, opened_store

HOUR = 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[AnyStore]:
    async with opened_store(request, tmp_path, clock=clock) as opened:
        yield opened


async def test_a_visit_lives_until_its_time_is_over(store: AnyStore, clock: Clock) -> None:
    await store.visits.begin("one", "민아 \ud800", family="f", seconds=HOUR)
    assert await store.visits.find("one") == "민아 \ud800"
    assert await store.visits.find("two") is None
    await clock.wait(HOUR)
    assert await store.visits.find("one") is None
    await store.visits.begin("two", "sam", family="g", seconds=HOUR)
    assert await store.visits.find("two") == "sam"


async def test_a_visit_is_renamed_once_and_its_old_name_is_good_a_little_longer(store: AnyStore, clock: Clock) -> None:
    await store.visits.begin("one", "mina", family="f", seconds=HOUR)
    assert await store.visits.rename("one", "two", seconds=2 * HOUR, grace=60)
    assert not await store.visits.rename("one", "three", seconds=HOUR, grace=60)
    assert not await store.visits.rename("none", "three", seconds=HOUR, grace=60)
    assert await store.visits.find("three") is None
    assert [await store.visits.find(name) for name in ("one", "two")] == ["mina", "mina"]
    await clock.wait(60)
    assert [await store.visits.find(name) for name in ("one", "two")] == [None, "mina"]
    await clock.wait(2 * HOUR - 60)
    assert await store.visits.find("two") is None


async def test_a_visit_that_is_ended_is_over_by_all_its_names(store: AnyStore) -> None:
    await store.visits.begin("one", "mina", family="f", seconds=HOUR)
    await store.visits.begin("other", "sam", family="g", seconds=HOUR)
    await store.visits.rename("one", "two", seconds=HOUR, grace=60)
    await store.visits.end("f")
    assert [await store.visits.find(name) for name in ("one", "two", "other")] == [None, None, "sam"]


async def test_deeds_are_listed_newest_first_page_by_page_and_by_workspace(store: AnyStore) -> None:
    deeds = [
        Deed(f"slack:T1:U{number}", "document.added", thing=f"문서 {number}", workspace=f"slack:T{number % 2}")
        for number in range(4)
    ]
    for deed in deeds:
        await store.deeds.add(deed, at=START, oldest=START)

    async def listed(**where: object) -> list[str]:
        return [noted.deed.thing for noted in await store.deeds.page(**where)]  # type: ignore[arg-type]

    assert [noted.deed for noted in await store.deeds.page()] == deeds[::-1]
    first = await store.deeds.page(limit=2)
    assert await listed(before=first[-1].number) == ["문서 1", "문서 0"]
    assert await listed(workspaces=["slack:T1", "slack:T9"]) == ["문서 3", "문서 1"]
    assert await listed(workspaces=[]) == []
    assert await listed(limit=0) == []
    await store.deeds.erase("slack:T1")
    assert await listed() == ["문서 2", "문서 0"]


async def test_what_stands_in_the_log_is_not_written_over_in_a_file(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db") as opened:
        await opened.deeds.add(Deed("token", "document.added"), at=START, oldest=START)
    refused = pytest.raises(sqlite3.IntegrityError, match="only added to")
    with closing(sqlite3.connect(tmp_path / "saseo.db")) as connection, refused:
        connection.execute("UPDATE audit SET who = 'somebody else'")


@pytest.mark.postgres
async def test_what_stands_in_the_log_is_not_written_over_in_a_database(postgres_server: PostgresServer) -> None:
    url = await postgres_server.emptied()
    async with open_postgres(url, seal=SEAL) as opened:
        await opened.deeds.add(Deed("token", "document.added"), at=START, oldest=START)
        with pytest.raises(PostgresError, match="only added to"):
            await postgres_server.execute("UPDATE saseo.audit SET who = 'somebody else'", url=url)


async def test_deeds_go_when_they_are_too_old(store: AnyStore, clock: Clock) -> None:
    log = AuditLog(store.deeds, days=30, clock=clock)
    await log.note("token", "visit.begun", detail="x" * 1000)
    await clock.wait(30 * 24 * HOUR)
    assert [len(noted.deed.detail) for noted in await log.page()] == [500]
    await clock.wait(1)
    assert await log.page() == []
    await log.note("token", "document.forgotten", workspace="slack:T1")
    assert [noted.deed.what for noted in await store.deeds.page()] == ["document.forgotten"]
    await log.erase("slack:T1")
    assert await log.page() == []


async def test_the_last_checks_of_a_document_are_kept(store: AnyStore) -> None:
    await library_of(store).put(document("d1"), "one")
    looks = [Look(START + timedelta(minutes=number), "unchanged") for number in range(KEPT + 2)]
    looks[-1] = Look(START + timedelta(days=1), "failed", "이유 \ud800" + "x" * REASON_KEPT)
    for look in looks:
        await store.looks.note("d1", look)
    await store.looks.note("nobody", looks[0])
    kept = await store.looks.of("d1")
    assert len(kept) == KEPT
    assert kept[0] == Look(looks[-1].at, "failed", looks[-1].reason[:REASON_KEPT])
    assert list(kept[1:]) == looks[2:-1][::-1]
    assert list(await store.looks.of("nobody")) == []


async def test_checks_move_and_go_with_their_document(store: AnyStore) -> None:
    library, look = library_of(store), Look(START, "changed")
    for name in ("d1", "d2"):
        await library.put(document(name), "one")
    await store.looks.note("d1", look)
    version = await store.journal.begin("d3")
    moved = [Passage("d3", version, 0, "one")]
    await store.catalogue.save(document("d3", version=version), moved, instead_of="d1")
    assert list(await store.looks.of("d3")) == [look]
    assert list(await store.looks.of("d1")) == []
    await store.looks.note("d2", look)
    version = await store.journal.begin("d4")
    await store.catalogue.save(document("d4", version=version), [], instead_of="d3")
    assert list(await store.looks.of("d4")) == [look]
    await store.catalogue.forget(["d4"])
    assert list(await store.looks.of("d4")) == []
    assert list(await store.looks.of("d2")) == [look]
