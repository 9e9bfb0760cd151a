"""What sites say to the fetcher: states, redirects, robots.txt, certificates, faults."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpcore
import pytest

from core.backends.web import fetch
from core.backends.web.client import vendor_errors
from core.backends.web.fetch import WebFetcher
from core.errors import Refused, SaseoError
from core.ports import Fetcher
from tests.fakes.network import Connector, Names, speaker
from tests.fakes.site import CERTIFICATE, Site
from tests.integration.fetching import HERE, LIMIT, fault, refusal


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def fetcher() -> AsyncIterator[WebFetcher]:
    async with WebFetcher(max_bytes=LIMIT, timeout=5, allow_private_hosts=HERE, user_agent="Saseo/1.0") as fetcher:
        yield fetcher


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (401, "fetch.forbidden"),
            (403, "fetch.forbidden"),
            (404, "fetch.gone"),
            (410, "fetch.gone"),
            (400, "fetch.status"),
            (418, "fetch.status"),
            (300, "fetch.status"),
            (302, "fetch.status"),
        ],
    )
    async def test_a_refusing_site_is_told_with_the_reason(
        self, site: Site, fetcher: Fetcher, status: int, code: str
    ) -> None:
        site.status("/a", status)
        assert (await refusal(fetcher.fetch(site.at("/a")))).code == code

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
    async def test_a_site_in_trouble_is_asked_again_later(self, site: Site, fetcher: Fetcher, status: int) -> None:
        site.status("/a", status, Retry_After="120")
        error = await fault(fetcher.fetch(site.at("/a")))
        assert (error.code, error.details["retry_after"]) == ("fetch.server", 120.0)

    async def test_a_page_is_not_unchanged_that_was_not_known(self, site: Site, fetcher: Fetcher) -> None:
        site.status("/a", 304)
        assert (await refusal(fetcher.fetch(site.at("/a")))).code == "fetch.status"


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_are_followed_to_where_the_page_is(self, site: Site, fetcher: Fetcher, status: int) -> None:
        site.redirect("/old", "docs/새 곳?q=1", status=status)
        site.page("/docs/새 곳", "here")
        fetched = await fetcher.fetch(site.at("/old"))
        assert fetched.data == b"here"
        assert fetched.url == site.at("/docs/%EC%83%88%20%EA%B3%B3?q=1")

    async def test_end_after_five(self, site: Site, fetcher: Fetcher) -> None:
        for number in range(6):
            site.redirect(f"/{number}", f"/{number + 1}")
        site.page("/6", "far")
        assert (await fetcher.fetch(site.at("/1"))).data == b"far"
        assert (await refusal(fetcher.fetch(site.at("/0")))).code == "fetch.redirects"

    @pytest.mark.parametrize(
        ("location", "code"),
        [
            ("http://127.0.0.2/", "fetch.private"),
            ("http://[::1]/", "fetch.private"),
            ("//169.254.169.254/latest", "fetch.private"),
            ("http://user:word@127.0.0.1/", "fetch.credentials"),
            ("http://127.0.0.1:22/", "fetch.port"),
            ("http://[broken", "fetch.bad_url"),
            ("file:///etc/passwd", "fetch.scheme"),
            ("gopher://127.0.0.1:25/_MAIL", "fetch.scheme"),
        ],
    )
    async def test_are_checked_like_a_link(self, site: Site, fetcher: Fetcher, location: str, code: str) -> None:
        site.redirect("/a", location)
        assert (await refusal(fetcher.fetch(site.at("/a")))).code == code
        assert site.paths == ["/a"]

    @pytest.mark.parametrize("location", ["/login?next=/a", "/users/sign_in", "/oauth/authorize", "/wp-login.php"])
    async def test_to_a_login_page_are_told(self, site: Site, fetcher: Fetcher, location: str) -> None:
        site.redirect("/a", location)
        site.page(location.partition("?")[0], "<form>password</form>")
        assert (await refusal(fetcher.fetch(site.at("/a")))).code == "fetch.login"

    async def test_a_page_about_login_is_a_page(self, site: Site, fetcher: Fetcher) -> None:
        site.redirect("/docs/login", "/docs/login/")
        site.page("/docs/login/", "how to log in")
        assert (await fetcher.fetch(site.at("/docs/login"))).data == b"how to log in"


class TestRobots:
    async def test_a_page_that_is_shut_to_programs_is_not_read(self, site: Site, fetcher: Fetcher) -> None:
        site.page("/robots.txt", "User-agent: *\nDisallow: /private\n")
        site.page("/private/a", "secret")
        site.page("/open", "text")
        site.redirect("/detour", "/private/a")
        assert (await refusal(fetcher.fetch(site.at("/private/a")))).code == "fetch.robots"
        assert (await refusal(fetcher.fetch(site.at("/detour")))).code == "fetch.robots"
        assert (await fetcher.fetch(site.at("/open"))).data == b"text"
        assert site.paths == ["/detour", "/open"]

    async def test_rules_for_us_go_before_rules_for_all(self, site: Site, fetcher: Fetcher) -> None:
        site.page(
            "/robots.txt",
            "User-agent: Other\nDisallow: /\n\nUser-agent: *\nDisallow: /\n\nUSER-AGENT : saseo # us\nAllow: /\n",
        )
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"))).data == b"text"

    async def test_rules_are_asked_for_once_an_hour(self, site: Site, fetcher: Fetcher) -> None:
        site.page("/a", "text")
        for _ in range(3):
            await fetcher.fetch(site.at("/a"))
        assert [seen.path for seen in site.seen] == ["/robots.txt", "/a", "/a", "/a"]

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    async def test_a_site_without_rules_is_open(self, site: Site, fetcher: Fetcher, status: int) -> None:
        site.status("/robots.txt", status)
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"))).data == b"text"

    async def test_a_site_that_cannot_tell_its_rules_is_asked_later(self, site: Site, fetcher: Fetcher) -> None:
        site.status("/robots.txt", 500)
        site.page("/a", "text")
        assert (await fault(fetcher.fetch(site.at("/a")))).code == "fetch.server"
        assert site.paths == []

    async def test_a_site_that_is_slow_to_tell_its_rules_is_asked_later(
        self, site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "ROBOTS_SECONDS", 0.2)
        site.stalled("/robots.txt")
        error = await fault(fetcher.fetch(site.at("/a")))
        assert (error.code, error.details["seconds"]) == ("fetch.slow", 0)

    async def test_rules_that_lead_to_a_private_address_count_as_none(self, site: Site, fetcher: Fetcher) -> None:
        site.redirect("/robots.txt", "http://127.0.0.2/robots.txt")
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"))).data == b"text"

    async def test_rules_without_end_are_cut(self, site: Site, fetcher: Fetcher) -> None:
        site.endless("/robots.txt", b"User-agent: *\nDisallow: /no\n" * 1000)
        site.page("/a", "text")
        assert (await fetcher.fetch(site.at("/a"))).data == b"text"
        assert (await refusal(fetcher.fetch(site.at("/no")))).code == "fetch.robots"

    async def test_rules_for_thousands_of_programs_cost_little(self, site: Site, fetcher: Fetcher) -> None:
        crowd = "".join(f"User-agent: a{number}\n" for number in range(15_000))
        rules = "".join(f"Disallow: /{number}\n" for number in range(15_000))
        site.page("/robots.txt", crowd + rules)
        site.page("/7", "text")
        async with asyncio.timeout(4):
            assert (await fetcher.fetch(site.at("/7"))).data == b"text"


class TestTls:
    @pytest.fixture
    async def secure(self) -> AsyncIterator[Site]:
        async with Site(tls=True) as site:
            site.page("/a", "text")
            yield site

    def fetcher(self, site: Site, *, trusting: bool, connector: Connector | None = None) -> WebFetcher:
        return WebFetcher(
            max_bytes=LIMIT,
            timeout=5,
            resolve=Names(),
            connector=connector or Connector(detour=site.port),
            tls=ssl.create_default_context(cafile=str(CERTIFICATE)) if trusting else None,
        )

    async def test_is_verified_against_the_name_and_not_the_address(self, secure: Site) -> None:
        connector = Connector(detour=secure.port)
        async with self.fetcher(secure, trusting=True, connector=connector) as fetcher:
            assert (await fetcher.fetch("https://secure.example.com/a")).data == b"text"
        assert set(connector.connected) == {("93.184.216.34", 443)}

    async def test_with_a_certificate_of_another_name_is_not_trusted(self, secure: Site) -> None:
        async with self.fetcher(secure, trusting=True) as fetcher:
            assert (await fault(fetcher.fetch("https://other.example.com/a"))).code == "fetch.tls"
        assert secure.seen == []

    async def test_with_an_unknown_certificate_is_not_trusted(self, secure: Site) -> None:
        async with self.fetcher(secure, trusting=False) as fetcher:
            assert (await fault(fetcher.fetch("https://secure.example.com/a"))).code == "fetch.tls"

    async def test_that_never_shakes_hands_ends_with_the_time(self) -> None:
        async with (
            speaker(None) as port,
            WebFetcher(max_bytes=LIMIT, timeout=0.3, resolve=Names(), connector=Connector(detour=port)) as fetcher,
        ):
            assert (await fault(fetcher.fetch("https://secure.example.com/"))).code == "fetch.slow"


class TestMapping:
    @pytest.mark.parametrize(
        "kind",
        [kind for kind in vars(httpcore).values() if isinstance(kind, type) and issubclass(kind, Exception)]
        + [OSError, ConnectionResetError, TimeoutError, ssl.SSLError, ssl.SSLCertVerificationError, UnicodeError]
        + [ValueError, UnicodeEncodeError],
    )
    def test_every_vendor_exception_becomes_ours(self, kind: type[Exception]) -> None:
        error = kind("idna", "x", 0, 1, "bad") if kind is UnicodeEncodeError else kind("vendor's words")
        with pytest.raises(SaseoError) as ours, vendor_errors("example.com"):
            raise error
        assert ours.value.__cause__ is error
        assert "vendor's words" not in ours.value.text()

    def test_our_own_errors_pass_and_bugs_stay_bugs(self) -> None:
        for error in (Refused("fetch.gone"), KeyError("bug")):
            with pytest.raises(type(error)) as same, vendor_errors("example.com"):
                raise error
            assert same.value is error
