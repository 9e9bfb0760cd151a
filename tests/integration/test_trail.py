"""What every trail promises, in memory and on a real PostgreSQL: no change is skipped, in whatever order they end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import text, update

from core.backends.memory_trail import STEPS_AT_ONCE, MemoryTrail
from core.backends.postgres import PostgresStore, open_postgres
from core.backends.postgres import trail as postgres_trail
from core.backends.postgres.tables import trail as table
from core.backends.postgres.trail import leave_step
from core.trail import Trail
from core.types import Scope
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, document, library_of


@dataclass(frozen=True, slots=True)
class Given:
    """A trail, and how a document changes."""

    trail: Trail
    change: Callable[[str], Awaitable[None]]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def given(request: pytest.FixtureRequest) -> AsyncIterator[Given]:
    if request.param == "memory":
        trail = MemoryTrail()

        async def note(name: str) -> None:
            trail.note(name)

        yield Given(trail, note)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    async with open_postgres(await server.emptied(), seal=SEAL) as store:

        async def put(name: str) -> None:
            await library_of(store).put(document(name), "text")

        yield Given(store.trail, put)


async def walked(trail: Trail, place: str) -> tuple[list[str], str]:
    """The documents behind a place, and the last place."""
    names: list[str] = []
    while True:
        stretch = await trail.after(place)
        assert stretch is not None
        names += [step.document_id for step in stretch.steps]
        place = stretch.place
        if not stretch.more:
            return names, place


async def passed(trail: Trail, place: str) -> str:
    """The place behind everything: a store that is at something else tells steps again until that has ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            names, place = await walked(trail, place)
            if not names:
                return place


async def test_what_changed_after_a_place_is_told(given: Given) -> None:
    await given.change("before")
    place = await passed(given.trail, await given.trail.here())

    await given.change("a")
    await given.change("b")
    names, place = await walked(given.trail, place)
    assert names == ["a", "b"]
    place = await passed(given.trail, place)
    await given.change("a")
    names, place = await walked(given.trail, place)
    assert names == ["a"]
    await passed(given.trail, place)


async def test_each_change_of_a_document_has_another_mark(given: Given) -> None:
    place, marks = await given.trail.here(), []
    for _ in range(2):
        await given.change("a")
        stretch = await given.trail.after(place)
        assert stretch is not None
        marks += [step.mark for step in stretch.steps]
    assert len(set(marks)) == len(marks) == 2


@pytest.mark.parametrize("place", ["", "nowhere", "[1]", '["other.1", 999999999999, 0]', "999999999999"])
async def test_a_place_of_elsewhere_is_not_known(given: Given, place: str) -> None:
    await given.change("a")
    assert await given.trail.after(place) is None


async def test_whoever_waits_is_woken_by_a_change(given: Given) -> None:
    await given.trail.waiting()
    waiting = asyncio.create_task(given.trail.waiting())
    await given.change("a")
    async with asyncio.timeout(PATIENCE):
        await waiting


async def test_a_long_way_is_walked_in_stretches() -> None:
    trail = MemoryTrail()
    place = await trail.here()
    names = [str(number) for number in range(STEPS_AT_ONCE + 5)]
    trail.note(*names)
    assert (await walked(trail, place))[0] == names


@pytest.fixture
async def store(postgres_server: PostgresServer) -> AsyncIterator[PostgresStore]:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as opened:
        yield opened


@pytest.mark.postgres
async def test_a_change_that_ends_late_is_not_skipped(store: PostgresStore) -> None:
    database, place = store._database, await store.trail.here()
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database._engine.begin() as connection:
            await leave_step(connection, ["slow"])
            begun.set()
            await may_end.wait()

    late = asyncio.create_task(slow())
    await begun.wait()
    await library_of(store).put(document("quick"), "text")
    first, place = await walked(store.trail, place)
    again, place = await walked(store.trail, place)
    may_end.set()
    await late
    last, place = await walked(store.trail, place)

    # What came while the other was open is told at once, and again until that one has ended.
    assert (first, again, last) == (["quick"], ["quick"], ["slow", "quick"])
    await passed(store.trail, place)


@pytest.mark.postgres
async def test_every_kind_of_change_leaves_a_step(store: PostgresStore) -> None:
    known = await library_of(store).put(document("d1"), "text")
    place = await store.trail.here()

    async def steps() -> list[str]:
        nonlocal place
        names, place = await walked(store.trail, place)
        place = await passed(store.trail, place)
        return names

    place = await passed(store.trail, place)
    await store.catalogue.save(known)
    assert await steps() == []
    moved = document("d1", version=known.version, scope=Scope("workspace:slack:T9"))
    await store.catalogue.save(moved)
    assert await steps() == ["d1"]
    await store.catalogue.forget(["d1", "unknown"])
    assert await steps() == ["d1"]
    await store.catalogue.forget([])
    assert await steps() == []


@pytest.mark.postgres
async def test_many_changes_at_once_are_told_in_stretches(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_trail, "STEPS_AT_ONCE", 3)
    place = await store.trail.here()
    for number in range(8):
        await library_of(store).put(document(f"d{number}"), "text")
    names, place = await walked(store.trail, place)
    assert set(names) == {f"d{number}" for number in range(8)}
    await passed(store.trail, place)


@pytest.mark.postgres
async def test_more_changes_in_one_transaction_than_are_told_at_once_are_too_many(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_trail, "STEPS_AT_ONCE", 3)
    place = await store.trail.here()
    await store._database.write(lambda connection: leave_step(connection, [f"d{number}" for number in range(4)]))
    stretch = await store.trail.after(place)
    while stretch is not None and stretch.more:
        stretch = await store.trail.after(stretch.place)
    assert stretch is None


@pytest.mark.postgres
async def test_old_steps_are_forgotten_and_old_places_not_known(store: PostgresStore) -> None:
    place = await store.trail.here()
    await library_of(store).put(document("d1"), "text")
    old = update(table).values(changed_at=table.c.changed_at - postgres_trail.KEPT)
    await store._database.change(old)
    await library_of(store).put(document("d2"), "text")
    assert (await walked(store.trail, place))[0] == ["d2"]

    name, oldest, at = place.strip("[]").split(", ")
    long_ago = f"[{name}, {oldest}, {int(at) - postgres_trail.FOLLOWED - 60_000_000}]"
    assert await store.trail.after(long_ago) is None


@pytest.mark.postgres
async def test_a_trail_that_was_cut_off_is_another_one(store: PostgresStore) -> None:
    place = await store.trail.here()
    assert await store.trail.after(place) is not None
    await store._database.change(text("TRUNCATE saseo.trail"))
    assert await store.trail.after(place) is None


@pytest.mark.postgres
async def test_whoever_may_only_use_the_database_can_follow_it(postgres_server: PostgresServer) -> None:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        database = store._database
        async with database._engine.begin() as connection:
            await connection.execute(text("CREATE ROLE plain"))
            await connection.execute(text("GRANT USAGE ON SCHEMA saseo TO plain"))
            await connection.execute(text("GRANT SELECT ON saseo.trail TO plain"))
            await connection.execute(text("SET LOCAL ROLE plain"))
            look = postgres_trail.LOOK.bindparams(first=0, most=1)
            assert (await connection.execute(look)).all()
            await connection.rollback()
