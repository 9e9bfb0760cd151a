"""Notion pages that are not public, too long, or answered in another way than today: people are told what to do."""

from collections.abc import AsyncIterator

import pytest

from core.errors import Refused, Unavailable
from core.notion.pages import MOST_REQUESTS
from core.notion.records import MOST_BLOCKS
from tests.fakes.notion import Notion, bare, block, refused, uuid
from tests.fakes.site import Site
from tests.integration.noting import HOST, LEAVE, SHARED, handbook, html, reading, trouble, web


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Every site of the web at once."""
    async with Site(tls=True) as site:
        yield site


async def test_a_page_of_which_most_does_not_come_is_refused(site: Site) -> None:
    notion = Notion(site, *handbook(*(block(number, "text", "x") for number in range(10, 20))))
    notion.unknown = {uuid(number) for number in range(10, 20)}
    assert (await trouble(site)).code == "links.notion"


def refusals() -> list[tuple[str, int, str]]:
    first, second = "loadCachedPageChunkV2", "syncRecordValuesMain"
    return [(name, status, "links.notion") for name in (first, second) for status in (400, 401, 403, 404, 410)]


@pytest.mark.parametrize(("name", "status", "code"), [*refusals(), ("loadCachedPageChunkV2", 302, "links.notion")])
async def test_a_question_that_notion_no_longer_answers_ends_with_what_to_do(
    site: Site, name: str, status: int, code: str
) -> None:
    notion = Notion(site, *handbook(block(10, "text", "x")))
    notion.left_out = {uuid(10)}
    notion.refusals[name] = refused(status, Location="https://www.notion.so/login")
    refusal = await trouble(site)
    assert (refusal.code, type(refusal)) == (code, Refused)


async def test_a_page_that_is_not_public_is_told_how_to_share(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.private_page(1)
    assert (await trouble(site)).code == "links.notion"
    assert notion.names == ["loadCachedPageChunkV2"]


async def test_a_page_in_the_bin_is_gone(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.blocks[uuid(1)]["alive"] = False
    assert (await trouble(site)).code == "fetch.gone"


async def test_a_page_that_was_public_once_keeps_its_document_and_says_why(site: Site) -> None:
    notion = Notion(site, *handbook())
    async with reading(site) as core:
        document = (await core.library.add_link(SHARED)).document
        notion.private_page(1)
        looked = await core.library.refresh(document)
        assert looked.document.state != "dead"
        assert looked.document.error is not None


@pytest.mark.parametrize("answer", [b"<html>not JSON</html>", b"[]", b"", b'{"recordMap": 7}'])
async def test_an_answer_of_another_kind_ends_with_what_to_do(site: Site, answer: bytes) -> None:
    Notion(site)
    del site.handlers["/api/v3/loadCachedPageChunkV2"]
    site.page("/api/v3/loadCachedPageChunkV2", answer)
    assert (await trouble(site)).code == "links.notion"


async def test_when_notion_asks_to_be_left_alone_it_is(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.refusals["loadCachedPageChunkV2"] = refused(429, Retry_After="77")
    fault = await trouble(site)
    assert isinstance(fault, Unavailable)
    assert {"host": HOST, "status": 429, "retry_after": 77}.items() <= fault.details.items()
    assert len(notion.asked) == 1


async def test_a_host_that_moved_is_asked_where_it_is(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.moved = {HOST: "app.notion.com"}
    assert LEAVE in await html(site)
    asked = [(seen.headers["Host"], seen.path) for seen in site.seen]
    assert asked == [
        (HOST, "/robots.txt"),
        (HOST, "/api/v3/loadCachedPageChunkV2"),
        ("app.notion.com", "/robots.txt"),
        ("app.notion.com", "/api/v3/loadCachedPageChunkV2"),
    ]


async def test_no_answer_leads_to_a_private_address(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.moved = {HOST: "169.254.169.254"}
    assert (await trouble(site)).code == "fetch.private"


@pytest.mark.parametrize("shut", [f"/{bare(1)}", "/api/", "/"])
async def test_a_page_that_notion_shuts_to_programs_is_not_asked_for(site: Site, shut: str) -> None:
    """Both count: the address of the page that people open, and the one that is asked."""
    notion = Notion(site, *handbook())
    site.page("/robots.txt", f"User-agent: *\nDisallow: {shut}\n")
    assert (await trouble(site)).code == "fetch.robots"
    assert notion.asked == []


async def test_a_page_that_is_too_long_is_refused_before_it_is_all_asked_for(site: Site) -> None:
    notion = Notion(site, *handbook())
    notion.blocks[uuid(1)]["content"] = [uuid(one) for one in range(10, 10 + MOST_BLOCKS)]
    assert (await trouble(site)).code == "links.notion_long"
    assert notion.names == ["loadCachedPageChunkV2"]


async def test_a_page_that_takes_too_many_questions_is_refused(site: Site) -> None:
    chain = [block(number, "column", None, number + 1) for number in range(10, 10 + MOST_REQUESTS)]
    notion = Notion(site, *handbook(*chain))
    notion.left_out = set(notion.blocks) - {uuid(1)}
    assert (await trouble(site)).code == "links.notion_long"
    assert len(notion.asked) == MOST_REQUESTS


async def test_answers_that_are_too_large_together_are_refused(site: Site) -> None:
    heavy = [block(number, "text", "x" * 40_000) for number in range(10, 710)]
    Notion(site, *handbook(*heavy))
    assert (await trouble(site)).code == "links.notion_long"


async def test_a_page_that_takes_too_long_is_waited_for_another_time(site: Site) -> None:
    site.stalled("/api/v3/loadCachedPageChunkV2")
    async with web(site, seconds=0.2) as pages:
        with pytest.raises(Unavailable) as fault:
            await pages.fetch(SHARED)
    assert fault.value.code == "fetch.slow"
