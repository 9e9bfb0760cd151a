"""The lexical index: BM25 over terms with tantivy, on disk, in this process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from core.backends.gather import Gathered
from core.backends.lexical_store import LexicalStore
from core.backends.lexical_writes import Removal, Renewal, Write
from core.errors import Unavailable
from core.evidence import Frequencies
from core.ports import Entry, Hit, Query

WRITES_AT_ONCE = 128
PAUSE = 1.0
"""Seconds between two commits: each costs, however little is in it, and many documents arrive together."""
SEARCHES = 2
"""Threads that search side by side."""
SEARCHES_AT_ONCE = 4
"""Of a thread, which takes a millisecond for each: a question is asked in any language and in the other one."""

Result = TypeVar("Result")
_Ask = tuple[Query, int]
"""A query and how many hits it wants."""

logger = logging.getLogger(__name__)


class LexicalIndex:
    """One writer commits what arrives together; searches see what was committed.

    `stale` says that the index is missing, damaged, of an older make or was never finished. It is then to be filled
    with `rebuild`, and until that is done `search` raises Unavailable instead of finding too little.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lexical-write")
        self._readers = ThreadPoolExecutor(max_workers=SEARCHES, thread_name_prefix="lexical")
        self._written: Gathered[Write, None] = Gathered(self._write, at_once=WRITES_AT_ONCE, pause=PAUSE)
        self._asked: Gathered[_Ask, Sequence[Hit]] = Gathered(
            self._find, at_once=SEARCHES_AT_ONCE, side_by_side=SEARCHES
        )
        self._opened: LexicalStore | None = None

    @property
    def stale(self) -> bool:
        """Whether it has to be built anew before it can be searched."""
        return self._store.stale

    async def open(self) -> None:
        """Opens or makes the index. Raises Refused when the directory cannot be written to."""
        self._opened = await self._run(self._writer, LexicalStore, self._path)

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the best BM25 score, best first. Raises Unavailable while the index is stale."""
        if self._store.stale:
            raise Unavailable("index.rebuild", place=str(self._path))
        return await self._asked((query, limit))

    async def add(self, entries: Sequence[Entry]) -> None:
        """Durable and searchable when it returns; the entries' vectors are not looked at."""
        await self._written(entries)

    async def remove(self, document_id: str, version: int) -> None:
        """Removed when it returns; nothing there is no error."""
        await self._written(Removal(document_id, version))

    async def renew(self, document_id: str, entries: Sequence[Entry]) -> None:
        """Has just these entries for a document when it returns, and changes in one moment."""
        await self._written(Renewal(document_id, entries))

    @property
    def place(self) -> str:
        """How far the trail of a shared catalogue was followed; empty where nobody has noted that."""
        return self._store.place

    async def note(self, place: str) -> None:
        """Everything up to this place of the trail is in."""
        await self._run(self._writer, self._store.note, place)

    async def rebuild(self, entries: AsyncIterator[Sequence[Entry]], *, place: str = "") -> None:
        """Empties the index and fills it with these entries; when all are in, it is whole again, and at that place."""
        await self._written.settled()
        await self._run(self._writer, self._store.clear)
        async for part in entries:
            await self.add(part)
        await self._run(self._writer, self._store.complete)
        if place:
            await self.note(place)

    async def count(self) -> int:
        """How many passages are here."""
        return await self._run(self._readers, self._store.count)

    async def frequencies(self, terms: Collection[str]) -> Frequencies:
        """In how many passages each of these terms stands. Raises Unavailable while the index is stale."""
        if self._store.stale:
            raise Unavailable("index.rebuild", place=str(self._path))
        counted = self._store.counted(terms)
        if counted is not None:
            return counted
        return await self._run(self._readers, self._store.frequencies, terms)

    async def close(self) -> None:
        """Finishes what was asked and lets go of the files."""
        await self._written.settled()
        await self._asked.settled()
        if self._opened is not None:
            await self._run(self._writer, self._opened.close)
        self._writer.shutdown()
        self._readers.shutdown()

    @property
    def _store(self) -> LexicalStore:
        if self._opened is None:
            raise RuntimeError("the index is not open")
        return self._opened

    async def _find(self, asks: Sequence[_Ask]) -> Sequence[Sequence[Hit]]:
        return await self._run(self._readers, _search_each, self._store, asks)

    async def _write(self, writes: Sequence[Write]) -> Sequence[None]:
        await self._run(self._writer, self._store.write, writes)
        return [None] * len(writes)

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[..., Result], *details: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(threads, work, *details)


def _search_each(store: LexicalStore, asks: Sequence[_Ask]) -> Sequence[Sequence[Hit]]:
    return [store.search(query, limit) for query, limit in asks]


@asynccontextmanager
async def open_lexical(path: str | Path) -> AsyncIterator[LexicalIndex]:
    """The lexical index in a directory; look at `stale` and call `rebuild` before relying on it."""
    index = LexicalIndex(path)
    try:
        await index.open()
        yield index
    finally:
        await index.close()
