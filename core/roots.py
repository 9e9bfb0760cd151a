"""Follows sites: the pages that a sitemap lists, or that a page links to below itself, become links of their own.

A page that is found is first written down as a link that is due, and then looked at like any other: so nothing is lost
when the process ends, and hosts are asked as politely as ever. See the ADR on following.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.discovery import Discovery, Found
from core.errors import Refused, SaseoError
from core.followed import Note
from core.hyperlinks import PAGES, Area, pages
from core.library import Added, Library
from core.links import Looked
from core.politeness import Hosts, host_of
from core.ports import Catalogue, Fetched, Fetcher
from core.refresh import Rhythm, after_failure, after_success
from core.sitemap import Sitemap
from core.sitemaps import Listed, Sitemaps
from core.types import PUBLIC, Document, Scope, digest, identify, now

SECONDS = 300.0
"""For which somebody waits; what is not read by then is read in the background."""
OURS = timedelta(hours=1)
"""For which the background leaves a page to whoever waits for it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of one page. `added` is None where it has not been looked at yet."""

    url: str
    added: Added | None
    total: int
    """Pages that are known of the site so far."""


class Roots:
    """Takes in sites, and looks at links on behalf of the library, with what they lead to."""

    def __init__(
        self,
        *,
        library: Library,
        fetcher: Fetcher,
        catalogue: Catalogue,
        discovery: Discovery,
        rhythm: Rhythm,
        hosts: Hosts | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.hosts = hosts or Hosts(clock=clock)
        self._library = library
        self._fetcher = fetcher
        self._catalogue = catalogue
        self._discovery = discovery
        self._rhythm = rhythm
        self._clock = clock
        self._sitemaps = Sitemaps(fetcher, self.hosts)

    async def refresh(self, document: Document) -> Added:
        """Like `Library.refresh`, and new pages of a site that is followed become links that are due."""
        return (await self._look(document, due=self._clock()))[0]

    async def follow(
        self,
        url: str,
        *,
        depth: int,
        most: int,
        scope: Scope = PUBLIC,
        refresh_seconds: int | None = None,
        seconds: float = SECONDS,
    ) -> AsyncGenerator[Visit, None]:
        """Takes in a link and what it leads to, at most `depth` steps and `most` pages; yields the link itself first.

        What is known already is looked at again, unless its sitemap says that it has not changed. Raises Refused or
        Unavailable where the link itself cannot be read; the others are only told of.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        async with self.hosts.turn(host_of(url.strip())):
            root, waiting = await self._begin(url.strip(), Note("", depth, most), scope=scope, seconds=refresh_seconds)
        seen = {root.document.id} | {found.document.id for found in waiting}
        yield Visit(url.strip(), root, len(seen))
        pages = deque(waiting)
        while pages:
            found = pages.popleft()
            host = host_of(found.document.url)
            if self.hosts.rests(host) or asyncio.get_running_loop().time() >= deadline:
                yield Visit(found.document.url or "", None, len(seen))
                continue
            async with self.hosts.turn(host):
                added, further = await self._visit(found)
            fresh = [page for page in further if page.document.id not in seen]
            seen |= {page.document.id for page in fresh}
            pages.extend(fresh)
            yield Visit(found.document.url or "", added, len(seen))

    async def _begin(self, url: str, wish: Note, *, scope: Scope, seconds: int | None) -> tuple[Added, Sequence[Found]]:
        looked = await self._library.links.look(url, scope=scope)
        page = looked.fetched()
        sitemap = await self._sitemaps.read(page)
        if sitemap is None:
            added = await self._library.add_looked(looked, scope=scope, refresh_seconds=seconds)
        else:
            known = await self._shell(looked, scope=scope, seconds=seconds)
            root = self._read_again(known, page, sitemap)
            added = Added(root, changed=root.digest != known.digest)
        name, area = added.document.id, Area.below(page.url) if sitemap is None else Area.site(page.url)
        note = Note(name, wish.depth, most=wish.most, area=str(area), is_sitemap=sitemap is not None)
        root = replace(added.document, metadata=note.on(added.document.metadata))
        listed = await self._list(root, page, sitemap)
        found = await self._discovery.expect(root, listed, depth=note.depth - 1, due=self._clock() + OURS)
        # Last: a site is followed from the moment that everything it lists is written down.
        latest = root if sitemap is not None else await self._catalogue.find(name) or root
        root = replace(latest, metadata=note.on(latest.metadata))
        await self._catalogue.save(root)
        return replace(added, document=root), found

    async def _shell(self, looked: Looked, *, scope: Scope, seconds: int | None) -> Document:
        """The document of a sitemap, which has no passages."""
        name = identify(str(scope), looked.origin)
        fresh = Document(name, looked.url, looked.origin, scope, url=looked.url, read_at=self._clock())
        known = await self._discovery.shell(fresh)
        if known.passage_count:
            # It was read as a text before.
            await self._library.forget([known.id])
            known = await self._discovery.shell(fresh)
        return replace(known, refresh_seconds=seconds)

    async def _visit(self, found: Found) -> tuple[Added, Sequence[Found]]:
        """Looks at a page that was found, where it is the site's own and may have changed."""
        document = found.document
        if not found.is_own or (found.changed is not None and document.digest and found.changed <= document.read_at):
            return Added(document, changed=False), ()
        # Unchanged, it would come without its links, of which some may have been lost to a crash.
        document = replace(document, etag=None, modified=None)
        await self._catalogue.save(document)
        try:
            added, further = await self._look(document, due=self._clock() + OURS)
        except SaseoError as error:
            return Added(document, changed=False, reason=error), ()
        self.hosts.heed(added.reason)
        return added, further

    async def _look(self, document: Document, *, due: datetime) -> tuple[Added, Sequence[Found]]:
        note = Note.of(document)
        if note is None:
            return await self._library.refresh(document), ()
        if note.is_sitemap:
            return await self._look_at_sitemap(document, note, due=due)
        added = await self._library.refresh(document)
        if not added.document.digest and isinstance(added.reason, Refused):
            # It never was known, so there is nothing to keep of it.
            await self._library.forget([document.id])
        root = added.document if note.root == document.id else await self._catalogue.find(note.root)
        if root is None or note.depth < 1 or added.page is None:
            return added, ()
        listed = await self._list(root, added.page, None, with_robots=root.id == document.id)
        return added, await self._discovery.expect(root, listed, depth=note.depth - 1, due=due)

    async def _look_at_sitemap(self, document: Document, note: Note, *, due: datetime) -> tuple[Added, Sequence[Found]]:
        """Reads a sitemap again. It has no passages, so the library has nothing to do with it."""
        try:
            page = await self._fetcher.fetch(document.url or "", etag=document.etag, modified=document.modified)
            sitemap = await self._sitemaps.read(page)
            if page.data is not None and sitemap is None:
                raise Refused("sitemap.none")
            root = self._read_again(document, page, sitemap)
            found: Sequence[Found] = ()
            if sitemap is not None:
                listed = await self._list(root, page, sitemap)
                found = await self._discovery.expect(root, listed, depth=note.depth - 1, due=due)
            await self._catalogue.save(root)
        except SaseoError as error:
            failed = after_failure(document, error, now=self._clock(), rhythm=self._rhythm)
            await self._catalogue.save(failed)
            return Added(failed, changed=False, reason=error), ()
        return Added(root, changed=root.digest != document.digest), found

    def _read_again(self, document: Document, page: Fetched, sitemap: Sitemap | None) -> Document:
        """The document of a sitemap after it was read. Of an index the parts may change while it stays as it is."""
        content = document.digest if page.data is None else digest(page.data)
        fresh = after_success(
            document,
            now=self._clock(),
            rhythm=self._rhythm,
            changed=bool(document.digest) and content != document.digest,
            headers=page.headers,
        )
        keeps = sitemap is None or not sitemap.is_index
        etag, modified = (page.etag or document.etag, page.modified or document.modified) if keeps else (None, None)
        return replace(fresh, digest=content, etag=etag, modified=modified, media_type=page.media_type or "text/xml")

    async def _list(
        self, root: Document, page: Fetched, sitemap: Sitemap | None, *, with_robots: bool = True
    ) -> Listed:
        """What a page leads to within the area of its site."""
        note, moment = Note.of(root), self._clock()
        if note is None or not note.area:
            return Listed()
        area = Area.parse(note.area)
        if sitemap is not None:
            return await self._sitemaps.walk(sitemap, address=page.url, area=area, now=moment)
        listed = Listed(whole=False)
        if page.data is not None and page.media_type in PAGES:
            listed.pages |= dict.fromkeys(await asyncio.to_thread(pages, page.data, address=page.url, area=area))
        if with_robots:
            listed.pages |= (await self._sitemaps.named(area, now=moment)).pages
        for own in (root.url or "", page.url):
            listed.pages.pop(area.spelled(own) or "", None)
        return listed
