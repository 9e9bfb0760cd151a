"""Walks through the sitemaps of a site: few of them, none twice, none elsewhere."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from core.errors import SaseoError
from core.hyperlinks import Area
from core.politeness import Hosts
from core.ports import Fetched, Fetcher
from core.sitemap import MOST_ENTRIES, Entry, Sitemap, named_in_robots, read_sitemap, trustworthy

MOST_SITEMAPS = 50
SECONDS = 120.0
"""After which no further sitemap of a site is begun."""
ROBOTS = "/robots.txt"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Listed:
    """The pages that a site lists, and when they last changed at the latest, where that can be believed."""

    pages: dict[str, datetime | None] = field(default_factory=dict)
    whole: bool = True
    """Whether everything that should be read could be."""


class Sitemaps:
    """Reads them one after the other."""

    def __init__(self, fetcher: Fetcher, hosts: Hosts) -> None:
        self._fetcher = fetcher
        self._hosts = hosts

    async def read(self, page: Fetched) -> Sitemap | None:
        """What a page lists that is a sitemap, or the robots.txt that names some; None for any other page."""
        if page.data is None:
            return None
        if urlsplit(page.url).path == ROBOTS:
            return Sitemap(tuple(map(Entry, named_in_robots(page.data))), is_index=True)
        return await asyncio.to_thread(read_sitemap, page.data)

    async def walk(self, first: Sitemap, *, address: str, area: Area, now: datetime) -> Listed:
        """Every page of the area that this sitemap at this address lists, and those below it."""
        listed, waiting, seen = Listed(), deque([(first, address)]), {address}
        clock = asyncio.get_running_loop().time
        until = clock() + SECONDS
        while waiting and len(listed.pages) < MOST_ENTRIES:
            sitemap, where = waiting.popleft()
            if not sitemap.is_index:
                listed.pages |= await asyncio.to_thread(_pages, sitemap, address=where, area=area, now=now)
                continue
            for url in _spelled([entry.url for entry in sitemap.entries], where, Area.site(where)):
                if url in seen:
                    continue
                if len(seen) > MOST_SITEMAPS or clock() >= until or self._hosts.rests(area.host):
                    listed.whole = False
                    break
                seen.add(url)
                found = await self._one(url)
                if found is None:
                    listed.whole = False
                else:
                    waiting.append((found, url))
        return listed

    async def named(self, area: Area, *, now: datetime) -> Listed:
        """Every page of the area in the sitemaps that robots.txt names; nothing where it names none."""
        address = str(Area(area.scheme, area.host, area.port, ROBOTS))
        sitemap = await self._one(address)
        return Listed() if sitemap is None else await self.walk(sitemap, address=address, area=area, now=now)

    async def _one(self, url: str) -> Sitemap | None:
        """None where it cannot be read: the others still can."""
        try:
            return await self.read(await self._fetcher.fetch(url))
        except SaseoError as error:
            log.info("a sitemap is left out: %s", error.code)
            self._hosts.heed(error)
            return None


def _pages(sitemap: Sitemap, *, address: str, area: Area, now: datetime) -> dict[str, datetime | None]:
    believed = trustworthy(sitemap.entries, now=now)
    return {
        url: entry.changed if believed else None
        for entry in sitemap.entries
        for url in _spelled([entry.url], address, area)
    }


def _spelled(urls: Sequence[str], address: str, area: Area) -> list[str]:
    """Those that lie in the area."""
    found = []
    for url in urls:
        try:
            spelled = area.spelled(urljoin(address, url))
        except ValueError:
            continue
        found += [spelled] if spelled is not None else []
    return found
