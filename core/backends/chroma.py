"""The dense index on Chroma, embedded: Chroma keeps the passages, an exact search in memory finds them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from core.backends.child import Child
from core.backends.chroma_client import ChromaCollection, drop
from core.backends.chroma_server import ChromaServerIndex
from core.backends.chroma_store import PAGE, ChromaStore
from core.backends.copied_index import CopiedIndex
from core.backends.gather import Gathered
from core.backends.matrix import fits, rows_of, vectors_of
from core.backends.memory_index import MemoryDenseIndex
from core.errors import Refused, Unavailable
from core.ports import Entry, Hit, Query, Vector

WRITES_AT_ONCE = 128
PAUSE = 1.0
"""Seconds between two commits: each costs, however little is in it, and many documents arrive together."""
PAGES_A_TURN = 4
"""Pages of the copy that are loaded between two questions that Chroma answers meanwhile."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Removal:
    document_id: str
    version: int


_Write = Sequence[Entry] | _Removal


class ChromaIndex:
    """Chroma in a child process is the store of record; a copy of its vectors answers.

    What `add` was given is in Chroma before it can be found. The copy is loaded after `open` has returned: until it
    is whole, Chroma itself answers, and what is to be written waits.
    """

    def __init__(self, collection: ChromaCollection) -> None:
        self._collection = collection
        self._store = Child(ChromaStore, collection=collection)
        self._copy = MemoryDenseIndex(collection.dimension)
        self._written: Gathered[_Write, None] = Gathered(self._write, at_once=WRITES_AT_ONCE, pause=PAUSE)
        self._loading: asyncio.Task[None] | None = None
        self._asking, self._turn = asyncio.Lock(), asyncio.Lock()
        self._was_empty = False

    async def open(self) -> None:
        """Opens or makes the collection. Raises Refused when it is damaged or another embedder's."""
        count = await self._read("count")
        self._was_empty = not count
        self._loading = asyncio.create_task(self._load(count))

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the greatest inner products, best first. ValueError for a vector of another shape."""
        if self.loading:
            # One question at a time: the next page of the copy waits for a single one, never for a crowd of them.
            async with self._asking:
                if self.loading:
                    return await self._search_slowly(fits(query, self._collection.dimension), limit)
        await self._loaded()
        return await self._copy.search(query, limit=limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Durable and searchable when it returns. ValueError for a vector of another shape."""
        vectors_of(entries, self._collection.dimension)
        await self._written(entries)

    async def remove(self, document_id: str, version: int) -> None:
        """Not found from now on, and removed from Chroma when it returns."""
        await self._written(_Removal(document_id, version))

    @property
    def loading(self) -> bool:
        """Whether the copy is still being loaded and Chroma's own, slower search answers."""
        return self._loading is not None and not self._loading.done()

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text, as far as they are here."""
        await self._loaded()
        return await self._copy.recall(digests)

    async def count(self) -> int:
        """How many passages are here."""
        await self._loaded()
        return await self._copy.count()

    async def empty(self) -> bool:
        """Whether nothing is here. While the copy is loaded: whether nothing was here when it was opened."""
        return self._was_empty if self.loading else not await self._copy.count()

    async def close(self) -> None:
        """Finishes what was asked and ends the child process."""
        await self._written.settled()
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self._store.close()
        await self._copy.close()

    async def _loaded(self) -> None:
        if self._loading is None:
            raise RuntimeError("the index is not open")
        await asyncio.shield(self._loading)

    async def _search_slowly(self, query: Query, limit: int) -> Sequence[Hit]:
        async with self._turn:
            found: Sequence[Hit] = await self._read("search", query, limit)
        return found

    async def _load(self, count: int) -> None:
        for first in range(0, count, PAGES_A_TURN * PAGE):
            async with self._turn:
                for page in range(first, min(first + PAGES_A_TURN * PAGE, count), PAGE):
                    await self._load_page(page)
        if await self._copy.count() != count:
            raise Refused("index.damaged", place=self._collection.place)

    async def _load_page(self, first: int) -> None:
        try:
            page = await self._read("page", first, PAGE)
        except Unavailable as error:
            # It was counted and cannot be read back: damaged files make Chroma fail or crash, as it happens.
            raise Refused("index.damaged", place=self._collection.place) from error
        await self._copy.put(*page)

    async def _read(self, method: str, *details: object) -> Any:
        # Chroma's C++ core crashes over damaged files; a process that was merely killed dies only once.
        for attempt in (1, 2):
            try:
                return await self._store.call(method, *details)
            except Unavailable as error:
                if error.code != "index.stopped":
                    raise
                logger.warning("the store died while it was read, attempt %d", attempt)
        raise Refused("index.damaged", place=self._collection.place)

    async def _write(self, writes: Sequence[_Write]) -> Sequence[None]:
        await self._loaded()
        for is_removal, group in groupby(writes, key=lambda write: isinstance(write, _Removal)):
            together = list(group)
            if is_removal:
                await self._remove([write for write in together if isinstance(write, _Removal)])
            else:
                await self._put([entry for write in together if not isinstance(write, _Removal) for entry in write])
        return [None] * len(writes)

    async def _remove(self, removals: Sequence[_Removal]) -> None:
        for removal in removals:
            await self._copy.remove(removal.document_id, removal.version)
        await self._store.call("remove", [(removal.document_id, removal.version) for removal in removals])

    async def _put(self, entries: Sequence[Entry]) -> None:
        latest = list({entry.passage.key: entry for entry in entries}.values())
        for first in range(0, len(latest), PAGE):
            part = latest[first : first + PAGE]
            rows, vectors = rows_of(part), vectors_of(part, self._collection.dimension)
            await self._store.call("put", rows, vectors)
            await self._copy.put(rows, vectors)


AnyChroma: TypeAlias = ChromaIndex | ChromaServerIndex | CopiedIndex


@asynccontextmanager
async def open_chroma(
    *,
    identity: str,
    dimension: int,
    path: str | None = None,
    url: str | None = None,
    collection: str = "documents",
    copied_bytes: int = 0,
) -> AsyncIterator[AnyChroma]:
    """The index of a collection: on the server at `url` if one is given, else in the directory `path`. What is on a
    server may be copied into memory, up to so many bytes.

    Raises Refused when another embedder filled the collection or when its files are damaged or cannot be written,
    and Unavailable when the server cannot be reached.
    """
    where = ChromaCollection(
        name=collection, identity=identity, dimension=dimension, path=None if url else path, url=url or None
    )
    index: AnyChroma = ChromaServerIndex(where) if url else ChromaIndex(where)
    if copied_bytes and isinstance(index, ChromaServerIndex):
        index = CopiedIndex(index, dimension=dimension, most_bytes=copied_bytes)
    try:
        await index.open()
        yield index
    finally:
        await index.close()


async def drop_chroma(*, path: str | None = None, url: str | None = None, collection: str = "documents") -> None:
    """Deletes a collection, whoever filled it, so that it can be filled anew. Nothing there is no error.

    A damaged directory is set aside under another name.
    """
    where = ChromaCollection(name=collection, identity="", dimension=0, path=None if url else path, url=url or None)
    await asyncio.to_thread(drop, where)
