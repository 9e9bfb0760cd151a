"""A site on loopback, and what follows it: the real fetcher and library over stores in memory."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.backends.web import WebFetcher
from core.discovery import Discovery
from core.library import Library
from core.politeness import Hosts
from core.ports import DocumentFilter
from core.roots import Roots, Visit
from core.types import Document
from tests.fakes.site import Site
from tests.integration.scheduling import RHYTHM, World, library

HEAD = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


@dataclass
class Followed:
    """Everything that a test of following touches."""

    site: Site
    world: World
    books: Library
    roots: Roots

    def sitemap(self, *paths: str, at: str = "/sitemap.xml", dates: Iterable[str] = ()) -> None:
        """Puts a sitemap of these pages on the site."""
        stamps = [*dates, *[""] * len(paths)]
        entries = (
            f"<url><loc>{self.site.at(path)}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>"
            for path, date in zip(paths, stamps, strict=False)
        )
        self.site.page(at, f"{HEAD}{''.join(entries)}</urlset>", Content_Type="application/xml")

    def html(self, path: str, *hrefs: str) -> None:
        """Puts a page with links on the site."""
        body = f"<p>The page {path}.</p>" + "".join(f'<a href="{href}">x</a>' for href in hrefs)
        self.site.page(path, body, Content_Type="text/html")

    async def follow(self, path: str, *, depth: int = 1, most: int = 100, seconds: float = 60) -> list[Visit]:
        """Follows a path of the site to the end."""
        visits = self.roots.follow(self.site.at(path), depth=depth, most=most, seconds=seconds)
        return [visit async for visit in visits]

    async def documents(self) -> dict[str, Document]:
        """What is known, by path."""
        page = await self.world.store.catalogue.page(DocumentFilter(), limit=1000)
        start = self.site.at("")
        return {(document.url or "").removeprefix(start): document for document in page.documents}

    async def root(self, path: str) -> Document:
        return (await self.documents())[path]

    def asked(self) -> list[str]:
        """What the site was asked for since the last time, in order, without robots.txt."""
        paths = self.site.paths
        self.site.seen.clear()
        return paths


def outcomes(visits: Iterable[Visit], site: Site) -> dict[str, str]:
    """What became of each path."""

    def outcome(visit: Visit) -> str:
        if visit.added is None:
            return "waiting"
        if visit.added.reason is not None:
            return visit.added.reason.code
        return "added" if visit.added.changed else "unchanged"

    return {visit.url.removeprefix(site.at("")): outcome(visit) for visit in visits}


@asynccontextmanager
async def followed() -> AsyncIterator[Followed]:
    """A site, and everything in memory that follows it."""
    async with Site() as site:
        fetcher = WebFetcher(max_bytes=5_000_000, timeout=10, allow_private_hosts=("127.0.0.1",))
        async with fetcher:
            world = World()
            books, store = library(world, fetcher), world.store
            roots = Roots(
                library=books,
                fetcher=fetcher,
                catalogue=store.catalogue,
                discovery=Discovery(
                    catalogue=store.catalogue, shelves=store.shelves, journal=store.journal, clock=world.clock
                ),
                rhythm=RHYTHM,
                hosts=Hosts(clock=world.clock),
                clock=world.clock,
            )
            yield Followed(site, world, books, roots)
