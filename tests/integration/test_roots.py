"""Sites that are followed: their pages become links of their own, and stay in step with the site."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.scheduler import Scheduler
from core.errors import Refused
from core.roots import OURS
from core.types import PUBLIC
from tests.integration.following_sites import Followed, followed, outcomes


@pytest.fixture
async def web() -> AsyncIterator[Followed]:
    async with followed() as web:
        yield web


async def test_the_pages_of_a_sitemap_become_links_of_their_own(web: Followed) -> None:
    web.sitemap("/a", "/b", "/missing", "/private/c")
    web.html("/a", "/unlisted")
    web.html("/b")
    web.site.page("/robots.txt", "User-agent: *\nDisallow: /private\n")
    visits = await web.follow("/sitemap.xml")
    assert outcomes(visits, web.site) == {
        "/sitemap.xml": "added",
        "/a": "added",
        "/b": "added",
        "/missing": "fetch.gone",
        "/private/c": "fetch.robots",
    }
    assert [visit.total for visit in visits] == [5] * 5
    known = await web.documents()
    assert sorted(known) == ["/a", "/b", "/sitemap.xml"]
    for path in ("/a", "/b"):
        assert known[path].origin == f"link:{web.site.at(path)}"
        assert known[path].scope == PUBLIC
        assert known[path].passage_count == 1
        assert known[path].next_check_at is not None
    assert known["/sitemap.xml"].passage_count == 0
    assert web.asked() == ["/sitemap.xml", "/a", "/b", "/missing"]


async def test_an_index_of_packed_and_plain_sitemaps_is_walked(web: Followed) -> None:
    index = "".join(
        f"<sitemap><loc>{web.site.at(path)}</loc></sitemap>" for path in ("/1.xml.gz", "/2.txt", "/gone.xml")
    )
    web.site.page("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>")
    web.sitemap("/a", at="/1.xml")
    web.site.page("/1.xml.gz", gzip.compress(web.site.pages["/1.xml"].body))
    web.site.page("/2.txt", f"{web.site.at('/b')}\n")
    web.html("/a")
    web.html("/b")
    assert outcomes(await web.follow("/sitemap.xml"), web.site) == dict.fromkeys(("/sitemap.xml", "/a", "/b"), "added")


@pytest.mark.parametrize("path", ["/", "/robots.txt"])
async def test_robots_txt_names_the_sitemaps_of_a_site(web: Followed, path: str) -> None:
    web.site.page("/robots.txt", f"Sitemap: {web.site.at('/map.xml')}\nSitemap: https://other.example.com/map.xml\n")
    web.sitemap("/a", at="/map.xml")
    web.html("/", "/b")
    for page in ("/a", "/b"):
        web.html(page)
    found = outcomes(await web.follow(path), web.site)
    assert found["/a"] == "added"
    assert ("/b" in found) is (path == "/")


async def test_links_below_a_page_are_followed_as_many_steps_as_asked(web: Followed) -> None:
    web.html("/docs/", "one", "/elsewhere", "https://other.example.com/docs/x", "#top", "/docs/index.html")
    web.html("/docs/one", "/docs/two", "/docs/")
    web.html("/docs/two", "/docs/three")
    web.html("/docs/three", "/docs/four")
    assert list(outcomes(await web.follow("/docs/", depth=2), web.site)) == ["/docs/", "/docs/one", "/docs/two"]
    assert web.asked() == ["/docs/", "/docs/one", "/docs/two"]
    again = outcomes(await web.follow("/docs/", depth=3), web.site)
    assert again == {"/docs/": "unchanged", "/docs/one": "unchanged", "/docs/two": "unchanged", "/docs/three": "added"}


async def test_only_so_many_pages_are_taken(web: Followed) -> None:
    paths = [f"/{number}" for number in range(10)]
    web.sitemap(*paths)
    for path in paths:
        web.html(path)
    assert list(outcomes(await web.follow("/sitemap.xml", most=3), web.site)) == ["/sitemap.xml", "/0", "/1", "/2"]
    assert list(outcomes(await web.follow("/sitemap.xml", most=4), web.site)) == [
        "/sitemap.xml",
        "/0",
        "/1",
        "/2",
        "/3",
    ]


async def test_a_link_that_somebody_handed_in_stays_as_it_is(web: Followed) -> None:
    web.sitemap("/a")
    web.html("/a")
    before = (await web.books.add_link(web.site.at("/a"), refresh_seconds=60)).document
    web.asked()
    assert outcomes(await web.follow("/sitemap.xml"), web.site)["/a"] == "unchanged"
    assert await web.root("/a") == before
    assert web.asked() == ["/sitemap.xml"]


async def test_a_text_that_turns_out_to_be_a_sitemap_loses_its_passages(web: Followed) -> None:
    web.site.page("/list.txt", web.site.at("/a"), Content_Type="text/plain")
    web.html("/a")
    assert (await web.books.add_link(web.site.at("/list.txt"))).document.passage_count == 1
    await web.follow("/list.txt")
    assert (await web.root("/list.txt")).passage_count == 0


async def test_where_the_link_itself_cannot_be_read_nothing_is_known(web: Followed) -> None:
    with pytest.raises(Refused) as refused:
        await web.follow("/none")
    assert refused.value.code == "fetch.gone"
    assert await web.documents() == {}


async def test_a_host_is_asked_for_one_page_at_a_time(web: Followed) -> None:
    paths = [f"/{number}" for number in range(5)]
    web.sitemap(*paths)
    for path in paths:
        web.html(path)
    role = Scheduler(web.roots, web.world.store.catalogue, hosts=web.roots.hosts, clock=web.world.clock)
    for path in paths[3:]:
        added = await web.books.add_link(web.site.at(path))
        await web.world.store.catalogue.save(replace(added.document, next_check_at=web.world.time))
    web.site.most_at_once = 0
    following = asyncio.create_task(web.follow("/sitemap.xml"))
    await role.look()
    await role.idle()
    await following
    assert web.site.most_at_once == 1


async def test_when_the_time_is_up_the_rest_is_left_to_the_background(web: Followed) -> None:
    web.sitemap("/a", "/b")
    for path in ("/a", "/b"):
        web.html(path)
    assert outcomes(await web.follow("/sitemap.xml", seconds=0), web.site) == {
        "/sitemap.xml": "added",
        "/a": "waiting",
        "/b": "waiting",
    }
    assert (await web.root("/a")).passage_count == 0
    role = Scheduler(web.roots, web.world.store.catalogue, hosts=web.roots.hosts, clock=web.world.clock)
    await role.look()
    await role.idle()
    assert (await web.root("/a")).passage_count == 0, "whoever waits may still be at it"
    web.world.time += OURS
    await role.look()
    await role.idle()
    assert (await web.root("/a")).passage_count == 1


async def test_whoever_stops_waiting_leaves_the_rest_to_the_background(web: Followed) -> None:
    web.sitemap("/a", "/b")
    web.html("/a")
    web.html("/b")
    visits = web.roots.follow(web.site.at("/sitemap.xml"), depth=1, most=10)
    async for _ in visits:
        break
    await visits.aclose()
    assert {path: page.passage_count for path, page in (await web.documents()).items()} == {
        "/sitemap.xml": 0,
        "/a": 0,
        "/b": 0,
    }


async def test_a_host_that_asks_to_be_left_alone_is_left_alone(web: Followed) -> None:
    web.sitemap("/a", "/b", "/c")
    web.html("/a")
    web.site.status("/b", 429, Retry_After="600")
    found = outcomes(await web.follow("/sitemap.xml"), web.site)
    assert found == {"/sitemap.xml": "added", "/a": "added", "/b": "fetch.server", "/c": "waiting"}
    assert "/b" in await web.documents(), "it may come back"


async def test_a_page_that_is_forgotten_meanwhile_is_told_of(web: Followed) -> None:
    web.sitemap("/a")
    web.html("/a")
    visits = web.roots.follow(web.site.at("/sitemap.xml"), depth=1, most=10)
    first = await anext(visits)
    await web.books.forget([(await web.root("/a")).id])
    assert outcomes([first, await anext(visits)], web.site)["/a"] == "library.unknown"
    await visits.aclose()
