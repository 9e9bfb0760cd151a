"""The scheduler against a catalogue in memory, a library that records, and a site that speaks the wire."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot import scheduler as module
from bot.scheduler import Scheduler
from core.backends.web import WebFetcher
from core.errors import Unavailable
from core.ports import DocumentFilter
from core.refresh import Rhythm, after_success
from tests.fakes.site import Site
from tests.integration.scheduling import HOUR, Troubled, World, library, running, scheduler


@pytest.fixture
def world() -> World:
    return World()


async def test_links_that_are_due_are_checked_at_once_and_the_others_left_alone(world: World) -> None:
    await world.link("due")
    await world.link("overdue", due=timedelta(days=-3))
    await world.link("later", due=timedelta(seconds=1))
    await world.link("never", due=None)
    async with running(scheduler(world)):
        await world.until(lambda: len(world.ended) == 2)
    assert sorted(world.began) == ["due", "overdue"]


async def test_a_link_is_checked_again_at_the_tick_after_it_is_due(world: World) -> None:
    await world.link("a")
    async with running(scheduler(world, tick=0.05)):
        await world.until(lambda: len(world.ended) == 1)
        world.time += timedelta(hours=2)
        await world.until(lambda: len(world.ended) == 2)
    assert world.began == ["a", "a"]


async def test_only_so_many_links_are_checked_at_once(world: World) -> None:
    for number in range(20):
        await world.link(f"link{number}")
    async with running(scheduler(world, concurrency=3)):
        await world.until(lambda: len(world.ended) == 20)
    assert world.most_at_once["all"] == 3


async def test_a_host_is_asked_for_one_page_at_a_time_and_holds_up_nobody_else(world: World) -> None:
    for number in range(10):
        await world.link(f"slow{number}", url=f"https://Slow.example.com/{number}")
        world.stuck.add(f"slow{number}")
    await world.link("quick")
    await world.link("other")
    async with running(scheduler(world, concurrency=2, drain=0)):
        await world.until(lambda: {"quick", "other"} <= set(world.ended) and world.at_once.get("Slow.example.com"))
    assert world.most_at_once["Slow.example.com"] == 1


async def test_a_host_may_be_asked_for_more_where_that_is_set(world: World) -> None:
    for number in range(6):
        await world.link(f"a{number}", url=f"https://example.com/{number}")
    async with running(scheduler(world, concurrency=4, per_host=2)):
        await world.until(lambda: len(world.ended) == 6)
    assert world.most_at_once["example.com"] == 2


async def test_a_document_is_never_checked_twice_at_once(world: World) -> None:
    await world.link("a")
    world.go.clear()
    role = scheduler(world)
    async with running(role):
        await world.until(lambda: world.began)
        for _ in range(3):
            await role.look()
        world.go.set()
        await world.until(lambda: world.ended)
        await role.look()
    assert world.began == ["a"]
    assert world.most_at_once["a"] == 1


async def test_a_document_that_was_deleted_or_checked_while_it_waited_is_left_alone(world: World) -> None:
    for name in ("first", "deleted", "checked", "switched_off", "still"):
        await world.link(name, url=f"https://example.com/{name}")
    order = await world.store.catalogue.due(world.time)
    world.go.clear()
    async with running(scheduler(world)):
        await world.until(lambda: world.began)
        waiting = [document for document in order if document.id not in world.began]
        await world.store.catalogue.forget([waiting[0].id])
        for document, seconds in ((waiting[1], HOUR), (waiting[2], 0)):
            await world.store.catalogue.save(
                after_success(document, now=world.time, rhythm=Rhythm(seconds), changed=False)
            )
        world.go.set()
        await world.until(lambda: waiting[3].id in world.ended)
    assert world.began == [order[0].id, waiting[3].id]


async def test_a_check_that_fails_does_not_stop_the_others_and_rests_for_an_hour(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bug", "away", "fine"):
        await world.link(name)
    world.errors = {"bug": KeyError("secret text"), "away": Unavailable("fetch.unreachable", host="example.com")}
    role = scheduler(world, tick=0.05)
    with caplog.at_level(logging.WARNING, logger="bot.scheduler"):
        async with running(role) as task:
            await world.until(lambda: len(world.ended) == 3)
            await role.look()
            world.time += timedelta(minutes=59)
            await role.look()
            assert len(world.began) == 3
            world.time += timedelta(minutes=2)
            await world.until(lambda: len(world.ended) >= 5)
            assert not task.done()
    assert sorted(world.began[:5]) == ["away", "away", "bug", "bug", "fine"]
    assert {record.getMessage() for record in caplog.records} == {
        "document bug could not be checked",
        "document away could not be checked: fetch.unreachable",
    }
    assert any(record.exc_info for record in caplog.records)


async def test_a_link_that_is_none_is_checked_like_any_other(world: World) -> None:
    await world.link("broken", url="https://[broken")
    async with running(scheduler(world)):
        await world.until(lambda: world.ended)
    assert world.ended == ["broken"]


async def test_more_links_than_a_page_are_all_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 7)
    for number in range(30):
        await world.link(f"link{number}")
    async with running(scheduler(world)):
        await world.until(lambda: len(world.ended) == 30)
    assert len(set(world.began)) == 30


async def test_only_so_many_links_wait_and_the_others_come_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "WAITING", 10)
    for number in range(23):
        await world.link(f"link{number}", url=f"https://example.com/{number}")
    world.go.clear()
    role = scheduler(world, tick=0.05)
    async with running(role):
        await world.until(lambda: world.began)
        await role.look()
        assert len([task for task in asyncio.all_tasks() if task.get_name().startswith("refresh ")]) == 10
        world.go.set()
        await world.until(lambda: len(world.ended) == 23)
    assert len(set(world.began)) == 23


class TestTheEnd:
    async def test_lets_checks_under_way_finish_and_begins_no_other(self, world: World) -> None:
        for name in ("a", "b", "c"):
            await world.link(name, url=f"https://example.com/{name}")
        world.go.clear()
        task = asyncio.create_task(scheduler(world).run())
        await world.until(lambda: world.began)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        world.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(world.began) == 1
        assert (await world.find(world.began[0])).read_at == world.time
        waiting = await world.store.catalogue.page(DocumentFilter(due_before=world.time))
        assert waiting.total == 2

    async def test_ends_a_check_that_takes_longer_than_the_drain(self, world: World) -> None:
        await world.link("stuck")
        world.stuck.add("stuck")
        async with asyncio.timeout(3), running(scheduler(world, drain=0.05)):
            await world.until(lambda: world.began)
        assert world.ended == ["stuck"]

    async def test_is_immediate_when_nothing_is_under_way(self, world: World) -> None:
        async with asyncio.timeout(3), running(scheduler(world, drain=60)):
            await asyncio.sleep(0)

    async def test_asked_for_twice_waits_no_longer(self, world: World) -> None:
        await world.link("stuck")
        world.stuck.add("stuck")
        task = asyncio.create_task(scheduler(world, drain=60).run())
        await world.until(lambda: world.began)
        async with asyncio.timeout(3):
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0.01)
            with pytest.raises(asyncio.CancelledError):
                await task
        assert world.ended == ["stuck"]


async def test_a_catalogue_that_is_away_is_asked_again_at_the_next_tick(world: World) -> None:
    await world.link("a")
    catalogue = Troubled(world, [Unavailable("fetch.unreachable", host="catalogue")])
    async with running(Scheduler(world, catalogue, tick_seconds=0.05, clock=world.clock)):
        await world.until(lambda: world.ended)


async def test_a_bug_in_the_catalogue_ends_the_role_loudly(world: World) -> None:
    with pytest.raises(KeyError):
        await Scheduler(world, Troubled(world, [KeyError("bug")]), clock=world.clock).run()


async def test_a_page_is_read_again_when_it_changes_and_dies_when_it_disappears(world: World) -> None:
    async with (
        Site() as site,
        WebFetcher(max_bytes=1000, timeout=5, allow_private_hosts=["127.0.0.1"]) as fetcher,
    ):
        page = site.page("/a", "Leave is 25 days.")
        page.etag = '"v1"'
        shelf = library(world, fetcher)
        role = Scheduler(shelf, world.store.catalogue, clock=world.clock)
        document = (await shelf.add_link(site.at("/a"))).document

        async def check() -> str:
            """Moves the clock to the next check and gives the text that is known after it."""
            nonlocal document
            assert document.next_check_at is not None
            world.time = document.next_check_at
            await role.look()
            await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("refresh ")))
            document = await world.find(document.id)
            return " ".join(passage.text for passage in await world.store.shelves.passages(document.id))

        assert await check() == "Leave is 25 days."
        page.body, page.etag = b"Leave is 30 days.", '"v2"'
        assert await check() == "Leave is 30 days."
        del site.pages["/a"]
        for failures in range(1, 6):
            assert await check() == "Leave is 30 days."
            assert document.failures == failures
        assert (document.state, document.next_check_at) == ("dead", None)
        world.time += timedelta(days=400)
        await role.look()
        assert [seen.headers.get("If-None-Match") for seen in site.seen if seen.path == "/a"] == [
            None,
            '"v1"',
            '"v1"',
            *['"v2"'] * 5,
        ]
