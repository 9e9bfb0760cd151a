"""Sites that are followed stay in step: new pages are found, and those that are gone are looked at."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.scheduler import Scheduler
from core.backends.memory import MemoryStore
from core.discovery import Discovery
from core.errors import Unavailable
from core.followed import Note, without_note
from core.sitemaps import Listed
from core.types import PUBLIC, Document
from tests.integration.following_sites import Followed, followed


@pytest.fixture
async def web() -> AsyncIterator[Followed]:
    async with followed() as web:
        yield web


async def test_looking_at_a_sitemap_again_finds_new_pages_and_has_those_checked_that_are_gone(web: Followed) -> None:
    web.sitemap("/a", "/b", "/c")
    for path in ("/a", "/b", "/c", "/d"):
        web.html(path)
    await web.follow("/sitemap.xml")
    web.world.time += timedelta(minutes=10)
    web.asked()
    web.sitemap("/a", "/d", "/c", dates=("2026-11-22T12:05:00Z", "2026-11-22T12:00:00Z", "2026-11-20T12:00:00Z"))
    added = await web.roots.refresh(await web.root("/sitemap.xml"))
    assert added.changed
    assert web.asked() == ["/sitemap.xml"]
    known = await web.documents()
    due = {path for path, page in known.items() if page.next_check_at and page.next_check_at <= web.world.time}
    assert due == {"/a", "/b", "/d"}, "changed since it was read, listed no more, new"

    del web.site.pages["/b"]
    role = Scheduler(web.roots, web.world.store.catalogue, hosts=web.roots.hosts, clock=web.world.clock)
    await role.look()
    await role.idle()
    known = await web.documents()
    assert sorted(web.asked()) == ["/a", "/b", "/d"]
    assert known["/d"].passage_count == 1
    assert (known["/b"].state, known["/b"].failures) == ("ready", 1), "gone at once is not dead at once"


async def test_a_sitemap_that_has_not_changed_is_not_read(web: Followed) -> None:
    web.sitemap("/a")
    web.site.pages["/sitemap.xml"].etag = '"1"'
    web.html("/a")
    await web.follow("/sitemap.xml")
    before = await web.root("/sitemap.xml")
    added = await web.roots.refresh(before)
    assert not added.changed
    assert web.site.seen[-1].headers["If-None-Match"] == '"1"'
    assert (await web.root("/sitemap.xml")).pace == 1.5 * (before.pace or 0)


async def test_a_sitemap_in_trouble_is_tried_again_and_keeps_what_it_knew(web: Followed) -> None:
    web.sitemap("/a")
    web.html("/a")
    await web.follow("/sitemap.xml")
    web.site.status("/sitemap.xml", 500)
    added = await web.roots.refresh(await web.root("/sitemap.xml"))
    assert isinstance(added.reason, Unavailable)
    web.html("/sitemap.xml")
    added = await web.roots.refresh(await web.root("/sitemap.xml"))
    assert added.reason is not None
    assert added.reason.code == "sitemap.none"
    root = await web.root("/sitemap.xml")
    assert (root.error, root.failures) == (added.reason.text(), 2)
    assert Note.of(root) is not None
    assert (await web.root("/a")).passage_count == 1


async def test_a_page_that_changes_is_looked_through_for_new_links(web: Followed) -> None:
    web.html("/docs/", "one")
    web.html("/docs/one")
    await web.follow("/docs/", depth=2)
    web.html("/docs/one", "two")
    web.html("/docs/two", "three")
    assert (await web.roots.refresh(await web.root("/docs/one"))).changed
    two = await web.root("/docs/two")
    assert (two.passage_count, two.next_check_at) == (0, web.world.time)
    assert (await web.roots.refresh(two)).document.passage_count == 1
    assert "/docs/three" not in await web.documents(), "that would be a step too far"


async def test_a_page_without_a_site_is_looked_at_as_ever(web: Followed) -> None:
    web.html("/a", "/b")
    added = await web.books.add_link(web.site.at("/a"))
    assert not (await web.roots.refresh(added.document)).changed
    assert list(await web.documents()) == ["/a"]


async def test_a_site_whose_root_is_forgotten_is_followed_no_more(web: Followed) -> None:
    web.html("/docs/", "one")
    web.html("/docs/one")
    await web.follow("/docs/", depth=2)
    await web.books.forget([(await web.root("/docs/")).id])
    web.html("/docs/one", "two")
    assert (await web.roots.refresh(await web.root("/docs/one"))).changed
    assert list(await web.documents()) == ["/docs/one"]


async def test_handing_the_root_in_again_alone_ends_following(web: Followed) -> None:
    web.html("/docs/", "one")
    web.html("/docs/one")
    await web.follow("/docs/")
    await web.books.add_link(web.site.at("/docs/"))
    web.html("/docs/", "one", "two")
    await web.roots.refresh(await web.root("/docs/"))
    assert sorted(await web.documents()) == ["/docs/", "/docs/one"]


async def test_a_believable_date_spares_a_page_and_an_unbelievable_one_does_not(web: Followed) -> None:
    for path in ("/a", "/b"):
        web.html(path)
    for dates, asked in (
        (("2026-11-01", "2026-11-02"), []),
        (("2026-11-02", "2026-11-02"), ["/a", "/b"]),
        (("2026-11-02", "2026-11-22T13:00:00Z"), ["/b"]),
    ):
        web.sitemap("/a", "/b", dates=dates)
        await web.follow("/sitemap.xml")
        web.asked()
        await web.follow("/sitemap.xml")
        assert web.asked() == ["/sitemap.xml", *asked]


async def test_a_page_of_a_site_that_is_followed_no_more_leads_nowhere(web: Followed) -> None:
    web.html("/docs/", "one")
    web.html("/docs/one")
    await web.follow("/docs/", depth=2)
    await web.books.add_link(web.site.at("/docs/"))
    web.html("/docs/one", "two")
    await web.roots.refresh(await web.root("/docs/one"))
    assert sorted(await web.documents()) == ["/docs/", "/docs/one"]


async def test_an_unchanged_page_may_still_have_a_sitemap_with_news(web: Followed) -> None:
    web.site.page("/robots.txt", f"Sitemap: {web.site.at('/map.xml')}")
    web.sitemap(at="/map.xml")
    web.html("/docs/")
    web.site.pages["/docs/"].etag = '"1"'
    await web.follow("/docs/")
    web.sitemap("/docs/new", "/elsewhere", at="/map.xml")
    assert not (await web.roots.refresh(await web.root("/docs/"))).changed
    assert sorted(await web.documents()) == ["/docs/", "/docs/new"]


async def test_pages_that_were_found_further_down_are_not_gone_from_the_sitemap(web: Followed) -> None:
    web.sitemap("/a", "/b")
    web.html("/a", "/deep")
    web.html("/b")
    web.html("/deep")
    await web.follow("/sitemap.xml", depth=2)
    web.sitemap("/a")
    for _ in range(2):
        await web.roots.refresh(await web.root("/sitemap.xml"))
        known = await web.documents()
        assert [path for path, page in known.items() if page.next_check_at == web.world.time] == ["/b"]


async def test_what_is_noted_for_following_is_told_to_nobody(web: Followed) -> None:
    web.sitemap("/a")
    web.html("/a")
    await web.follow("/sitemap.xml")
    page = await web.root("/a")
    assert Note.of(page) is not None
    assert without_note({**page.metadata, "source": "x"}) == {"source": "x"}


async def test_a_link_that_is_handed_in_at_the_same_moment_is_not_overwritten() -> None:
    store = MemoryStore()

    class Meanwhile:
        """Somebody else is quicker."""

        async def begin(self, document_id: str) -> int:
            first = await store.journal.begin(document_id)
            await store.catalogue.save(Document(document_id, "theirs", "link:x", PUBLIC, version=first), [])
            return await store.journal.begin(document_id)

        leftovers = store.journal.leftovers
        swept = store.journal.swept

    discovery = Discovery(catalogue=store.catalogue, shelves=store.shelves, journal=Meanwhile())
    found = await discovery.shell(Document("d", "ours", "link:x", PUBLIC))
    assert found.title == "theirs"
    assert await store.journal.leftovers() == []


async def test_nothing_is_written_down_for_a_site_that_was_forgotten(web: Followed) -> None:
    store = web.world.store
    discovery = Discovery(catalogue=store.catalogue, shelves=store.shelves, journal=store.journal)
    root = Document("r", "r", "link:r", PUBLIC, metadata=Note("r", 1, 9, area="https://a/").on({}))
    assert await discovery.expect(root, Listed({"https://a/1": None}), depth=0, due=web.world.time) == []
    assert await web.documents() == {}
