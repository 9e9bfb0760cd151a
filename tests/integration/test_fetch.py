"""Fetching pages from a site that speaks the wire: content, compression, bounds."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from core.backends.web.body import STEP
from core.backends.web.fetch import AT_ONCE, WebFetcher
from core.ports import Fetcher
from tests.fakes.network import speaker
from tests.fakes.site import Site
from tests.integration.fetching import HERE, LIMIT, fault, refusal


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def fetcher() -> AsyncIterator[WebFetcher]:
    async with WebFetcher(max_bytes=LIMIT, timeout=5, allow_private_hosts=HERE, user_agent="Saseo/1.0") as fetcher:
        yield fetcher


class TestAPage:
    async def test_comes_with_its_type_name_and_validators(self, site: Site, fetcher: Fetcher) -> None:
        page = site.page("/docs/handbook.html", "<p>hi</p>", Content_Type="Text/HTML; charset=euc-kr")
        page.etag, page.modified = '"v1"', "Wed, 21 Oct 2026 07:28:00 GMT"
        fetched = await fetcher.fetch(site.at("/docs/handbook.html#part"))
        assert fetched.data == b"<p>hi</p>"
        assert fetched.url == site.at("/docs/handbook.html")
        assert (fetched.media_type, fetched.name) == ("text/html", "handbook.html")
        assert (fetched.etag, fetched.modified) == (page.etag, page.modified)
        assert fetched.headers["content-type"] == "Text/HTML; charset=euc-kr"

    async def test_that_has_not_changed_comes_without_data(self, site: Site, fetcher: Fetcher) -> None:
        page = site.page("/a", "text")
        page.etag, page.modified = '"v1"', "Wed, 21 Oct 2026 07:28:00 GMT"
        assert (await fetcher.fetch(site.at("/a"), etag='"v1"')).data is None
        assert (await fetcher.fetch(site.at("/a"), modified=page.modified)).data is None
        assert (await fetcher.fetch(site.at("/a"), etag='"v0"', modified=page.modified)).data == b"text"

    async def test_with_a_validator_that_cannot_be_sent_comes_whole(self, site: Site, fetcher: Fetcher) -> None:
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"), etag='"한"', modified="x\r\nCookie: y")).data == b"text"
        assert "Cookie" not in site.seen[-1].headers

    async def test_is_asked_for_without_cookies_credentials_or_a_language(self, site: Site, fetcher: Fetcher) -> None:
        site.redirect("/a", "/b")
        site.pages["/a"].headers["Set-Cookie"] = "id=1"
        site.page("/b", "text")
        await fetcher.fetch(site.at("/a"))
        asked = site.seen[-1]
        assert asked.path == "/b"
        assert set(asked.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
        assert asked.headers["User-Agent"] == "Saseo/1.0"

    async def test_ignores_proxies_of_the_environment(
        self, site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"))).data == b"text"

    @pytest.mark.parametrize(
        ("headers", "path", "name"),
        [
            ({}, "/", ""),
            ({}, "/%ED%9C%B4%EA%B0%80.pdf?x=1", "휴가.pdf"),
            ({}, "/..%2F..%2Fetc%2Fpasswd", "passwd"),
            ({"Content-Disposition": 'attachment; filename="a b.pdf"'}, "/x", "a b.pdf"),
            ({"Content-Disposition": "attachment; filename*=UTF-8''%ED%9C%B4%EA%B0%80.pdf"}, "/x", "휴가.pdf"),
            ({"Content-Disposition": 'attachment; filename="휴가.pdf"'}, "/x", "휴가.pdf"),
            ({"Content-Disposition": 'attachment; filename="%ED%9C%B4%EA%B0%80.pdf"'}, "/x", "휴가.pdf"),
            ({"Content-Disposition": 'attachment; filename="..\\\\..\\\\boot.ini"'}, "/x", "boot.ini"),
            ({"Content-Disposition": 'attachment; filename="../../.ssh/keys"'}, "/x", "keys"),
            ({"Content-Disposition": "inline"}, "/x.txt", "x.txt"),
            ({"Content-Disposition": f'attachment; filename="{"n" * 400}.pdf"'}, "/x", "n" * 150),
        ],
    )
    async def test_has_a_safe_name(
        self, site: Site, fetcher: Fetcher, headers: dict[str, str], path: str, name: str
    ) -> None:
        async def any_page(request: object) -> web.StreamResponse:
            return web.Response(body=b"x", headers=headers)

        for known in ("/", "/x", "/x.txt", "/휴가.pdf", "/../../etc/passwd"):
            site.handlers[known] = any_page
        assert (await fetcher.fetch(site.at(path))).name == name

    async def test_with_a_name_in_cp949_keeps_it(self, fetcher: Fetcher) -> None:
        async with speaker(
            b"HTTP/1.1 200 OK\r\nContent-Type: nonsense\r\nX: \x80\xff\r\n"
            b'Content-Disposition: attachment; filename="' + "휴가.hwp".encode("cp949") + b'"\r\n'
            b"Content-Length: 1\r\n\r\nx"
        ) as port:
            fetched = await fetcher.fetch(f"http://127.0.0.1:{port}/")
        assert fetched.name == "휴가.hwp"
        assert fetched.media_type is None


class TestCompression:
    async def test_gzip_is_unpacked(self, site: Site, fetcher: Fetcher) -> None:
        packed = gzip.compress(b"hello ") + gzip.compress(b"world" * 200_000)[:0] + gzip.compress(b"world") + b"\0\0"
        site.page("/a", packed, Content_Encoding="gzip")
        assert (await fetcher.fetch(site.at("/a"))).data == b"hello world"

    async def test_a_bomb_is_refused_before_it_is_unpacked(self, site: Site, fetcher: Fetcher) -> None:
        site.bomb("/a", size=200 * LIMIT)
        tracemalloc.start()
        try:
            assert (await refusal(fetcher.fetch(site.at("/a")))).code == "fetch.too_large"
            assert tracemalloc.get_traced_memory()[1] < 5 * LIMIT
        finally:
            tracemalloc.stop()

    async def test_unpacking_a_large_page_leaves_the_event_loop_free(self, site: Site) -> None:
        site.bomb("/a", size=40 * LIMIT)
        turns = 0

        async def watch() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async with WebFetcher(max_bytes=50 * LIMIT, timeout=30, allow_private_hosts=HERE) as fetcher:
            watching = asyncio.create_task(watch())
            fetched = await fetcher.fetch(site.at("/a"))
            watching.cancel()
        assert fetched.data == bytes(40 * LIMIT)
        assert turns >= 40 * LIMIT // STEP

    async def test_a_gzip_file_that_is_the_page_itself_stays_packed(self, site: Site, fetcher: Fetcher) -> None:
        data = gzip.compress(b"x")
        site.page("/a.gz", data, Content_Type="application/gzip")
        assert (await fetcher.fetch(site.at("/a.gz"))).data == data

    @pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"hello" * 100)[:-9], b""])
    async def test_damaged_gzip_is_a_fault_of_the_site(self, site: Site, fetcher: Fetcher, body: bytes) -> None:
        site.page("/a", body, Content_Encoding="gzip")
        assert (await fault(fetcher.fetch(site.at("/a")))).code == "fetch.broken"

    @pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
    async def test_an_encoding_that_was_not_asked_for_is_refused(
        self, site: Site, fetcher: Fetcher, encoding: str
    ) -> None:
        site.page("/a", zlib.compress(b"x"), Content_Encoding=encoding)
        assert (await refusal(fetcher.fetch(site.at("/a")))).details["encoding"] == encoding


class TestBounds:
    async def test_a_page_of_exactly_the_limit_is_taken(self, site: Site, fetcher: Fetcher) -> None:
        site.page("/a", bytes(LIMIT))
        fetched = await fetcher.fetch(site.at("/a"))
        assert fetched.data is not None
        assert len(fetched.data) == LIMIT

    async def test_a_page_beyond_the_limit_is_refused_by_its_length(self, site: Site, fetcher: Fetcher) -> None:
        site.page("/a", bytes(LIMIT + 1))
        error = await refusal(fetcher.fetch(site.at("/a")))
        assert (error.code, error.details["limit"]) == ("fetch.too_large", 1)

    async def test_a_page_without_end_is_refused_at_the_limit(self, site: Site, fetcher: Fetcher) -> None:
        site.endless("/a")
        assert (await refusal(fetcher.fetch(site.at("/a")))).code == "fetch.too_large"

    @pytest.mark.parametrize("behaviour", [Site.stalled, Site.trickling])
    async def test_a_slow_page_ends_with_the_time_for_everything(
        self, site: Site, behaviour: Callable[[Site, str], None]
    ) -> None:
        behaviour(site, "/a")
        site.redirect("/start", "/a")
        async with WebFetcher(max_bytes=LIMIT, timeout=0.3, allow_private_hosts=HERE) as fetcher:
            async with asyncio.timeout(3):
                assert (await fault(fetcher.fetch(site.at("/start")))).code == "fetch.slow"

    async def test_headers_without_end_are_a_fault_of_the_site(self, fetcher: Fetcher) -> None:
        async with speaker(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000) as port:
            assert (await fault(fetcher.fetch(f"http://127.0.0.1:{port}/"))).code == "fetch.broken"

    async def test_a_body_that_is_cut_short_is_a_fault_of_the_site(self, site: Site, fetcher: Fetcher) -> None:
        site.cut_short("/a")
        assert (await fault(fetcher.fetch(site.at("/a")))).code == "fetch.broken"

    async def test_what_is_not_http_is_a_fault_of_the_site(self, fetcher: Fetcher) -> None:
        async with speaker(b"220 smtp.example.com ESMTP\r\n") as port:
            assert (await fault(fetcher.fetch(f"http://127.0.0.1:{port}/"))).code == "fetch.broken"

    async def test_a_closed_port_cannot_be_reached(self, fetcher: Fetcher) -> None:
        async with speaker(b"") as port:
            pass
        assert (await fault(fetcher.fetch(f"http://127.0.0.1:{port}/"))).code == "fetch.unreachable"

    async def test_only_so_many_pages_are_fetched_at_once(self, site: Site) -> None:
        site.stalled("/a")
        async with WebFetcher(max_bytes=LIMIT, timeout=0.4, allow_private_hosts=HERE) as fetcher:
            errors = await asyncio.gather(*(fault(fetcher.fetch(site.at("/a"))) for _ in range(AT_ONCE + 4)))
        assert {error.code for error in errors} == {"fetch.slow"}
        assert site.most_at_once == AT_ONCE
