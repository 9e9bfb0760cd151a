"""Several processes on one PostgreSQL database: each item has one holder, and what the dead held is taken up."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from core.backends.postgres import PostgresStore, keeper, open_postgres
from core.backends.postgres import changes as changes_module
from core.backends.postgres import inbox as inbox_module
from core.backends.postgres.database import CONNECTIONS
from core.errors import Unavailable
from core.inbox import Accepted
from core.ports import DocumentFilter, Leftover
from core.shares import Share, Shared
from core.types import Passage
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import EVERYBODY, SEAL, SESSION, Clock, document, library_of

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
SILENT = keeper.LEASE_SECONDS + 1
"""Seconds after which a process without a sign of life counts as dead."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def two(server: PostgresServer, clock: Clock | None = None) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    url = await server.emptied()
    async with (
        open_postgres(url, seal=SEAL, clock=clock) as one,
        open_postgres(url, seal=SEAL, clock=clock) as other,
    ):
        yield one, other


def item(number: int = 1) -> Accepted:
    return Accepted(f"slack:T1:C1:{number}", "thread", {"number": number})


async def live(store: PostgresStore, clock: Clock, seconds: float) -> None:
    """Time goes by, and of all processes only this one gives signs of life."""
    for _ in range(round(seconds / 4)):
        await clock.wait(4)
        await store.inbox._keeper.beat()


async def test_of_many_that_take_each_item_goes_to_one(postgres_server: PostgresServer) -> None:
    async with two(postgres_server) as stores:
        accepted = await asyncio.gather(
            *(store.inbox.accept(item(number), holder="") for number in range(60) for store in stores)
        )
        taken = await asyncio.gather(
            *(stores[number % 2].inbox.take("slack:", holder=f"h{number}", limit=5) for number in range(40))
        )

    assert accepted.count(True) == 60
    assert Counter(given.id for group in taken for given in group) == {item(number).id: 1 for number in range(60)}


async def test_what_a_living_process_holds_stays_its_own(postgres_server: PostgresServer, clock: Clock) -> None:
    async with two(postgres_server, clock) as (one, other):
        await one.inbox.accept(item(), holder="one")
        await other.inbox.accept(item(2), holder="other")
        for _ in range(20):
            await clock.wait(4)
            await one.inbox._keeper.beat()
            assert [each.id for each in await other.inbox.take("slack:", holder="other")] == []


async def test_what_a_dead_process_held_is_taken_up_by_another(postgres_server: PostgresServer, clock: Clock) -> None:
    async with two(postgres_server, clock) as (one, other):
        await one.inbox.accept(item(), holder="one")
        await one.inbox.posted(item().id, "m1")
        await other.inbox.accept(item(2), holder="other")
        waiting = asyncio.create_task(other.inbox.waiting("slack:"))
        await live(other, clock, 12)
        assert list(await other.inbox.take("slack:", holder="other")) == []
        await live(other, clock, 8)

        async with asyncio.timeout(PATIENCE):
            await waiting
        (again,) = await other.inbox.take("slack:", holder="other")

    assert (again.id, again.attempt, again.messages) == (item().id, 2, ("m1",))


async def test_after_an_outage_nobody_takes_from_those_who_are_just_coming_back(
    postgres_server: PostgresServer, clock: Clock
) -> None:
    async with two(postgres_server, clock) as (one, other):
        await one.inbox.accept(item(), holder="one")
        await other.inbox.accept(item(2), holder="other")
        await clock.wait(3600)

        assert list(await other.inbox.take("slack:", holder="other")) == []
        await one.inbox._keeper.beat()
        await live(other, clock, 8)
        assert list(await other.inbox.take("slack:", holder="other")) == []


async def test_a_process_that_wakes_up_keeps_what_nobody_took(postgres_server: PostgresServer, clock: Clock) -> None:
    async with two(postgres_server, clock) as (one, other):
        await one.inbox.accept(item(), holder="one")
        await one.inbox.accept(item(2), holder="one")
        await other.inbox.accept(item(3), holder="other")
        await live(other, clock, 2 * SILENT)
        (taken,) = await other.inbox.take("slack:", holder="other", limit=1)

        assert list(await one.inbox.take("slack:", holder="one")) == []
        assert list(await other.inbox.take("slack:", holder="other")) == []
        await one.inbox.written(item(2).id, {"parts": []})
        with pytest.raises(Unavailable) as told:
            await one.inbox.written(taken.id, {"parts": []})

    assert (taken.id, told.value.code) == (item().id, "postgres.taken_over")


async def test_whoever_wakes_up_joins_once(postgres_server: PostgresServer, clock: Clock) -> None:
    async with two(postgres_server, clock) as (one, other):
        await one.inbox.accept(item(), holder="one")
        await other.inbox.accept(item(2), holder="other")
        await live(other, clock, SILENT)
        await other.inbox.take("slack:", holder="other")
        await one.inbox.accept(item(3), holder="one")
        await asyncio.gather(*(one.inbox._keeper.beat() for _ in range(5)))
        await live(one, clock, SILENT)
        await one.inbox.written(item(3).id, {"parts": []})
        assert [each.id for each in await other.inbox.take("slack:", holder="other")] == []


async def test_what_was_given_up_to_another_is_not_held_again_when_that_one_dies(
    postgres_server: PostgresServer, clock: Clock
) -> None:
    url = await postgres_server.emptied()
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(open_postgres(url, seal=SEAL, clock=clock)) for _ in range(3)]
        one, other, third = (store.inbox for store in opened)
        await one.accept(item(), holder="one")
        await other.accept(item(2), holder="other")
        await live(opened[1], clock, SILENT)
        await third.accept(item(3), holder="third")
        assert [each.id for each in await other.take("slack:", holder="other")] == [item().id]
        with pytest.raises(Unavailable):
            await one.written(item().id, {"parts": []})
        await live(opened[2], clock, 2 * SILENT)
        assert list(await third.take("discord:", holder="third")) == []
        await one._keeper.beat()
        assert item().id in [each.id for each in await third.take("slack:", holder="third")]


