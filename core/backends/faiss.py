"""The dense index on FAISS: in this process, on disk, exact."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.backends.alone import alone
from core.backends.faiss_files import Addition, Change, FaissFiles, Removal
from core.backends.faiss_store import FaissStore
from core.backends.gather import Gathered
from core.backends.index_errors import translated
from core.backends.matrix import fits, rows_of, vectors_of
from core.errors import Refused
from core.ports import Entry, Hit, Query, Vector

WRITES_AT_ONCE = 128

Result = TypeVar("Result")


class FaissIndex:
    """Everything runs in one thread; what arrives together is written and made durable together."""

    def __init__(self, path: Path, *, identity: str, dimension: int) -> None:
        self._make = partial(FaissStore, path, identity=identity, dimension=dimension)
        self._dimension = dimension
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="faiss")
        self._written: Gathered[Change, None] = Gathered(self._write, at_once=WRITES_AT_ONCE)
        self._opened: FaissStore | None = None

    async def open(self) -> None:
        """Opens or makes the index. Raises Refused when it is damaged, another embedder's or cannot be written."""
        self._opened = await self._run(self._make)

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        """The passages with the greatest inner products, best first. ValueError for a vector of another shape."""
        return await self._run(self._store.search, fits(query, self._dimension), limit)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Durable and searchable when it returns. ValueError for a vector of another shape."""
        latest = list({entry.passage.key: entry for entry in entries}.values())
        await self._written(Addition(rows_of(latest), vectors_of(latest, self._dimension)))

    async def remove(self, document_id: str, version: int) -> None:
        """Removed when it returns; nothing there is no error."""
        await self._written(Removal(document_id, version))

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        """Vectors by the digest of their text, as far as they are here."""
        return await self._run(self._store.recall, digests)

    async def count(self) -> int:
        """How many passages are here."""
        return await self._run(self._store.__len__)

    async def empty(self) -> bool:
        """Whether nothing is here."""
        return not await self.count()

    async def close(self) -> None:
        """Finishes what was asked and lets go of the files."""
        await self._written.settled()
        if self._opened is not None:
            await self._run(self._opened.close)
        self._thread.shutdown()

    @property
    def _store(self) -> FaissStore:
        if self._opened is None:
            raise RuntimeError("the index is not open")
        return self._opened

    async def _write(self, changes: Sequence[Change]) -> Sequence[None]:
        await self._run(self._store.write, changes)
        return [None] * len(changes)

    async def _run(self, work: Callable[..., Result], *details: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *details)


@asynccontextmanager
async def open_faiss(*, path: Path, identity: str, dimension: int) -> AsyncIterator[FaissIndex]:
    """The index in a directory. Raises Refused as `FaissIndex.open` does."""
    index = FaissIndex(path, identity=identity, dimension=dimension)
    try:
        await index.open()
        yield index
    finally:
        await index.close()


async def drop_faiss(path: Path) -> None:
    """Deletes the index, whoever filled it; a damaged one is set aside under another name.

    Nothing there is no error. Raises Refused where it cannot be deleted.
    """
    await asyncio.to_thread(_drop, path)


def _drop(path: Path) -> None:
    with translated(str(path)):
        try:
            with alone(path):
                FaissFiles(path, dimension=0).empty()
        except Refused as refused:
            if refused.code != "index.damaged":
                raise
            path.rename(path.with_name(f"{path.name}.damaged-{time.time_ns()}"))
