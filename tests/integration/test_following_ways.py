"""Sites are followed from the command line and over the API, and what is noted for that is told to nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.desk import Desk, Page
from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.ports import DocumentFilter
from core.types import PUBLIC, Audience
from tests.fakes.saseo import Core
from tests.integration.http_asking import client_of
from tests.integration.test_cli import Running, place, running, saseo
from tests.integration.test_desk import ASKED, TEXT, URL, local, remote

__all__ = ["place", "running"]

MAP = "https://example.com/sitemap.txt"
AWAY = "https://example.com/away"
GONE = "https://example.com/gone"
SITE: dict[str, bytes | Unavailable | Refused] = {
    MAP: "\n".join([URL, AWAY, GONE]).encode(),
    URL: TEXT.encode(),
    AWAY: Unavailable("fetch.unreachable", host="example.com"),
    GONE: Refused("fetch.gone"),
}


@pytest.fixture
def core() -> Core:
    return Core(model=ScriptedModel("You get ", "25 days [1]."), pages=dict(SITE))


@pytest.fixture(params=[local, remote], ids=["local", "remote"])
async def desk(request: pytest.FixtureRequest, core: Core) -> AsyncIterator[Desk]:
    opened: Callable[[Core], AbstractAsyncContextManager[Desk]] = request.param
    async with opened(core) as desk:
        yield desk


async def followed(desk: Desk, *, most: int = 10) -> dict[str, Page]:
    return {page.url: page async for page in desk.follow(MAP, scope=PUBLIC, depth=1, most=most)}


async def test_both_desks_tell_what_became_of_each_page(desk: Desk, core: Core) -> None:
    found = await followed(desk)
    assert {page.total for page in found.values()} == {4}
    taken = {url: page.taken.passages for url, page in found.items() if page.taken is not None}
    assert taken == {MAP: 0, URL: 1}
    reasons = {url: page.reason.text() for url, page in found.items() if page.reason is not None}
    assert sorted(reasons) == [AWAY, GONE]
    assert reasons[AWAY].startswith("example.com cannot be reached.")
    assert {document.url async for document in desk.documents()} == {MAP, URL, AWAY}


async def test_both_desks_tell_what_is_still_to_be_read(desk: Desk, core: Core) -> None:
    core.roots.hosts.heed(Unavailable("fetch.server", host="example.com", status=503, retry_after=60))
    found = await followed(desk)
    assert [page.url for page in found.values() if page.taken is None and page.reason is None] == [URL, AWAY, GONE]


async def test_both_desks_look_at_a_root_with_what_it_leads_to(desk: Desk, core: Core) -> None:
    await followed(desk)
    core.web.pages[MAP] = f"{URL}\n{URL}-2\n".encode()
    documents = {document.url: document async for document in desk.documents()}
    assert (await desk.refresh(documents[MAP])).changed
    assert f"{URL}-2" in {document.url async for document in desk.documents()}


async def test_a_root_that_cannot_be_read_is_refused(desk: Desk, core: Core) -> None:
    core.web.pages[MAP] = Refused("fetch.gone")
    with pytest.raises(Refused):
        await followed(desk)


async def test_the_api_lists_each_page_with_its_outcome(core: Core) -> None:
    async with client_of(core) as client:
        body = {"url": MAP, "follow": {"depth": 2, "most": 3}, "refresh_seconds": 60}
        answer = (await client.post("/api/v1/documents/links", json=body)).json()
        assert (answer["status"], answer["added_documents"]) == ("partial", 2)
        assert [(row["name"], row["status"]) for row in answer["results"]] == [
            (MAP, "added"),
            (URL, "added"),
            (AWAY, "failed"),
            (GONE, "refused"),
        ]
        rows = (await client.get("/api/v1/documents")).json()["documents"]
        assert {row["url"]: row["passages_count"] for row in rows} == {MAP: 0, URL: 1, AWAY: 0}
        core.web.pages[MAP] = f"{URL}-2\n".encode()
        (root,) = [row["id"] for row in rows if row["url"] == MAP]
        assert (await client.post(f"/api/v1/documents/{root}/refresh")).json()["results"][0]["status"] == "added"


@pytest.mark.parametrize(
    "follow", [{"depth": 0}, {"depth": 6}, {"most": 0}, {"most": 1001}, {"depht": 1}, {"depth": "deep"}, 3]
)
async def test_the_api_refuses_other_depths_and_counts(core: Core, follow: object) -> None:
    async with client_of(core) as client:
        answer = await client.post("/api/v1/documents/links", json={"url": MAP, "follow": follow})
        assert answer.status_code == 422
    assert core.web.fetched == []


async def test_what_is_noted_for_following_is_in_no_answer(core: Core) -> None:
    async with client_of(core) as client:
        await client.post("/api/v1/documents/links", json={"url": MAP, "follow": {"depth": 2}})
        answer = await client.post("/api/v1/documents/query", json={"question": ASKED})
        assert answer.json()["outcome"] == "answered"
        found = await client.post("/api/v1/documents/search", json={"question": ASKED})
    assert found.json()["sources"][0]["metadata"]["url"] == URL
    assert "follow" not in answer.text + found.text
    (hit,) = await core.retrieval.search(ASKED, audience=Audience.of(PUBLIC), limit=5)
    assert "follow.root" in hit.document.metadata


def test_the_command_prints_a_line_for_each_page(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    running.core.web.pages.update(SITE)
    assert saseo("ingest", MAP, "--follow", "2", "--most", "3") == 1
    out = capsys.readouterr().out
    assert f"added      {MAP} (0 passages" in out
    assert f"added      {URL} (1 passages" in out
    assert f"refused    {AWAY}: example.com cannot be reached." in out
    assert f"refused    {GONE}: " in out
    assert out.endswith("2 taken in, 2 refused.\n")
    running.core.web.pages[MAP] = URL.encode()
    assert saseo("ingest", MAP, "--follow", "1") == 0
    assert f"unchanged  {URL}" in capsys.readouterr().out


def test_the_command_tells_what_waits_and_what_is_refused(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    running.core.web.pages.update(SITE)
    running.core.roots.hosts.heed(Unavailable("fetch.server", host="example.com", status=503, retry_after=60))
    assert saseo("ingest", MAP, "--follow", "1") == 0
    assert f"waiting    {URL}: Not read yet; it is read in the background." in capsys.readouterr().out
    running.core.web.pages[MAP] = Refused("fetch.gone")
    assert saseo("ingest", MAP, "--follow", "1") == 1
    assert capsys.readouterr().out.endswith("0 taken in, 1 refused.\n")
    assert asyncio.run(running.core.store.catalogue.page(DocumentFilter())).total == 4


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("further", [["notes"], [URL, "--follow", "6"], [URL, "--most", "0"]])
def test_the_command_follows_links_alone_and_only_so_far(
    further: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert saseo("ingest", "--follow", "1", *further) == 2
    assert capsys.readouterr().err
