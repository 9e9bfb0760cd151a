"""Pages that were found of a site are written down alike on every store."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.discovery import Discovery
from core.followed import Note
from core.sitemaps import Listed
from core.types import Document
from tests.integration.stores import START, STORES, Library, changed, document, opened_library

URLS = [f"https://a.example.com/{number}" for number in range(4)]


@pytest.fixture(params=STORES)
async def library(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Library]:
    async with opened_library(request, tmp_path) as opened:
        yield opened


@pytest.fixture
def discovery(library: Library) -> Discovery:
    return Discovery(catalogue=library.catalogue, shelves=library.shelves, journal=library.journal, clock=lambda: START)


async def rooted(discovery: Discovery, library: Library, *, most: int) -> Document:
    """The root of a site, with its note."""
    root = await discovery.shell(document("r", url="https://a.example.com/sitemap.xml", read_at=START))
    noted = changed(root, metadata=Note(root.id, 1, most, area="https://a.example.com/", is_sitemap=True).on({}))
    await library.catalogue.save(noted)
    return noted


async def test_pages_are_due_without_passages_and_counted(discovery: Discovery, library: Library) -> None:
    root = await rooted(discovery, library, most=3)
    assert (root.passage_count, await library.texts(root.id)) == (0, [])
    listed = Listed(dict.fromkeys(URLS))
    found = await discovery.expect(root, listed, depth=0, due=START)
    assert [page.document.url for page in found] == URLS[:3]
    due = await library.catalogue.due(START)
    assert {page.url for page in due} == set(URLS[:3])
    assert {page.id for page in due} == {page.document.id for page in found}
    again = await discovery.expect(root, listed, depth=0, due=START + timedelta(hours=1))
    assert [page.document for page in again] == [page.document for page in found]
    assert await library.journal.leftovers() == []


async def test_a_page_is_read_into_the_place_that_was_written_down(discovery: Discovery, library: Library) -> None:
    root = await rooted(discovery, library, most=3)
    (page,) = await discovery.expect(root, Listed({URLS[0]: None}), depth=0, due=START)
    later = START + timedelta(days=1)
    read = await library.put(changed(page.document, digest="d", next_check_at=later), "text")
    (known,) = await discovery.expect(root, Listed({URLS[0]: START}), depth=0, due=later)
    assert known.document == read
    assert (known.changed, known.is_own) == (START, True)
    await discovery.expect(root, Listed({}), depth=0, due=later)
    hurried = await library.catalogue.find(read.id)
    assert hurried is not None
    assert hurried.next_check_at == START
    assert await library.texts(read.id) == ["text"]
