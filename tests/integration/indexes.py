"""Every kind of index, opened once, and emptied after each test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol, cast

from core.backends.chroma import open_chroma
from core.backends.faiss import open_faiss
from core.backends.lexical import open_lexical
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.pinecone import open_pinecone
from core.backends.pinecone_place import PineconePlace
from core.ports import Entry, Hit, Query, Vector
from tests.entries import DIMENSION
from tests.fakes.chroma import chroma_server
from tests.fakes.pinecone import FakePinecone

IDENTITY = "test-embedder"


class AnyIndex(Protocol):
    """What the indexes have in common; `recall` only the dense ones."""

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]: ...
    async def add(self, entries: Sequence[Entry]) -> None: ...
    async def remove(self, document_id: str, version: int) -> None: ...
    async def count(self) -> int: ...
    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]: ...


Make = Callable[[Path], AbstractAsyncContextManager[AnyIndex]]
Open = Callable[[Make], Awaitable[AnyIndex]]


class Noting:
    """Passes everything on and remembers what was added, so that it can be removed."""

    def __init__(self, index: AnyIndex) -> None:
        self._index = index
        self._added: set[tuple[str, int]] = set()
        self.search, self.remove, self.count = index.search, index.remove, index.count

    async def add(self, entries: Sequence[Entry]) -> None:
        self._added |= {(entry.passage.document_id, entry.passage.version) for entry in entries}
        await self._index.add(entries)

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        return await self._index.recall(digests)

    async def empty(self) -> None:
        for document_id, version in self._added:
            await self._index.remove(document_id, version)


async def no_entries() -> AsyncIterator[Sequence[Entry]]:
    """An empty catalogue."""
    for part in list[Sequence[Entry]]():
        yield part


@asynccontextmanager
async def memory_dense(path: Path) -> AsyncIterator[AnyIndex]:
    index = MemoryDenseIndex(DIMENSION)
    yield index
    await index.close()


@asynccontextmanager
async def memory_lexical(path: Path) -> AsyncIterator[AnyIndex]:
    index = MemoryLexicalIndex()
    yield cast("AnyIndex", index)
    await index.close()


@asynccontextmanager
async def tantivy(path: Path) -> AsyncIterator[AnyIndex]:
    async with open_lexical(path / "lexical") as index:
        await index.rebuild(no_entries())
        yield cast("AnyIndex", index)


@asynccontextmanager
async def chroma_embedded(path: Path) -> AsyncIterator[AnyIndex]:
    async with open_chroma(path=str(path / "chroma"), identity=IDENTITY, dimension=DIMENSION) as index:
        yield index


@asynccontextmanager
async def chroma_on_a_server(path: Path) -> AsyncIterator[AnyIndex]:
    async with (
        chroma_server(path / "server") as url,
        open_chroma(url=url, identity=IDENTITY, dimension=DIMENSION) as index,
    ):
        yield index


@asynccontextmanager
async def faiss(path: Path) -> AsyncIterator[AnyIndex]:
    async with open_faiss(path=path / "faiss", identity=IDENTITY, dimension=DIMENSION) as index:
        yield index


@asynccontextmanager
async def pinecone(path: Path) -> AsyncIterator[AnyIndex]:
    async with FakePinecone(dimension=DIMENSION, lag=1) as server, open_pinecone(place(server)) as index:
        yield index


def place(server: FakePinecone, *, identity: str = IDENTITY, dimension: int = DIMENSION) -> PineconePlace:
    """Where the fake Pinecone keeps the vectors of an embedder."""
    return PineconePlace(
        key=server.key,
        index=server.index,
        namespace="documents",
        identity=identity,
        dimension=dimension,
        url=server.url,
    )


DENSE: Sequence[Make] = (memory_dense, chroma_embedded, chroma_on_a_server, faiss, pinecone)
LEXICAL: Sequence[Make] = (memory_lexical, tantivy)
