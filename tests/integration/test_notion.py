"""Public Notion pages are read over the wire, as Notion's own page asks for them, and cited where people open them."""

from collections.abc import AsyncIterator

import pytest

from core.backends.reading.dispatch import read_file
from core.types import Document
from tests.fakes.notion import Notion, bare, block, uuid
from tests.fakes.site import Site
from tests.integration.noting import ADDRESS, HOST, LEAVE, SHARED, handbook, html, reading
from tests.integration.test_links_read import cited


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Every site of the web at once."""
    async with Site(tls=True) as site:
        yield site


async def test_a_page_is_read_and_cited_at_its_heading(site: Site) -> None:
    Notion(site, *handbook())
    async with reading(site) as core:
        document = (await core.library.add_link(SHARED)).document
        assert (document.url, document.title, document.media_type) == (ADDRESS, "Handbook", "text/html")
        assert await cited(core) == f"{ADDRESS}#{bare(2)}"
    assert {seen.headers["Host"] for seen in site.seen} == {HOST}


async def test_an_unchanged_page_is_not_embedded_again(site: Site) -> None:
    notion = Notion(site, *handbook())
    async with reading(site) as core:
        document = (await core.library.add_link(SHARED)).document
        texts = core.embedder.embedded
        notion.blocks = {
            one: {**value, "version": 99, "last_edited_time": 5} for one, value in reversed(notion.blocks.items())
        }
        looked = await core.library.refresh(document)
        assert not looked.changed
        assert core.embedder.embedded == texts
        notion.blocks[uuid(3)] = block(3, "text", "Leave is 30 days a year.")
        assert (await core.library.refresh(looked.document)).changed


@pytest.mark.parametrize(
    "other",
    [
        ADDRESS,
        f"https://www.notion.so/Handbook-{bare(1)}",
        f"https://www.notion.so/acme/{bare(1)}?pvs=21#{bare(2)}",
        f"https://app.notion.com/p/acme/Handbook-{bare(1)}",
    ],
)
async def test_links_to_one_page_are_one_document(site: Site, other: str) -> None:
    Notion(site, *handbook())
    async with reading(site) as core:
        first: Document = (await core.library.add_link(SHARED)).document
        assert (await core.library.add_link(other)).document.id == first.id


async def test_a_long_page_comes_in_chunks_and_what_they_leave_out_is_asked_for(site: Site) -> None:
    lines = [block(number, "toggle", f"line {number}", number + 1000) for number in range(100, 350)]
    inner = [block(one, "text", f"inside {one}") for one in range(1100, 1350)]
    notion = Notion(site, *handbook(*lines, *inner))
    notion.left_out = {uuid(one) for one in range(1110, 1230)} | {uuid(200)}
    shown = await html(site)
    assert shown.count("<p>line") == shown.count("<p>inside") == 250
    assert [name for name in notion.names if name == "loadCachedPageChunkV2"] == ["loadCachedPageChunkV2"] * 4
    assert notion.names[4:] == ["syncRecordValuesMain"] * 2
    assert [question["chunkNumber"] for _, question in notion.asked[:4]] == [0, 1, 2, 3]


async def test_what_a_public_page_shows_of_private_ones_stays_away(site: Site) -> None:
    pointer = {"transclusion_reference_pointer": {"id": uuid(20), "table": "block"}}
    notion = Notion(
        site,
        *handbook(block(10, "transclusion_reference", None, format_=pointer)),
        block(20, "transclusion_container", None, 21),
        block(21, "text", "secret"),
    )
    notion.private_page(20)
    assert "secret" not in await html(site)


async def test_all_other_links_are_fetched_as_ever(site: Site) -> None:
    site.page("/handbook", "<p>hello</p>")
    assert await html(site, f"https://{HOST}/handbook") == "<p>hello</p>"
    assert site.paths == ["/handbook"]


async def test_the_reader_of_web_pages_keeps_all_of_a_long_page(site: Site) -> None:
    parts = []
    for one in range(100, 400, 10):
        rows = (block(one + 6, "table_row", a=[[f"Team{one}"]], b=[["25"]]), block(one + 7, "table_row", a=[["x"]]))
        order = {"table_block_column_order": ["a", "b"], "table_block_column_header": True}
        parts += [
            block(one, "sub_header", f"Section {one}"),
            block(
                one + 1, "text", [[f"{LEAVE} "], ["Apply", [["a", f"https://apply.example/{one}"]]], [f" now {one}."]]
            ),
            block(one + 2, "bulleted_list", f"item {one}", one + 3),
            block(one + 3, "to_do", f"nested {one}"),
            block(one + 4, "quote", f"said {one}"),
            block(one + 5, "table", None, one + 6, one + 7, format_=order),
            *rows,
            block(one + 8, "code", f"def f{one}():\n    return 1", language=[["Python"]]),
            block(one + 9, "bookmark", f"Law {one}", link=[[f"https://law.example/{one}"]]),
        ]
    Notion(site, *handbook(*parts))
    data = (await html(site)).encode()
    blocks = read_file(data, name=ADDRESS, media_type="text/html").blocks
    texts = [one.text for one in blocks]
    assert texts[:3] == ["Handbook", "Leave", LEAVE]
    for one in range(100, 400, 10):
        at = texts.index(f"Section {one}")
        assert texts[at : at + 8] == [
            f"Section {one}",
            f"{LEAVE} Apply (https://apply.example/{one}) now {one}.",
            f"- item {one}",
            f"- ☐ nested {one}",
            f"said {one}",
            f"| Team{one} | 25 |\n| x |  |",
            f"```python\ndef f{one}():\n    return 1\n```",
            f"Law {one} (https://law.example/{one})",
        ]
        assert {block.anchor for block in blocks[at : at + 8]} == {bare(one)}
