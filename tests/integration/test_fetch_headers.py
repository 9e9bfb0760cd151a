"""Headers for hosts of the team: sent to them, and to nobody else."""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpcore
import pytest

from core.backends.web import WebFetcher
from core.backends.web.addresses import Allowed
from core.backends.web.link_headers import LinkHeaders
from core.types import PUBLIC
from tests.fakes.network import Connector, Names
from tests.fakes.site import CERTIFICATE, Site
from tests.integration.fetching import HERE, LIMIT, fault, refusal
from tests.integration.scheduling import World, library

TOKEN = "Bearer s3cr3t"
OWN = {"Authorization": TOKEN}
HOST = "secure.example.com"


def fetcher(tables: Mapping[str, object], *, hosts: tuple[str, ...] = HERE, **further: object) -> WebFetcher:
    headers = LinkHeaders.parse(tables, Allowed.parse(hosts), file="headers.toml")
    given = {"max_bytes": LIMIT, "timeout": 5, "allow_private_hosts": hosts, **further}
    return WebFetcher(link_headers=headers, **given)  # type: ignore[arg-type]


def tokens(site: Site) -> list[tuple[str, str | None]]:
    """What was asked for, and with which token."""
    return [(seen.path, seen.headers.get("Authorization")) for seen in site.seen]


class ByPort(Connector):
    """Leads each port of the web to a server on this machine."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        super().__init__()
        self._ports = ports

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's own signature
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._real.connect_tcp("127.0.0.1", self._ports[port], timeout)


@dataclass
class Web:
    """A host with TLS and without, and another one."""

    secure: Site
    plain: Site
    connector: ByPort


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with AsyncExitStack() as stack:
        secure, other = [await stack.enter_async_context(Site(tls=True)) for _ in range(2)]
        plain = await stack.enter_async_context(Site())
        yield Web(secure, plain, ByPort({443: secure.port, 8443: other.port, 80: plain.port}))


def trusting(web: Web, tables: Mapping[str, object], *, hosts: tuple[str, ...] = ()) -> WebFetcher:
    tls = ssl.create_default_context(cafile=str(CERTIFICATE))
    return fetcher(tables, hosts=hosts, resolve=Names(), connector=web.connector, tls=tls)


async def test_the_host_is_asked_with_its_headers_and_robots_txt_too(web: Web) -> None:
    web.secure.page("/robots.txt", "User-agent: *\nDisallow: /admin\n")
    web.secure.page("/a", "text")
    async with trusting(web, {HOST: OWN | {"User-Agent": "Team", "Cookie": "a=1"}}) as own:
        assert (await own.fetch(f"https://{HOST}/a")).data == b"text"
        assert (await refusal(own.fetch(f"https://{HOST}/admin"))).code == "fetch.robots"
    assert tokens(web.secure) == [("/robots.txt", TOKEN), ("/a", TOKEN)]
    page = web.secure.seen[-1].headers
    assert (page["Cookie"], page["User-Agent"], page["Host"]) == ("a=1", "Team", HOST)


async def test_a_redirect_within_the_host_keeps_them_and_to_another_port_or_without_tls_loses_them(web: Web) -> None:
    web.secure.redirect("/a", "/b")
    web.secure.redirect("/b", f"http://{HOST}/c")
    web.plain.redirect("/c", f"https://{HOST}/d")
    web.secure.page("/d", "text")
    async with trusting(web, {HOST: OWN}, hosts=(HOST,)) as own:
        assert (await own.fetch(f"https://{HOST}/a")).data == b"text"
    assert [seen for seen in tokens(web.secure) if seen[0] != "/robots.txt"] == [
        ("/a", TOKEN),
        ("/b", TOKEN),
        ("/d", TOKEN),
    ]
    assert ("/c", None) in tokens(web.plain)


async def test_another_port_of_the_host_is_another_host(web: Web) -> None:
    async with Site(tls=True) as other:
        other.page("/b", "text")
        web.connector._ports = {**web.connector._ports, 8443: other.port}
        web.secure.redirect("/a", f"https://{HOST}:8443/b")
        async with trusting(web, {HOST: OWN}) as own:
            assert (await own.fetch(f"https://{HOST}/a")).data == b"text"
        assert {token for _, token in tokens(other)} == {None}


async def test_another_host_never_gets_them_and_the_way_back_gets_them_again() -> None:
    async with Site() as team, Site() as stranger:
        team.redirect("/a", stranger.at("/b"))
        stranger.redirect("/b", team.at("/c"))
        team.page("/c", "text")
        hosts = (f"127.0.0.1:{team.port}", f"127.0.0.1:{stranger.port}")
        async with fetcher({hosts[0]: OWN}, hosts=hosts) as own:
            assert (await own.fetch(team.at("/a"))).data == b"text"
        assert {token for _, token in tokens(stranger)} == {None}
        assert {token for _, token in tokens(team)} == {TOKEN}


async def test_a_host_without_headers_is_asked_as_ever() -> None:
    async with Site() as site:
        site.page("/a", "text")
        async with fetcher({"wiki.example.com": OWN}) as own:
            await own.fetch(site.at("/a"))
        assert set(site.seen[-1].headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


async def test_looking_at_a_link_again_uses_them() -> None:
    async with Site() as site:
        site.page("/a", "text").etag = '"1"'
        world = World()
        async with fetcher({f"127.0.0.1:{site.port}": OWN}) as own:
            books = library(world, own)
            added = await books.add_link(site.at("/a"), scope=PUBLIC)
            assert not (await books.refresh(added.document)).changed
        assert tokens(site)[-2:] == [("/a", TOKEN), ("/a", TOKEN)]
        assert site.seen[-1].headers["If-None-Match"] == '"1"'


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_does_not_open_a_page_is_told_of(status: int) -> None:
    async with Site() as site:
        site.status("/a", status)
        async with fetcher({f"127.0.0.1:{site.port}": OWN}) as own:
            assert (await refusal(own.fetch(site.at("/a")))).code == "fetch.rejected"


async def test_no_log_and_no_error_shows_a_value(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # The program quietens it.
    caplog.set_level(logging.DEBUG, logger="httpcore")
    async with Site() as site:
        site.page("/a", "text")
        site.status("/b", 403)
        site.status("/c", 500)
        site.cut_short("/d")
        async with fetcher({f"127.0.0.1:{site.port}": OWN}) as own:
            await own.fetch(site.at("/a"))
            errors = [await refusal(own.fetch(site.at("/b")))]
            faults = [await fault(own.fetch(site.at(path))) for path in ("/c", "/d")]
    assert caplog.records
    shown = [caplog.text, *(f"{error!r} {error} {error.details} {error.__cause__!r}" for error in [*errors, *faults])]
    assert "s3cr3t" not in " ".join(shown)
