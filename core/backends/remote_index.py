"""A dense index on a server, which many processes fill and ask: the server searches, and nothing is kept here."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from core.backends.gather import Gathered
from core.backends.matrix import Row, fits, rows_of, vectors_of
from core.ports import Entry, Hit, Query, Vector, Vectors

CONNECTIONS = 8
WRITES_AT_ONCE = 64
PAGE = 500
"""Passages that are read or written at once; bounds the memory of a transfer."""

Result = TypeVar("Result")


class RemoteStore(Protocol):
    """The calls to a vendor's server. They block, so each runs in a thread; several run side by side."""

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The best hits, best first."""
        ...

    def put(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Adds passages, each key once; a known key is replaced."""
        ...

    def remove(self, versions: Sequence[tuple[str, int]]) -> None:
        """Removes these versions of documents."""
        ...

    def recall(self, digests: Sequence[str]) -> dict[str, Vector]:
        """Vectors by the digest of their text."""
        ...

    def count(self) -> int:
        """How many passages there are."""
        ...

    def close(self) -> None:
        """Lets go of the connections."""
        ...


Store = TypeVar("Store", bound=RemoteStore)


class RemoteIndex(Generic[Store]):
    """What another process adds or removes is seen with the next question."""

    def __init__(self, make: Callable[[], Store], *, dimension: int) -> None:
        self._make = make
        self._dimension = dimension
        self._threads = ThreadPoolExecutor(max_workers=CONNECTIONS, thread_name_prefix="vectors")
        self._written: Gathered[Sequence[Entry], None] = Gathered(self._write, at_once=WRITES_AT_ONCE)
        self._opened: Store | None = None

    async def open(self) -> None:
        """Opens or makes the collection. Raises Refused when it is another embedder's, Unavailable without a server."""
        self._opened = await self._run(self._make)

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the greatest inner products, as near as the server finds them, best first."""
        return await self._run(self._store.search, fits(query, self._dimension), limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Durable and searchable when it returns. ValueError for a vector of another shape."""
        vectors_of(entries, self._dimension)
        await self._written(entries)

    async def remove(self, document_id: str, version: int) -> None:
        """Removed when it returns; nothing there is no error."""
        await self._run(self._store.remove, [(document_id, version)])

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text, as far as they are there."""
        wanted, found = list(digests), {}
        for first in range(0, len(wanted), PAGE):
            found.update(await self._run(self._store.recall, wanted[first : first + PAGE]))
        return found

    async def count(self) -> int:
        """How many passages are there."""
        return await self._run(self._store.count)

    async def empty(self) -> bool:
        """Whether nothing is there."""
        return not await self.count()

    async def close(self) -> None:
        """Finishes what was asked and lets go of the connections."""
        await self._written.settled()
        if self._opened is not None:
            await self._run(self._opened.close)
        self._threads.shutdown()

    @property
    def _store(self) -> Store:
        if self._opened is None:
            raise RuntimeError("the index is not open")
        return self._opened

    async def _write(self, writes: Sequence[Sequence[Entry]]) -> Sequence[None]:
        latest = list({entry.passage.key: entry for entries in writes for entry in entries}.values())
        for first in range(0, len(latest), PAGE):
            part = latest[first : first + PAGE]
            await self._run(self._store.put, rows_of(part), vectors_of(part, self._dimension))
        return [None] * len(writes)

    async def _run(self, work: Callable[..., Result], *details: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *details)
