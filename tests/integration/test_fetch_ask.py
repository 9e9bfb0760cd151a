"""A site is asked what its own pages ask it, behind every guard that stands before a page."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from core.backends.web.addresses import Allowed
from core.backends.web.fetch import WebFetcher
from core.backends.web.link_headers import LinkHeaders
from tests.fakes.patience import PATIENCE
from tests.fakes.site import Site
from tests.integration.fetching import HERE, LIMIT, fault, refusal

QUESTION = {"page": {"id": "1"}, "cursor": None, "text": "한글"}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def fetcher(site: Site) -> AsyncIterator[WebFetcher]:
    allowed = Allowed.parse(HERE)
    own = LinkHeaders.parse({f"127.0.0.1:{site.port}": {"X-Token": "t"}}, allowed, file="headers.toml")
    async with WebFetcher(max_bytes=LIMIT, timeout=PATIENCE, allow_private_hosts=HERE, link_headers=own) as fetcher:
        yield fetcher


def echoing(site: Site, path: str) -> None:
    """Answers with the question and how it came."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        told = {name: request.headers.get(name) for name in ("Content-Type", "Content-Length", "X-Token", "Cookie")}
        return web.json_response({"method": request.method, "question": await request.json(), **told})

    site.handlers[path] = handler


async def test_a_question_is_posted_as_json(site: Site, fetcher: WebFetcher) -> None:
    echoing(site, "/api")
    answer = await fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page"))
    assert answer.media_type == "application/json"
    assert json.loads(answer.data or b"") == {
        "method": "POST",
        "question": QUESTION,
        "Content-Type": "application/json",
        "Content-Length": str(len(json.dumps(QUESTION))),
        "X-Token": "t",
        "Cookie": None,
    }
    assert site.paths == ["/api"], "the page itself is not fetched"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_question_follows_a_redirect_that_keeps_it(site: Site, fetcher: WebFetcher, status: int) -> None:
    site.redirect("/api", "/new", status=status)
    echoing(site, "/new")
    answer = await fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page"))
    assert json.loads(answer.data or b"")["question"] == QUESTION
    assert answer.url == site.at("/new")


async def test_a_question_does_not_become_a_visit(site: Site, fetcher: WebFetcher) -> None:
    site.redirect("/api", "/page", status=303)
    refused = await refusal(fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page")))
    assert (refused.code, refused.details["status"]) == ("fetch.status", 303)
    assert site.paths == ["/api"]


async def test_a_redirect_of_a_question_is_checked_like_a_link(site: Site, fetcher: WebFetcher) -> None:
    site.redirect("/api", "http://10.0.0.8/api", status=308)
    assert (await refusal(fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page")))).code == "fetch.private"


@pytest.mark.parametrize(("url", "page"), [("http://10.0.0.8/api", ""), ("", "http://10.0.0.8/page")])
async def test_nothing_private_is_asked_for(site: Site, fetcher: WebFetcher, url: str, page: str) -> None:
    asking = fetcher.ask(url or site.at("/api"), QUESTION, page=page or site.at("/page"))
    assert (await refusal(asking)).code == "fetch.private"
    assert site.seen == []


@pytest.mark.parametrize("shut", ["/page", "/api"])
async def test_robots_txt_counts_for_the_page_and_for_the_question(site: Site, fetcher: WebFetcher, shut: str) -> None:
    echoing(site, "/api")
    site.page("/robots.txt", f"User-agent: *\nDisallow: {shut}\n")
    assert (await refusal(fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page")))).code == "fetch.robots"
    assert site.paths == []


async def test_an_answer_is_bounded_like_a_page(site: Site, fetcher: WebFetcher) -> None:
    site.endless("/api")
    assert (await refusal(fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page")))).code == "fetch.too_large"


async def test_a_site_that_is_busy_says_until_when(site: Site, fetcher: WebFetcher) -> None:
    site.status("/api", 429, Retry_After="30")
    busy = await fault(fetcher.ask(site.at("/api"), QUESTION, page=site.at("/page")))
    assert busy.details == {"host": "127.0.0.1", "status": 429, "retry_after": 30}


async def test_an_answer_that_never_comes_is_not_waited_for(site: Site) -> None:
    site.stalled("/api")
    async with WebFetcher(max_bytes=LIMIT, timeout=0.2, allow_private_hosts=HERE) as hasty:
        assert (await fault(hasty.ask(site.at("/api"), QUESTION, page=site.at("/page")))).code == "fetch.slow"
