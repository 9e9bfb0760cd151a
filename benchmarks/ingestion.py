"""Ingestion beside the bare embedder, and documents that have not changed, as ratios in one run.

python -m benchmarks.ingestion [--documents 1000]

The documents are those of ../shared/data/retrieval/scifact beside the checkout. Reading, chunking and indexing overlap
with embedding, so that ingestion should be nearly as fast as the embedder alone, which is timed before and after.
Other programs on the machine slow both down, and not alike, so each line also says how much of the processor a passage
took, all processes together: where no processor is idle, that alone decides.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
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


@dataclass(slots=True)
class Spent:
    """Seconds, by the clock and of the processor, all processes of this one together."""

    wall: float = 0.0
    processor: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Adds what this block takes."""
        started, processor = time.perf_counter(), _processor()
        yield
        self.wall += time.perf_counter() - started
        self.processor += _processor() - processor


def _processor() -> float:
    own = psutil.Process()
    ended = own.cpu_times()
    running = [process.cpu_times() for process in own.children(recursive=True)]
    return ended.children_user + ended.children_system + sum(one.user + one.system for one in (ended, *running))


async def bare(embedder: EmbeddedEmbedder, texts: Sequence[str]) -> None:
    """Nothing but embedding: as many batches side by side as there are threads."""
    await asyncio.gather(*(embedder.passages(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)))


async def take_in(library: Library, texts: Sequence[str]) -> None:
    """Takes all texts in, as one request of the API does."""
    await asyncio.gather(*(library.add_text(text, origin=f"api:{number}") for number, text in enumerate(texts)))


def show(name: str, passages: int, spent: Spent) -> float:
    """Prints a line, and returns the passages a second."""
    rate, each = passages / spent.wall, spent.processor / passages * 1000
    load = os.getloadavg()[0]
    print(
        f"{name:18} {rate:7.1f} passages/s, {each:5.2f} ms of the processor each ({passages} passages, load {load:.1f})"
    )
    return rate


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
            alone, whole, again = Spent(), Spent(), Spent()
            with alone.counted():
                await bare(embedded, passages[::2])
            # So is the one that stores, which ends when it has nothing to do for a minute.
            await dense.remove("nothing", 0)
            with whole.counted():
                await take_in(library, texts)
            taken_in = counting.passages_embedded
            with alone.counted():
                await bare(embedded, passages[1::2])
            raw, rate = show("the embedder alone", len(passages), alone), show("ingestion", taken_in, whole)
            by_processor = (alone.processor / len(passages)) / (whole.processor / taken_in)
            print(
                f"ingestion reaches {rate / raw:.0%} of the embedder alone ({by_processor:.0%} by the processor alone)"
            )
            with again.counted():
                await take_in(library, texts)
            embedded_again = counting.passages_embedded - taken_in
            each = again.wall / len(texts) * 1000
            print(f"unchanged documents  {each:7.2f} ms each, {embedded_again} passages embedded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().documents))


if __name__ == "__main__":
    main()
