"""A dense index on a server, with a copy of its vectors in this process that answers. The server keeps them.

A server that filters looks at all that it has, for every question; the copy reads only what the question may see. It
follows the catalogue (`core.keeping_up.Kept`), and until it is whole the server answers.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from core.backends.matrix import Row
from core.backends.memory_index import MemoryDenseIndex
from core.ports import DenseIndex, Entry, Hit, Query, Vector, Vectors
from core.types import Document, PassageKey

WORTH_IT = 20
"""Searches after which the copy is made: a process that hardly answers anything needs none."""
PAGE = 200
"""Passages that are read at once; between two pages questions have their turn."""
BESIDE = 1_000
"""Bytes that a passage takes in memory beside its vector, as measured."""

log = logging.getLogger(__name__)


class ServerIndex(DenseIndex, Protocol):
    """The index on the server."""

    async def open(self) -> None:
        """Raises Refused or Unavailable."""
        ...

    async def rows(self, keys: Sequence[PassageKey]) -> tuple[Sequence[Row], Vectors]:
        """Those of these passages that are there, with their vectors, shape (rows, dimension)."""
        ...

    async def count(self) -> int:
        """How many passages are there."""
        ...

    async def empty(self) -> bool:
        """Whether nothing is there."""
        ...

    async def close(self) -> None:
        """Lets go of the connections."""
        ...


class CopiedIndex:
    """What is written goes to the server alone, and comes into the copy once its version is current."""

    def __init__(self, server: ServerIndex, *, dimension: int, most_bytes: int) -> None:
        """Beyond `most_bytes` of memory there is no copy, and the server answers as long as the process runs."""
        self._server = server
        self._dimension = dimension
        self._most_bytes = most_bytes
        self._copy: MemoryDenseIndex | None = None
        self._versions: dict[str, int] = {}
        self._whole = False
        self._outgrown = False
        self._place = ""
        self._searches = 0
        self._changing = asyncio.Lock()
        self.wanted = asyncio.Event()
        """Set when so much was searched that a copy is worth it."""

    async def open(self) -> None:
        """Opens the index on the server. Raises Refused or Unavailable."""
        await self._server.open()

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the greatest inner products, best first. ValueError for a vector of another shape."""
        self._searches += 1
        if self._searches >= WORTH_IT:
            self.wanted.set()
        if self._copy is not None and self._whole:
            return await self._copy.search(query, limit=limit)
        return await self._server.search(query, limit=limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """On the server when it returns. ValueError for a vector of another shape."""
        await self._server.add(entries)

    async def remove(self, document_id: str, version: int) -> None:
        """Removed from the server when it returns; a version that is not current is not in the copy."""
        await self._server.remove(document_id, version)

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text, as far as they are on the server."""
        return await self._server.recall(digests)

    async def count(self) -> int:
        """How many passages are on the server."""
        return await self._server.count()

    async def empty(self) -> bool:
        """Whether nothing is on the server."""
        return await self._server.empty()

    async def copied(self) -> int:
        """How many passages the copy answers from; 0 where the server answers."""
        return await self._copy.count() if self._copy is not None and self._whole else 0

    async def close(self) -> None:
        """Finishes what was asked and lets go of the connections."""
        await self._drop()
        await self._server.close()

    @property
    def stale(self) -> bool:
        """Whether there is no copy yet, although there may be one."""
        return not self._whole and not self._outgrown

    @property
    def place(self) -> str:
        """How far the copy has followed; it is never kept longer than the process."""
        return self._place

    async def note(self, place: str) -> None:
        """Everything up to this place is in."""
        self._place = place

    async def renew(self, document_id: str, document: Document | None) -> None:
        """Has just the vectors of the document's current version. Raises Unavailable."""
        if self._outgrown:
            return
        former = self._versions.get(document_id)
        if document is not None and document.version == former:
            return
        if document is not None:
            await self._read([document])
        if former is not None:
            await self._remove(document_id, former)
        if document is None:
            self._versions.pop(document_id, None)

    async def rebuild(self, documents: AsyncIterator[Document], *, place: str) -> None:
        """Has just the vectors of these documents, read a page at a time. Raises Unavailable."""
        if self._outgrown:
            return
        await self._drop()
        self._copy = MemoryDenseIndex(self._dimension)
        page: list[Document] = []
        async for document in documents:
            page.append(document)
            if sum(one.passage_count for one in page) >= PAGE:
                await self._read(page)
                page = []
        await self._read(page)
        self._whole, self._place = not self._outgrown, place
        log.info("%d passages are searched in the memory of this process", await self.copied())

    async def _read(self, documents: Sequence[Document]) -> None:
        keys = [
            PassageKey(document.id, document.version, ordinal)
            for document in documents
            for ordinal in range(document.passage_count)
        ]
        for first in range(0, len(keys), PAGE):
            rows, vectors = await self._server.rows(keys[first : first + PAGE])
            if not await self._put(rows, vectors):
                return
        self._versions |= {document.id: document.version for document in documents}

    async def _put(self, rows: Sequence[Row], vectors: Vectors) -> bool:
        """Whether there was room for them."""
        async with self._changing:
            if self._copy is None:
                return False
            # Texts are recalled from the server: without their digests a row takes half as much.
            await self._copy.put([replace(row, digest="") for row in rows], vectors)
            if await self._copy.count() * (BESIDE + 4 * self._dimension) <= self._most_bytes:
                return True
            log.warning("the vectors have outgrown VECTORS_IN_MEMORY_MB: the server searches, which takes longer")
            self._outgrown = True
            await self._drop()
            return False

    async def _remove(self, document_id: str, version: int) -> None:
        async with self._changing:
            if self._copy is not None:
                await self._copy.remove(document_id, version)

    async def _drop(self) -> None:
        copy, self._copy, self._whole = self._copy, None, False
        self._versions = {}
        if copy is not None:
            await copy.close()
