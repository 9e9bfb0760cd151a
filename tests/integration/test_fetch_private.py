"""Nothing that a stranger writes or answers leads the fetcher to a private address."""

import re
import socket
from collections.abc import Sequence

import pytest

from core.backends.web.addresses import is_public, read_address
from core.backends.web.fetch import WebFetcher
from core.errors import SaseoError
from tests.corpus import shared_data
from tests.fakes.network import PUBLIC_ADDRESS, Connector, Listener, Loopback, Names
from tests.fakes.site import Page, Site
from tests.integration.fetching import LIMIT, fault, refusal

SPELLINGS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.127.127.127 2130706433 0x7f000001 0x7f.1 0177.0.0.1 0177.1 017700000001 0
0.0.0.0 localhost LOCALHOST localhost. a.localhost localtest.example.com １２７.０.０.１ 127。0。0。1 ①②⑦.0.0.1
%31%32%37.0.0.1 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]
[2002:7f00:1::] [::1%25lo] user@127.0.0.1 example.com@127.0.0.1 example.com\\@127.0.0.1 127.0.0.1\\@example.com
127.0.0.1#@example.com 127.0.0.1%23@example.com 127.0.0.1%00.example.com 127.0.0.1\t.example.com
""".split()
CAREFREE = {"localtest.example.com": [["127.0.0.1"]], "169.254.169.254.nip.io": [["169.254.169.254"]]}
PRIVATE_NAMES = {
    "instance-data": [["169.254.169.254"]],
    "metadata": [["169.254.169.254"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "metadata.packet.net": [["192.0.0.192"]],
}


def fetcher(resolve: Names, connector: Connector, *, private: Sequence[str] = ()) -> WebFetcher:
    return WebFetcher(max_bytes=LIMIT, timeout=5, allow_private_hosts=private, resolve=resolve, connector=connector)


def known_links() -> list[str]:
    return shared_data("ssrf_urls.txt").read_text(encoding="utf-8").splitlines()


def assert_public(connector: Connector) -> None:
    assert [address for address, _ in connector.connected if not is_public(read_address(address))] == []


@pytest.mark.corpus
async def test_no_known_link_connects_to_a_private_address() -> None:
    connector = Connector()
    async with fetcher(Names(CAREFREE | PRIVATE_NAMES), connector) as web:
        for link in known_links():
            with pytest.raises(SaseoError):
                await web.fetch(link)
    assert connector.connected
    assert_public(connector)


@pytest.mark.corpus
async def test_no_redirect_to_a_known_link_connects_to_a_private_address() -> None:
    async with Site() as site:
        links = known_links()
        for number, link in enumerate(links):
            site.redirect(f"/{number}", link)
        site.pages["/"] = Page(status=404)
        connector = Connector(detour=site.port)
        async with fetcher(Names(CAREFREE | PRIVATE_NAMES), connector) as web:
            for number in range(len(links)):
                with pytest.raises(SaseoError):
                    await web.fetch(f"http://start.example.com/{number}")
        assert len([path for path in site.paths if re.fullmatch(r"/\d+", path)]) == len(links)
    assert_public(connector)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_of_loopback_reaches_a_server_that_listens(spelling: str) -> None:
    async with Listener() as listener, fetcher(Names(CAREFREE), Loopback()) as web:
        with pytest.raises(SaseoError):
            await web.fetch(f"http://{spelling}:{listener.port}/")
        with pytest.raises(SaseoError):
            await web.fetch(f"http://{spelling.replace('127.0.0.1', f'127.0.0.1:{listener.port}', 1)}/")
        assert listener.accepted == 0


@pytest.mark.corpus
async def test_no_known_link_reaches_a_server_that_listens() -> None:
    async with Listener() as listener, fetcher(Names(CAREFREE | PRIVATE_NAMES), Loopback()) as web:
        for link in known_links():
            moved = re.sub(r"^(https?://)(\[[^\]]*\]|[^/:?#\\\[]+)(:\d+)?", rf"http://\2:{listener.port}", link)
            with pytest.raises(SaseoError):
                await web.fetch(moved)
        assert listener.accepted == 0


async def test_the_server_that_listens_can_be_reached_where_it_is_allowed() -> None:
    async with Listener() as listener, fetcher(Names(), Loopback(), private=[f"127.0.0.1:{listener.port}"]) as web:
        assert (await web.fetch(f"http://127.0.0.1:{listener.port}/")).data == b"secret"
        assert listener.accepted == 2


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        [PUBLIC_ADDRESS, "127.0.0.1"],
        ["10.0.0.1", PUBLIC_ADDRESS],
        [PUBLIC_ADDRESS, "fe80::1%eth0"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::"],
        ["168.63.129.16"],
        [PUBLIC_ADDRESS, "no address"],
    ],
)
async def test_a_name_with_any_private_address_is_refused(answers: list[str]) -> None:
    connector = Connector()
    async with fetcher(Names({"docs.example.com": [answers]}), connector) as web:
        assert (await refusal(web.fetch("http://docs.example.com/"))).code == "fetch.private"
    assert connector.connected == []


async def test_a_name_that_turns_private_after_the_check_is_connected_to_the_address_that_was_checked() -> None:
    names = Names({"docs.example.com": [[PUBLIC_ADDRESS], [PUBLIC_ADDRESS], ["127.0.0.1"]]})
    async with Site() as site:
        site.page("/a", "text")
        connector = Connector(detour=site.port)
        async with fetcher(names, connector) as web:
            assert (await web.fetch("http://docs.example.com/a")).data == b"text"
            assert names.asked == ["docs.example.com"] * 2
            assert connector.connected == [(PUBLIC_ADDRESS, 80)] * 2
            assert (await refusal(web.fetch("http://docs.example.com/a"))).code == "fetch.private"
    assert connector.connected == [(PUBLIC_ADDRESS, 80)] * 2


async def test_a_redirect_back_to_a_name_that_turned_private_is_refused() -> None:
    names = Names({"docs.example.com": [[PUBLIC_ADDRESS], [PUBLIC_ADDRESS], ["127.0.0.1"]]})
    async with Site() as site:
        site.redirect("/a", "http://docs.example.com/b")
        site.page("/b", "secret")
        async with fetcher(names, Connector(detour=site.port)) as web:
            assert (await refusal(web.fetch("http://docs.example.com/a"))).code == "fetch.private"
        assert site.paths == ["/a"]


async def test_an_allowed_host_may_be_private_and_no_other() -> None:
    names = Names({"wiki": [["192.168.1.5"]], "other.example.com": [["192.168.1.5"]]})
    async with Site() as site:
        site.page("/a", "text")
        site.redirect("/out", "http://other.example.com/a")
        connector = Connector(detour=site.port)
        async with fetcher(names, connector, private=["wiki"]) as web:
            assert (await web.fetch("http://wiki/a")).data == b"text"
            assert (await refusal(web.fetch("http://wiki/out"))).code == "fetch.private"
    assert {address for address, _ in connector.connected} == {"192.168.1.5"}


async def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    names = Names({"docs.example.com": [[f"93.184.216.{number}" for number in range(30, 40)]]})
    connector = Connector()
    async with fetcher(names, connector) as web:
        assert (await fault(web.fetch("http://docs.example.com/"))).code == "fetch.unreachable"
    assert [address for address, _ in connector.connected] == [f"93.184.216.{number}" for number in range(30, 34)]


class Nowhere(Names):
    """A resolver that fails in its own way."""

    def __init__(self, failure: Exception | None) -> None:
        super().__init__()
        self._failure = failure

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if self._failure is not None:
            raise self._failure
        return []


@pytest.mark.parametrize(
    "failure",
    [socket.gaierror(-2, "unknown"), TimeoutError(), UnicodeError("label too long"), OSError(5, "x"), None],
)
async def test_a_name_without_an_address_is_a_fault_that_may_pass(failure: Exception | None) -> None:
    async with fetcher(Nowhere(failure), Connector()) as web:
        assert (await fault(web.fetch("http://docs.example.com/"))).code == "fetch.unknown_host"


async def test_the_system_resolver_answers_for_a_name_of_this_machine() -> None:
    async with (
        Listener() as listener,
        WebFetcher(max_bytes=LIMIT, timeout=5, allow_private_hosts=["localhost"]) as web,
    ):
        assert (await web.fetch(f"http://localhost:{listener.port}/")).data == b"secret"
        assert listener.accepted == 2
