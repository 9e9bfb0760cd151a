"""Takes documents in, keeps them fresh and forgets them. Replacement is whole for readers, also after a crash."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from core.chunk import chunk
from core.errors import Refused, SaseoError
from core.indexing import Indexing
from core.locks import Locks
from core.ports import Catalogue, DocumentFilter, Fetched, Fetcher, Journal, Leftover, Reader, Shelves
from core.refresh import after_failure, after_success
from core.types import PUBLIC, Block, Document, Metadata, Passage, Reading, Scope, digest, identify, now

TITLE_LIMIT = 300
AT_ONCE = 128
"""Documents that are read and indexed side by side: the indexes commit what arrives together."""
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document that was handed in; `changed` is False where its content was known already."""

    document: Document
    changed: bool


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
        refresh_interval: int = 0,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._reader = reader
        self._fetcher = fetcher
        self._catalogue = catalogue
        self._shelves = shelves
        self._journal = journal
        self._indexing = indexing
        self._refresh_interval = refresh_interval
        self._clock = clock
        self._locks = Locks()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._writing: set[Leftover] = set()

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
        """Fetches and reads a link, and has it checked again every `refresh_seconds` (None: the configured
        interval, 0: never). Raises Refused or Unavailable."""
        address = url.strip()
        document = Document(
            id=identify(str(scope), f"link:{address}"),
            title=_title(address),
            origin=f"link:{address}",
            scope=scope,
            url=address,
            refresh_seconds=refresh_seconds,
            read_at=self._clock(),
        )
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            page = await self._fetcher.fetch(address)
            return await self._take(replace(document, version=known.version if known else 0), page, known=known)

    async def refresh(self, document: Document) -> Added:
        """Checks a link again and reads it anew where it changed. A failure is written on the document, which keeps
        what it knew; it is raised only where there is nothing to check."""
        if not document.origin.startswith("link:") or document.url is None:
            raise Refused("library.not_a_link", title=document.title)
        async with self._turn(document.id):
            known = await self._catalogue.find(document.id)
            if known is None:
                raise Refused("library.unknown", document_id=document.id)
            try:
                page = await self._fetcher.fetch(document.url, etag=known.etag, modified=known.modified)
                return await self._take(known, page, known=known)
            except SaseoError as error:
                failed = after_failure(known, error, now=self._clock(), default_interval=self._refresh_interval)
                await self._catalogue.save(failed)
                return Added(failed, changed=False)

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents. No answer rests on them from the moment this returns."""
        forgotten = await self._catalogue.forget(document_ids)
        await self._sweep({document.id for document in forgotten})
        return forgotten

    async def forget_workspace(self, platform: str, workspace: str) -> int:
        """Deletes the documents of the people of a workspace, and returns how many there were."""
        where, count = DocumentFilter(workspace=f"{platform}:{workspace}"), 0
        while documents := (await self._catalogue.page(where, limit=FORGOTTEN_AT_ONCE)).documents:
            count += len(await self.forget([document.id for document in documents]))
        return count

    async def recover(self) -> int:
        """Sweeps what a crash left half-way; call it before anything is taken in. Returns how much it swept."""
        return await self._sweep(None)

    async def shelved(self) -> AsyncIterator[tuple[Document, Sequence[Passage]]]:
        """Every document with its current passages, one at a time."""
        after: str | None = None
        while True:
            page = await self._catalogue.page(DocumentFilter(), after=after, limit=100)
            for document in page.documents:
                yield document, await self._shelves.passages(document.id)
            if page.next is None:
                return
            after = page.next

    async def reindex(self) -> AsyncIterator[Document]:
        """Fills empty indexes from the passages on the shelves, a document at a time."""
        async for document, passages in self.shelved():
            await self._indexing.add(document, passages)
            yield document

    async def _take(self, document: Document, page: Fetched, *, known: Document | None) -> Added:
        fresh = after_success(
            replace(document, etag=page.etag or document.etag, modified=page.modified or document.modified),
            now=self._clock(),
            default_interval=self._refresh_interval,
            headers=page.headers,
        )
        if page.data is None:
            await self._catalogue.save(fresh)
            return Added(fresh, changed=False)
        fresh = replace(fresh, digest=digest(page.data), etag=page.etag, modified=page.modified)
        if known is not None and known.digest == fresh.digest:
            same = replace(fresh, title=known.title, media_type=known.media_type, passage_count=known.passage_count)
            await self._catalogue.save(same)
            return Added(same, changed=False)
        reading = await self._reader.read(page.data, name=page.name or page.url, media_type=page.media_type)
        title = _title(reading.title or page.name or page.url)
        return await self._store(replace(fresh, title=title, media_type=reading.media_type), reading)

    async def _touch(self, known: Document, document: Document) -> Added:
        """The content is the same: keep it, and write the row only where what was sent with it differs."""
        same = replace(known, metadata=document.metadata, url=document.url)
        if same != known:
            await self._catalogue.save(same)
        return Added(same, changed=False)

    async def _store(self, document: Document, reading: Reading) -> Added:
        version = await self._journal.begin(document.id)
        writing = Leftover(document.id, version)
        self._writing.add(writing)
        try:
            passages = await asyncio.to_thread(chunk, reading, document_id=document.id, version=version)
            if not passages:
                raise Refused("library.empty", name=document.title)
            document = replace(document, version=version, passage_count=len(passages), state="ready", error=None)
            await self._indexing.add(document, passages)
            await self._catalogue.save(document, passages)
        finally:
            self._writing.discard(writing)
            await asyncio.shield(self._sweep({document.id}))
        return Added(document, changed=True)

    async def _sweep(self, document_ids: Collection[str] | None) -> int:
        """Removes leftovers from the indexes, of these documents or of all, but never what is being written."""
        leftovers = [
            leftover
            for leftover in await self._journal.leftovers()
            if leftover not in self._writing and (document_ids is None or leftover.document_id in document_ids)
        ]
        for leftover in leftovers:
            await self._indexing.remove(leftover.document_id, leftover.version)
            await self._journal.swept(leftover)
        return len(leftovers)

    @asynccontextmanager
    async def _turn(self, document_id: str) -> AsyncIterator[None]:
        """One change of a document at a time, and a few documents side by side."""
        async with self._locks.hold(document_id), self._places:
            yield


def _same_content(known: Document, document: Document) -> bool:
    return known.digest == document.digest and known.scope == document.scope and known.state == "ready"


def _title(text: str) -> str:
    return " ".join(text.split())[:TITLE_LIMIT]


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return line.strip().lstrip("#").strip()[:80]