async def test_signs_of_life_do_not_wait_for_those_who_work(postgres_server: PostgresServer) -> None:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        await store.inbox.accept(item(), holder="one")
        async with AsyncExitStack() as busy:
            for _ in range(CONNECTIONS):
                await busy.enter_async_context(store.inbox._database._engine.connect())
            await store.inbox._keeper.beat()


async def test_what_is_accepted_by_one_wakes_another(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "LOOK_SECONDS", 0.1)
    async with two(postgres_server) as (one, other):
        waiting = asyncio.create_task(other.inbox.waiting("slack:"))
        elsewhere = asyncio.create_task(other.inbox.waiting("discord:"))
        await one.inbox.accept(item(), holder="")
        async with asyncio.timeout(PATIENCE):
            await waiting
        assert not elsewhere.done()
        elsewhere.cancel()
        await asyncio.gather(elsewhere, return_exceptions=True)


async def test_a_process_that_ends_leaves_what_it_held_at_once(postgres_server: PostgresServer) -> None:
    url = await postgres_server.emptied()
    async with open_postgres(url, seal=SEAL) as other:
        async with open_postgres(url, seal=SEAL) as one:
            await one.inbox.accept(item(), holder="one")
            version = await one.journal.begin("d1")
            assert list(await other.journal.leftovers()) == []

        assert [each.id for each in await other.inbox.take("slack:", holder="other")] == [item().id]
        assert await other.journal.leftovers() == [Leftover("d1", version)]


async def test_a_killed_process_is_found_out_by_the_others(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(keeper, "BEAT_SECONDS", 0.2)
    url = await postgres_server.emptied()
    command = [sys.executable, "-m", "tests.integration.postgres_holder", url, "9", "2.0", "0.2"]
    async with open_postgres(url, seal=SEAL) as store:
        await store.inbox.accept(item(), holder="here")
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"9\n"
        assert list(await store.inbox.take("slack:", holder="here")) == []
        process.kill()
        await process.wait()
        async with asyncio.timeout(PATIENCE):
            await store.inbox.waiting("slack:")
        (taken,) = await store.inbox.take("slack:", holder="here")

    assert (taken.id, taken.attempt) == (item(9).id, 2)


async def test_what_was_accepted_by_a_call_that_failed_is_free(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        await store.inbox._keeper.number()
        write = store._database.write

        async def lost(work: object) -> object:
            await write(work)  # type: ignore[arg-type]
            raise Unavailable("postgres.away")

        with monkeypatch.context() as patch:
            patch.setattr(store._database, "write", lost)
            with pytest.raises(Unavailable):
                await store.inbox.accept(item(), holder="one")
        assert not await store.inbox.accept(item(), holder="one")

        (taken,) = await store.inbox.take("slack:", holder="two")
    assert (taken.id, taken.attempt) == (item().id, 2)


async def test_the_last_two_shares_may_go_at_once(postgres_server: PostgresServer) -> None:
    async with two(postgres_server) as (one, other):
        for number in range(20):
            shared = [Shared(Share(SESSION, str(message), "F1"), f"d{number}") for message in range(2)]
            for each in shared:
                await one.shares.add(each.share, each.document_id)
            lost = await asyncio.gather(one.shares.remove(shared[:1]), other.shares.remove(shared[1:]))
            assert [name for names in lost for name in names] == [f"d{number}"]


async def test_what_one_process_changes_another_shows_at_once(postgres_server: PostgresServer) -> None:
    async with two(postgres_server) as (one, other):
        first = await library_of(one).put(document("d1"), "first")
        key = Passage("d1", first.version, 0, "").key
        assert await other.shelves.resolve([key], EVERYBODY)
        assert await other.shelves.resolve([key], EVERYBODY)

        second = await library_of(one).put(document("d1"), "second")

        assert dict(await other.shelves.resolve([key], EVERYBODY)) == {}
        key = Passage("d1", second.version, 0, "").key
        assert (await other.shelves.resolve([key], EVERYBODY))[key][0].text == "second"
        await other.catalogue.forget(["d1"])
        assert dict(await one.shelves.resolve([key], EVERYBODY)) == {}


async def test_writers_of_one_document_leave_one_whole_version(postgres_server: PostgresServer) -> None:
    async with two(postgres_server) as stores:

        async def write(number: int) -> None:
            chance = random.Random(number)
            for _ in range(8):
                store = stores[chance.randrange(2)]
                name = f"d{chance.randrange(2)}"
                if chance.random() < 0.2:
                    await store.catalogue.forget([name])
                else:
                    await library_of(store).put(document(name), *[str(chance.random())] * 5)

        await asyncio.gather(*(write(number) for number in range(8)))

        page = await stores[0].catalogue.page(DocumentFilter())
        leftovers = {leftover.version for leftover in await stores[0].journal.leftovers()}
        for shown in page.documents:
            texts = await library_of(stores[1]).texts(shown.id)
            assert (len(texts), len(set(texts))) == (5, 1)
            assert shown.version not in leftovers


async def test_a_change_that_another_process_noted_is_looked_for(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "LOOK_SECONDS", 0.05)
    async with two(postgres_server) as (one, other):
        await other.changes.waiting()
        await library_of(one).put(document("d1"), "text")
        async with asyncio.timeout(PATIENCE):
            await other.changes.waiting()
        assert [change.document_id for change in await other.changes.pending()] == ["d1"]
