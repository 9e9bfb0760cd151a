"""The scheduler is polite to every host, and fair between them."""

import asyncio
from datetime import timedelta

import pytest

from bot import scheduler as module
from bot.scheduler import Scheduler
from core.backends.web import WebFetcher
from core.errors import Unavailable
from tests.fakes.site import Site
from tests.integration.scheduling import World, library, scheduler


@pytest.fixture
def world() -> World:
    return World()


async def test_a_host_is_asked_so_often_in_a_minute_and_no_more(world: World) -> None:
    for number in range(7):
        await world.link(f"link{number}", url=f"https://example.com/{number}")
    await world.link("other")
    role = scheduler(world, per_minute=3)

    async def looked() -> list[str]:
        began = len(world.began)
        await role.look()
        await role.idle()
        return world.began[began:]

    assert {len(await looked()), len(await looked())} == {4, 0}
    assert len(await looked()) == 0
    world.time += timedelta(minutes=1)
    assert len(await looked()) == 3
    world.time += timedelta(minutes=1)
    assert len(await looked()) == 1


async def test_a_check_that_waited_for_its_turn_respects_the_minute_too(world: World) -> None:
    for number in range(4):
        await world.link(f"link{number}", url=f"https://example.com/{number}")
    world.go.clear()
    role = scheduler(world, per_minute=4)
    await role.look()
    await world.until(lambda: world.began)
    role._asked["example.com"] = 3
    world.go.set()
    await role.idle()

    assert len(world.ended) == 2


async def test_a_host_with_many_links_hides_nobody_elses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PAGE", 5), ("LOOKED_AT", 10), ("WAITING_HERE", 2)):
        monkeypatch.setattr(module, name, value)
    for number in range(30):
        await world.link(f"slow{number}", url=f"https://slow.example.com/{number}", due=timedelta(hours=-1))
        world.stuck.add(f"slow{number}")
    await world.link("quick")
    role = scheduler(world, drain=0)
    for _ in range(4):
        await role.look()
    await world.until(lambda: world.ended)

    assert world.ended == ["quick"]
    assert len([task for task in asyncio.all_tasks() if task.get_name().startswith("refresh ")]) == 2
    for _ in range(4):
        await role.look()
    await role._drain()
    assert role._here == {}


async def test_a_host_that_asks_to_be_left_alone_is_left_alone_with_all_its_links(world: World) -> None:
    async with Site() as site:
        for number in range(10):
            site.status(f"/{number}", 429, Retry_After="600")
            await world.link(f"link{number}", url=site.at(f"/{number}"))
        async with WebFetcher(max_bytes=1000, timeout=5, allow_private_hosts=("127.0.0.1",)) as fetcher:
            books = library(world, fetcher)
            role = Scheduler(books, world.store.catalogue, clock=world.clock)

            async def looked() -> int:
                before = len(site.paths)
                await role.look()
                await role.idle()
                return len(site.paths) - before

            assert [await looked() for _ in range(3)] == [1, 0, 0]
            world.time += timedelta(seconds=599)
            assert await looked() == 0
            for number in range(10):
                site.page(f"/{number}", "text")
            world.time += timedelta(seconds=1)
            assert await looked() == 10


async def test_a_host_that_asks_to_be_left_alone_keeps_nobody_else_waiting(world: World) -> None:
    for number in range(5):
        await world.link(f"busy{number}", url=f"https://busy.example.com/{number}", due=timedelta(hours=-1))
        world.reasons[f"busy{number}"] = Unavailable(
            "fetch.server", host="busy.example.com", status=503, retry_after=60.0
        )
    await world.link("other")
    role = scheduler(world)
    await role.look()
    await role.idle()

    assert sorted(world.ended) == ["busy0", "other"]
