"""Writes down the pages that were found of a site, so that they are looked at like any link."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.canonical import name_of
from core.followed import Note, pages_of
from core.locks import Locks
from core.origins import is_link, link_origin
from core.ports import Catalogue, Journal, Leftover, Shelves
from core.sitemaps import Listed
from core.types import Audience, Document, Scope, identify, now


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a site: `is_own` is False where it was known before, as a link that somebody handed in."""

    document: Document
    is_own: bool = True
    changed: datetime | None = None
    """When it last changed at the latest, as far as that can be believed."""


class Discovery:
    """Knows which pages of a site are known, and adds those that are not, up to its bound."""

    def __init__(
        self, *, catalogue: Catalogue, shelves: Shelves, journal: Journal, clock: Callable[[], datetime] = now
    ) -> None:
        self._catalogue = catalogue
        self._shelves = shelves
        self._journal = journal
        self._clock = clock
        self._locks = Locks()

    async def shell(self, document: Document) -> Document:
        """Writes down a document that has no passages, unless it is known; returns what is known."""
        if (known := await self._catalogue.find(document.id)) is not None:
            return known
        version = await self._journal.begin(document.id)
        # Somebody may have handed it in meanwhile.
        if (known := await self._catalogue.find(document.id)) is not None:
            await self._journal.swept(Leftover(document.id, version))
            return known
        fresh = replace(document, version=version)
        await self._catalogue.save(fresh, [])
        return fresh

    async def expect(self, root: Document, listed: Listed, *, depth: int, due: datetime) -> list[Found]:
        """Those pages that are listed and now known, in their order. New ones are due at `due`; known ones that changed
        since they were read, and those that the whole list lacks, are due now."""
        note = Note.of(root)
        names = await asyncio.to_thread(_named, listed.pages, root.scope)
        names.pop(root.id, None)
        async with self._locks.hold(root.id):
            if note is None or await self._catalogue.find(root.id) is None:
                return []
            # Asked for here: another look may have added some meanwhile.
            own = await self._own(root)
            found = []
            for name, (url, changed) in names.items():
                if name not in own and len(own) >= note.most:
                    continue
                page = await self._expected(root, url, Note(root.id, depth), due=due)
                found.append(replace(page, changed=changed))
                own |= {name} if page.is_own else set()
                if changed is not None and page.document.digest and changed > page.document.read_at:
                    await self._hurry(page.document)
            if listed.whole:
                await self._look_for(own - {page.document.id for page in found}, depth=depth)
            return found

    async def _own(self, root: Document) -> set[str]:
        """The pages of a site, without its root."""
        audience = Audience.of(root.scope)
        return set(await self._shelves.matching(pages_of(root.id), audience)) - {root.id}

    async def _expected(self, root: Document, url: str, note: Note, *, due: datetime) -> Found:
        origin = link_origin(name_of(url))
        page = Document(
            id=identify(str(root.scope), origin),
            title=url,
            origin=origin,
            scope=root.scope,
            url=url,
            metadata=note.on({}),
            read_at=self._clock(),
            next_check_at=due,
        )
        document = await self.shell(page)
        known = Note.of(document)
        if known is None or known.root != root.id:
            return Found(document, is_own=False)
        if known.depth < note.depth:
            document = replace(document, metadata=note.on(document.metadata))
            await self._catalogue.save(document)
        return Found(document)

    async def _look_for(self, names: set[str], *, depth: int) -> None:
        """Has those checked soon that a site lists no more: they may be gone."""
        for name in names:
            document = await self._catalogue.find(name)
            note = Note.of(document) if document is not None else None
            # Those that lie deeper were never listed there.
            if document is not None and note is not None and note.depth == depth:
                await self._hurry(document)

    async def _hurry(self, document: Document) -> None:
        moment = self._clock()
        if is_link(document) and document.next_check_at is not None and document.next_check_at > moment:
            await self._catalogue.save(replace(document, next_check_at=moment))


def _named(pages: Mapping[str, datetime | None], scope: Scope) -> dict[str, tuple[str, datetime | None]]:
    """Pages by the ids of their documents."""
    return {identify(str(scope), link_origin(name_of(url))): (url, changed) for url, changed in pages.items()}
