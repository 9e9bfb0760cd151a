"""Takes documents in, keeps them fresh and forgets them. Replacement is whole for readers, also after a crash."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.catalogues import shelved
from core.errors import Refused, SaseoError
from core.indexing import Indexing
from core.links import Links, Looked, after_look, title_of
from core.locks import Locks
from core.looks import UNKEPT, Look, Looks
from core.origins import is_link
from core.ports import Catalogue, DocumentFilter, Fetched, Fetcher, Journal, Reader, Shelves
from core.refresh import NEVER, Rhythm, after_failure
from core.replacing import Replacing
from core.types import PUBLIC, Block, Document, Metadata, Passage, Reading, Scope, digest, identify, now

TITLE_LIMIT = 300
AT_ONCE = 128
"""Documents that are read and indexed side by side: the indexes commit what arrives together."""
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document that was handed in; `changed` is False where its content was known already.

    Of a link, `page` is what was fetched, and `reason` why it could not be read again.
    """

    document: Document
    changed: bool
    page: Fetched | None = field(default=None, compare=False, repr=False)
    reason: SaseoError | None = field(default=None, compare=False)


class Library:
    """The one way in for documents."""

    def __init__(
        self,
        *,
        reader: Reader,
        fetcher: Fetcher,
        catalogue: Catalogue,
        shelves: Shelves,
        journal: Journal,
        indexing: Indexing,
        looks: Looks = UNKEPT,
        rhythm: Rhythm = NEVER,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.links = Links(fetcher=fetcher, reader=reader, catalogue=catalogue)
        self._reader = reader
        self._catalogue = catalogue
        self._shelves = shelves
        self._indexing = indexing
        self._looks = looks
        self._rhythm = rhythm
        self._clock = clock
        self._locks = Locks()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._replacing = Replacing(catalogue=catalogue, journal=journal, indexing=indexing)

    async def add(
        self,
        data: bytes,
        *,
        name: str,
        origin: str,
        scope: Scope = PUBLIC,
        media_type: str | None = None,
        title: str | None = None,
        url: str | None = None,
        metadata: Metadata | None = None,
    ) -> Added:
        """Reads a file and makes it known to the people of its scope.

        The same origin in the same scope is the same document: new content replaces the old. Raises Refused with
        the reason when the file cannot be read, and Unavailable when a store or a model cannot be reached.
        """
        document = Document(
            id=identify(str(scope), origin),
            title=_title(title or name),
            origin=origin,
            scope=scope,
            digest=digest(data),
            url=url,
            metadata=dict(metadata or {}),
            read_at=self._clock(),
        )
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            if known is not None and _same_content(known, document):
                return await self._touch(known, document)
            reading = await self._reader.read(data, name=name, media_type=media_type)
            if title is None and reading.title:
                document = replace(document, title=_title(reading.title))
            return await self._store(replace(document, media_type=reading.media_type), reading)

    async def add_text(
        self,
        text: str,
        *,
        origin: str | None = None,
        scope: Scope = PUBLIC,
        title: str | None = None,
        url: str | None = None,
        metadata: Metadata | None = None,
    ) -> Added:
        """Like `add` for text that needs no reading. Without an origin equal text with equal metadata in the same
        scope is the same document."""
        content = digest(text)
        fingerprint = repr(sorted((metadata or {}).items()))
        document = Document(
            id=identify(str(scope), origin or "", *(() if origin else (content, fingerprint))),
            title=_title(title or _first_line(text)),
            origin=origin or f"text:{content[:20]}",
            scope=scope,
            digest=content,
            url=url,
            metadata=dict(metadata or {}),
            read_at=self._clock(),
        )
        blocks = tuple(Block(part) for part in text.split("\n\n") if part.strip())
        if not blocks:
            raise Refused("library.empty", name=document.title or "?")
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            if known is not None and _same_content(known, document):
                return await self._touch(known, document)
            return await self._store(document, Reading(blocks=blocks))

    async def add_link(self, url: str, *, scope: Scope = PUBLIC, refresh_seconds: int | None = None) -> Added:
        """Fetches and reads a link, and has it checked again every `refresh_seconds` (None: as its changes teach,
        0: never). Links to one page are one document. Raises Refused or Unavailable."""
        looked = await self.links.look(url, scope=scope)
        return await self.add_looked(looked, scope=scope, refresh_seconds=refresh_seconds)

    async def add_looked(self, looked: Looked, *, scope: Scope = PUBLIC, refresh_seconds: int | None = None) -> Added:
        """Like `add_link` for one that was looked at already."""
        page = looked.fetched()
        document = Document(
            id=identify(str(scope), looked.origin),
            title=_title(looked.url),
            origin=looked.origin,
            scope=scope,
            url=looked.url,
            refresh_seconds=refresh_seconds,
            read_at=self._clock(),
        )
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            if known is not None:
                document = replace(document, version=known.version, pace=known.pace)
            return replace(await self._take(document, page, known=known), page=page)

    async def refresh(self, document: Document) -> Added:
        """Checks a link again and reads it anew where it changed. A failure is written on the document, which keeps
        what it knew; it is raised only where there is nothing to check."""
        if document.url is None or not is_link(document):
            raise Refused("library.not_a_link", title=document.title)
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            if known is None:
                raise Refused("library.unknown", document_id=document.id)
            try:
                page = await self.links.fetch(document.url, etag=known.etag, modified=known.modified)
                added = replace(await self._take(known, page, known=known, only_known=True), page=page)
            except SaseoError as error:
                failed = after_failure(known, error, now=self._clock(), rhythm=self._rhythm)
                await self._catalogue.save(failed)
                added = Added(failed, changed=False, reason=error)
            look = Look.of(self._clock(), changed=added.changed, reason=added.reason)
            await self._looks.note(document.id, look)
            return added

    async def move(self, document_id: str, scope: Scope) -> Document | None:
        """Gives a document to the people of another scope instead, in one moment for readers, and without reading or
        embedding again. None where there is none."""
        return await self._again(document_id, scope, instead_of=document_id)

    async def copy(self, document_id: str, scope: Scope) -> Document | None:
        """Gives a document to the people of another scope too."""
        return await self._again(document_id, scope, instead_of=None)

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents. No answer rests on them from the moment this returns."""
        forgotten = await self._catalogue.forget(document_ids)
        await self._replacing.sweep({document.id for document in forgotten})
        return forgotten

    async def forget_workspace(self, platform: str, workspace: str) -> int:
        """Deletes the documents of the people of a workspace, and returns how many there were."""
        where, gone = DocumentFilter(workspace=f"{platform}:{workspace}"), set[str]()
        while documents := (await self._catalogue.page(where, limit=FORGOTTEN_AT_ONCE)).documents:
            gone |= {one.id for one in await self._catalogue.forget([document.id for document in documents])}
        await self._replacing.sweep(gone)
        return len(gone)

    async def recover(self) -> int:
        """Sweeps what a crash left half-way; call it before anything is taken in. Returns how much it swept."""
        return await self._replacing.sweep()

    def shelved(self) -> AsyncIterator[tuple[Document, Sequence[Passage]]]:
        """Every document with its current passages, one at a time."""
        return shelved(self._catalogue, self._shelves)

    async def reindex(self) -> AsyncIterator[Document]:
        """Fills empty indexes from the passages on the shelves, a document at a time."""
        async for document, passages in self.shelved():
            await self._indexing.add(document, passages)
            yield document

    async def _take(
        self, document: Document, page: Fetched, *, known: Document | None, only_known: bool = False
    ) -> Added:
        fresh, content = after_look(document, page, known=known, now=self._clock(), rhythm=self._rhythm)
        if content is None:
            await self._catalogue.save(fresh)
            return Added(fresh, changed=False)
        reading = await self.links.read(content, page, url=fresh.url or page.url)
        title = _title(title_of(reading, page, url=fresh.url or page.url))
        return await self._store(
            replace(fresh, title=title, media_type=reading.media_type), reading, only_known=only_known
        )

    async def _again(self, document_id: str, scope: Scope, *, instead_of: str | None) -> Document | None:
        source = await self._catalogue.find(document_id)
        target = None if source is None else identify(str(scope), source.origin)
        if source is None or target is None or target == document_id:
            return source
        async with self._turn(document_id, target):
            source, known = await self._catalogue.find(document_id), await self._catalogue.find(target)
            if source is None:
                return None
            if known is not None and known.state == "ready" and _as_new(known, source):
                await self.forget([] if instead_of is None else [instead_of])
                return known
            passages = await self._shelves.passages(document_id)
            await self._replacing.copied(replace(source, id=target, scope=scope), passages, instead_of=instead_of)
            await self._replacing.sweep({document_id})
            if instead_of is None and await self._catalogue.find(document_id) is None:
                await self.forget([target])
            return await self._catalogue.find(target)

    async def _touch(self, known: Document, document: Document) -> Added:
        """The content is the same: keep it, and write the row only where what was sent with it differs."""
        same = replace(known, metadata=document.metadata, url=document.url)
        if same != known:
            await self._catalogue.save(same)
        return Added(same, changed=False)

    async def _store(self, document: Document, reading: Reading, *, only_known: bool = False) -> Added:
        return Added(await self._replacing.read(document, reading, only_known=only_known), changed=True)

    @asynccontextmanager
    async def _turn(self, *document_ids: str) -> AsyncIterator[None]:
        """One change of a document at a time, and a few documents side by side."""
        async with AsyncExitStack() as stack:
            for document_id in sorted(document_ids):
                await stack.enter_async_context(self._locks.hold(document_id))
            await stack.enter_async_context(self._places)
            yield


def _same_content(known: Document, document: Document) -> bool:
    return known.digest == document.digest and known.scope == document.scope and known.state == "ready"


def _as_new(known: Document, other: Document) -> bool:
    return known.digest == other.digest or known.read_at >= other.read_at


def _title(text: str) -> str:
    return " ".join(text.split())[:TITLE_LIMIT]


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return line.strip().lstrip("#").strip()[:80]
