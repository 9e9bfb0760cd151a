"""Passages get into both arms, and a text is embedded once."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest

from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_world import WordEmbedder
from core.errors import Unavailable
from core.indexing import BATCH, Indexing
from core.ports import Entry, Hit, Query, Vector
from core.types import PUBLIC, Audience, Document, Passage

DOCUMENT = Document(id="d", title="Handbook", origin="upload:h", scope=PUBLIC, version=1)


def passages(*texts: str, version: int = 1) -> list[Passage]:
    return [Passage("d", version, ordinal, text) for ordinal, text in enumerate(texts)]


def indexing(embedder: WordEmbedder) -> tuple[Indexing, MemoryDenseIndex, MemoryLexicalIndex]:
    dense, lexical = MemoryDenseIndex(embedder.dimension), MemoryLexicalIndex()
    return Indexing(dense=dense, lexical=lexical, embedder=embedder), dense, lexical


async def ask(embedder: WordEmbedder, text: str) -> Query:
    return Query(text=text, vector=await embedder.question(text), audience=Audience.of(PUBLIC))


async def test_passages_are_found_in_both_arms_and_gone_after_removal() -> None:
    embedder = WordEmbedder()
    writer, dense, lexical = indexing(embedder)
    await writer.add(DOCUMENT, passages("Leave is 25 days.", "The office opens at nine."))
    query = await ask(embedder, "when does the office open")
    assert (await dense.search(query, limit=1))[0].key.ordinal == 1
    assert (await lexical.search(query, limit=1))[0].key.ordinal == 1
    await writer.remove("d", 1)
    assert not await dense.search(query, limit=1)
    assert not await lexical.search(query, limit=1)


async def test_equal_texts_are_embedded_once_also_across_versions() -> None:
    embedder = WordEmbedder()
    writer, _, _ = indexing(embedder)
    await writer.add(DOCUMENT, passages("one", "two", "one"))
    assert embedder.embedded == 2
    await writer.add(DOCUMENT, passages("two", "three", version=2))
    assert embedder.embedded == 3


async def test_many_passages_go_in_batches() -> None:
    embedder = WordEmbedder()
    writer, dense, _ = indexing(embedder)
    await writer.add(DOCUMENT, passages(*(f"passage number {number}" for number in range(BATCH * 2 + 1))))
    assert await dense.count() == BATCH * 2 + 1


class FailingIndex:
    """An arm that cannot store."""

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        return ()

    async def add(self, entries: Sequence[Entry]) -> None:
        raise Unavailable("chat.busy")

    async def remove(self, document_id: str, version: int) -> None:
        return

    async def recall(self, digests: Collection[str]) -> Mapping[str, Vector]:
        return {}


async def test_an_arm_that_cannot_store_is_an_error() -> None:
    embedder = WordEmbedder()
    writer = Indexing(dense=FailingIndex(), lexical=MemoryLexicalIndex(), embedder=embedder)
    with pytest.raises(Unavailable):
        await writer.add(DOCUMENT, passages("one"))


class StuckIndex(FailingIndex):
    """An arm that never ends storing."""

    def __init__(self) -> None:
        self.storing = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def add(self, entries: Sequence[Entry]) -> None:
        self.storing.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def test_a_cancelled_ingestion_leaves_nothing_running() -> None:
    stuck = StuckIndex()
    writer = Indexing(dense=stuck, lexical=MemoryLexicalIndex(), embedder=WordEmbedder())
    adding = asyncio.create_task(writer.add(DOCUMENT, passages(*map(str, range(BATCH + 1)))))
    await stuck.storing.wait()
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    assert stuck.cancelled.is_set()
