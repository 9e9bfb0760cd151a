"""Ingestion beside the bare embedder, and documents that have not changed, as ratios in one run.

python -m benchmarks.ingestion [--documents 1000]

The documents are those of ../shared/data/retrieval/scifact beside the checkout. Reading, chunking and indexing overlap
with embedding, so that ingestion should be nearly as fast as the embedder alone.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.corpus import no_entries
from core.backends.chroma import open_chroma
from core.backends.embedded import EmbeddedEmbedder
from core.backends.lexical import open_lexical
from core.backends.memory_world import MemoryFetcher
from core.backends.reading import GuardedReader
from core.backends.sqlite.store import open_store
from core.chunk import chunk
from core.indexing import BATCH, Indexing
from core.library import Library
from core.ports import Vector, Vectors
from core.types import Block, Reading

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "retrieval" / "scifact" / "corpus.jsonl"


class Counting:
    """The embedder, and how many passages it was given."""

    def __init__(self, embedder: EmbeddedEmbedder) -> None:
        self._embedder = embedder
        self.identity, self.dimension = embedder.identity, embedder.dimension
        self.passages_embedded = 0

    async def passages(self, texts: Sequence[str]) -> Vectors:
        self.passages_embedded += len(texts)
        return await self._embedder.passages(texts)

    async def question(self, text: str) -> Vector:
        return await self._embedder.question(text)


async def bare(embedder: EmbeddedEmbedder, texts: Sequence[str]) -> float:
    """Passages a second when nothing else is done: as many batches side by side as there are threads."""
    started = time.perf_counter()
    batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
    await asyncio.gather(*map(embedder.passages, batches))
    return len(texts) / (time.perf_counter() - started)


async def take_in(library: Library, texts: Sequence[str]) -> float:
    """Seconds to take all texts in, as one request of the API does."""
    started = time.perf_counter()
    await asyncio.gather(*(library.add_text(text, origin=f"api:{number}") for number, text in enumerate(texts)))
    return time.perf_counter() - started


async def measure(count: int) -> None:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()[:count]]
    texts = [f"{row['title']}\n\n{row['text']}" for row in rows]
    readings = [Reading(tuple(Block(part) for part in text.split("\n\n") if part.strip())) for text in texts]
    passages = [passage.text for reading in readings for passage in chunk(reading, document_id="d", version=1)]
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(1, user_api="blas"):
        folder = Path(temporary)
        async with AsyncExitStack() as stack:
            embedded = EmbeddedEmbedder()
            stack.push_async_callback(embedded.close)
            await embedded.warm()
            counting = Counting(embedded)
            store = await stack.enter_async_context(open_store(folder / "saseo.db"))
            lexical = await stack.enter_async_context(open_lexical(folder / "lexical"))
            await lexical.rebuild(no_entries())
            dense = await stack.enter_async_context(
                open_chroma(identity=embedded.identity, dimension=embedded.dimension, path=str(folder / "vectors"))
            )
            library = Library(
                reader=await stack.enter_async_context(GuardedReader()),
                fetcher=MemoryFetcher({}),
                catalogue=store.catalogue,
                shelves=store.shelves,
                journal=store.journal,
                indexing=Indexing(dense=dense, lexical=lexical, embedder=counting),
            )
            # The process that embeds many passages is there in a program that takes documents in.
            await embedded.passages(passages[:BATCH])
            raw = await bare(embedded, passages)
            print(f"the embedder alone   {raw:7.1f} passages/s ({len(passages)} passages of {len(texts)} documents)")
            seconds = await take_in(library, texts)
            rate = counting.passages_embedded / seconds
            print(f"ingestion            {rate:7.1f} passages/s, {rate / raw:.0%} of the embedder alone")
            before = counting.passages_embedded
            again = await take_in(library, texts)
            embedded_again = counting.passages_embedded - before
            print(f"unchanged documents  {again / len(texts) * 1000:7.2f} ms each, {embedded_again} passages embedded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().documents))


if __name__ == "__main__":
    main()
