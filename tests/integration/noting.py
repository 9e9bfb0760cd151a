"""Notion pages that the tests of them read, over the wire and as the program does."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.backends.web.fetch import WebFetcher
from core.errors import SaseoError
from core.notion.pages import NotionPages
from tests.fakes.network import Connector, Names
from tests.fakes.notion import Json, bare, block
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.site import CERTIFICATE, Site
from tests.integration.test_links_read import FileReader

LIMIT = 5_000_000
HOST = "acme.notion.site"
SHARED = f"https://{HOST}/Handbook-{bare(1)}?pvs=4"
ADDRESS = f"https://{HOST}/{bare(1)}"
LEAVE = "Leave is 25 days a year, and whoever wants to take it tells the office a week before."


@asynccontextmanager
async def web(site: Site, *, seconds: float = PATIENCE) -> AsyncIterator[NotionPages]:
    """The web as the program reads it, with connections that all end at the site."""
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    connector = Connector(detour=site.port)
    async with WebFetcher(
        max_bytes=LIMIT, timeout=PATIENCE, resolve=Names(), connector=connector, tls=trusting
    ) as fetcher:
        yield NotionPages(fetcher, timeout=seconds)


@asynccontextmanager
async def reading(site: Site) -> AsyncIterator[Core]:
    async with web(site) as pages:
        yield Core(fetcher=pages, reader=FileReader())


async def html(site: Site, url: str = SHARED) -> str:
    async with web(site) as pages:
        return ((await pages.fetch(url)).data or b"").decode()


async def trouble(site: Site, url: str = SHARED) -> SaseoError:
    async with web(site) as pages:
        with pytest.raises(SaseoError) as raised:
            await pages.fetch(url)
    assert raised.value.text("en") != raised.value.text("ko")
    return raised.value


def handbook(*further: Json) -> list[Json]:
    inner = {one for each in further for one in each["content"]}
    tops = [one["id"] for one in further if one["id"] not in inner]
    root = block(1, "page", "Handbook", 2, 3)
    root["content"] += tops
    return [root, block(2, "header", "Leave"), block(3, "text", LEAVE), *further]
