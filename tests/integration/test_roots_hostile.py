"""Hostile sitemaps lead nowhere, and cost little."""

import gzip
from collections.abc import AsyncIterator

import pytest

from core import sitemaps
from core.errors import Refused
from tests.fakes.site import Site
from tests.integration.following_sites import HEAD, Followed, followed, outcomes


@pytest.fixture
async def web() -> AsyncIterator[Followed]:
    async with followed() as web:
        web.html("/a")
        yield web


async def refusal(web: Followed) -> str:
    with pytest.raises(Refused) as refused:
        await web.follow("/sitemap.xml")
    assert await web.documents() == {}
    return refused.value.code


async def test_a_bomb_of_entities_is_refused(web: Followed) -> None:
    bombs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    web.site.page("/sitemap.xml", f'<!DOCTYPE u [<!ENTITY a0 "ha">{bombs}]><urlset><url><loc>&a9;</loc></url></urlset>')
    assert await refusal(web) == "sitemap.entities"


async def test_a_gigabyte_that_travels_as_a_megabyte_is_refused(web: Followed) -> None:
    packed = gzip.compress(HEAD.encode() + b" " * 1024**2 * 60, 1)
    web.site.page("/sitemap.xml", packed, Content_Type="application/gzip")
    assert await refusal(web) == "sitemap.too_large"
    web.site.bomb("/sitemap.xml", size=60 * 1024**2)
    assert await refusal(web) == "fetch.too_large"


async def test_an_index_that_names_itself_ends(web: Followed) -> None:
    def index(*paths: str) -> str:
        entries = "".join(f"<sitemap><loc>{web.site.at(path)}</loc></sitemap>" for path in paths)
        return f"<sitemapindex>{entries}</sitemapindex>"

    web.site.page("/sitemap.xml", index("/sitemap.xml", "/other.xml", "/sitemap.xml#again"))
    web.site.page("/other.xml", index("/sitemap.xml", "/other.xml", "/pages.xml"))
    web.sitemap("/a", at="/pages.xml")
    assert outcomes(await web.follow("/sitemap.xml"), web.site) == {"/sitemap.xml": "added", "/a": "added"}
    assert web.asked() == ["/sitemap.xml", "/other.xml", "/pages.xml", "/a"]


async def test_an_index_without_end_is_left_after_a_few(web: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_SITEMAPS", 5)
    entries = "".join(f"<sitemap><loc>{web.site.at(f'/{number}.xml')}</loc></sitemap>" for number in range(1000))
    web.site.page("/sitemap.xml", f"<sitemapindex>{entries}</sitemapindex>")
    await web.follow("/sitemap.xml")
    assert len(web.asked()) == 6


async def test_a_host_that_asks_to_be_left_alone_is_asked_for_no_further_sitemap(web: Followed) -> None:
    entries = "".join(f"<sitemap><loc>{web.site.at(f'/{number}.xml')}</loc></sitemap>" for number in range(9))
    web.site.page("/sitemap.xml", f"<sitemapindex>{entries}</sitemapindex>")
    web.sitemap("/a", at="/0.xml")
    web.site.status("/1.xml", 503, Retry_After="60")
    assert outcomes(await web.follow("/sitemap.xml"), web.site) == {"/sitemap.xml": "added", "/a": "waiting"}
    assert web.asked() == ["/sitemap.xml", "/0.xml", "/1.xml"]


async def test_millions_of_pages_are_no_more_than_asked_for(web: Followed) -> None:
    piece = f"<url><loc>{web.site.at('/')}%d</loc></url>"
    many = gzip.compress((HEAD + "".join(piece % number for number in range(60_000))).encode(), 1)
    web.site.page("/sitemap.xml", many, Content_Type="application/gzip")
    visits = await web.follow("/sitemap.xml", most=3, seconds=0)
    assert len(visits) == 4
    assert len(await web.documents()) == 4


async def test_foreign_hosts_other_ports_and_private_addresses_are_not_asked(web: Followed) -> None:
    async with Site() as other:
        other.page("/a", "secret")
        strangers = (
            other.at("/a"),
            "http://169.254.169.254/latest/meta-data/",
            "http://127.0.0.2/a",
            "http://[::1]/a",
            "https://other.example.com/a",
            f"http://user:word@127.0.0.1:{web.site.port}/a",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "http://[broken",
            f"http://127.0.0.1:{web.site.port}/x/../../a",
        )
        locs = "".join(f"<url><loc>{url}</loc></url>" for url in (*strangers, web.site.at("/a")))
        web.site.page("/sitemap.xml", f"{HEAD}{locs}</urlset>")
        assert outcomes(await web.follow("/sitemap.xml"), web.site) == {"/sitemap.xml": "added", "/a": "added"}
        web.html("/docs/", *strangers, "/docs/a")
        web.html("/docs/a")
        assert list(outcomes(await web.follow("/docs/"), web.site)) == ["/docs/", "/docs/a"]
        assert other.connections == 0


async def test_a_page_of_the_site_that_passes_on_to_a_private_address_is_refused(web: Followed) -> None:
    web.sitemap("/trap", "/a")
    web.site.redirect("/trap", "http://127.0.0.2/secret")
    assert outcomes(await web.follow("/sitemap.xml"), web.site) == {
        "/sitemap.xml": "added",
        "/trap": "fetch.private",
        "/a": "added",
    }
    assert sorted(await web.documents()) == ["/a", "/sitemap.xml"]
