"""Databases in public Notion pages: small ones are read, others are told of."""

from collections.abc import AsyncIterator

import pytest

from core.errors import Unavailable
from core.notion.pages import MOST_DATABASES
from core.notion.tables import MOST_ROWS
from tests.fakes.notion import SPACE, Json, Notion, bare, block, record, refused, uuid
from tests.fakes.site import Site
from tests.integration.noting import HOST, handbook, html, trouble


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Every site of the web at once."""
    async with Site(tls=True) as site:
        yield site


def database(number: int) -> Json:
    return block(number, "collection_view", None, collection_id_=uuid(number + 500), view_ids_=[uuid(number + 600)])


def with_rows(site: Site, numbers: list[int], *, rows: int, root: Json | None = None) -> Notion:
    notion = Notion(site, *(handbook(*map(database, numbers)) if root is None else [root]))
    for number in numbers:
        mine = [10_000 * number + one for one in range(rows)]
        notion.blocks |= {uuid(one): block(one, "page", f"Team {one}", **{"x[": [["25"]]}) for one in mine}
        notion.rows[uuid(number + 500)] = mine
    schema = {"title": {"name": "Team"}, "x[": {"name": "Days"}}
    notion.tables["collection"] = {
        uuid(number + 500): record({"name": [[f"Teams {number}"]], "schema": schema}) for number in numbers
    }
    return notion


async def test_a_small_database_is_read_as_a_table(site: Site) -> None:
    notion = with_rows(site, [20], rows=2)
    shown = await html(site)
    assert f"<p>Teams 20 (https://{HOST}/{bare(20)})</p><table><tr><th>Team</th><th>Days</th></tr>" in shown
    assert shown.count("<td>25</td>") == 2
    assert notion.asked[-1][1]["source"]["spaceId"] == SPACE


async def test_a_large_database_is_a_link_and_so_are_those_after_the_first(site: Site) -> None:
    assert "<table>" not in await html_with(site, [20], rows=MOST_ROWS + 1)
    several = list(range(20, 20 + MOST_DATABASES + 2))
    assert (await html_with(site, several, rows=1)).count("<table>") == MOST_DATABASES


async def html_with(site: Site, numbers: list[int], *, rows: int) -> str:
    with_rows(site, numbers, rows=rows)
    return await html(site)


async def test_a_database_that_is_not_public_is_a_link(site: Site) -> None:
    notion = with_rows(site, [20], rows=2)
    notion.refusals["queryCollection"] = refused(400)
    assert "<table>" not in await html(site)
    notion.refusals["queryCollection"] = refused(503)
    assert isinstance(await trouble(site), Unavailable), "that it is public is not known yet"
    notion.refusals["queryCollection"] = refused(308, Location="https://169.254.169.254/")
    assert (await trouble(site)).code == "fetch.private"


async def test_a_database_that_is_shared_itself_is_its_rows(site: Site) -> None:
    root = block(1, "collection_view_page", None, collection_id_=uuid(501), view_ids_=[uuid(601)])
    with_rows(site, [1], rows=3, root=root)
    assert (await html(site)).count("<td>25</td>") == 3
    with_rows(site, [1], rows=MOST_ROWS + 1, root=root)
    assert (await trouble(site)).code == "links.notion"


async def test_robots_txt_is_asked_for_databases_too(site: Site) -> None:
    with_rows(site, [20], rows=2)
    site.page("/robots.txt", "User-agent: *\nDisallow: /api/v3/queryCollection\n")
    shown = await html(site)
    assert "<table>" not in shown
    assert "Teams 20" in shown
    assert "/api/v3/queryCollection?src=initial_load" not in site.paths
