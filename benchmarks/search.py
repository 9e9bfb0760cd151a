"""The two indexes against bare numpy and against Chroma's own filter, as ratios in one run.

python -m benchmarks.search [--passages 100000] [--dimension 896] [--scopes 100] [--keep DIRECTORY]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import PASSAGES_A_DOCUMENT, Corpus, no_entries
from core.backends.chroma import open_chroma
from core.backends.chroma_client import ChromaCollection
from core.backends.chroma_store import ChromaStore
from core.backends.lexical import open_lexical
from core.ports import Entry, Index, Query, Vectors

HITS = 50
AT_ONCE = 20
BATCH = 64
ADDING = 4


def percentiles(seconds: Sequence[float]) -> str:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return f"p50 {p50:8.2f} ms   p95 {p95:8.2f} ms"


def ratio(seconds: Sequence[float], others: Sequence[float]) -> str:
    p50, p95 = np.percentile(seconds, [50, 95]) / np.percentile(others, [50, 95])
    return f"p50 {p50:5.2f}, p95 {p95:5.2f} times"


async def timed(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


def bare(everything: Vectors, owner: NDArray[np.int64], wanted: Sequence[int], query: Query) -> tuple[float, float]:
    """The exact search with the scope filter, and the part of it that is left when the rows are gathered already."""
    start = time.perf_counter()
    rows = everything[np.isin(owner, wanted)]
    gathered = time.perf_counter()
    scores = rows @ query.vector
    best = np.argpartition(scores, len(scores) - HITS)[-HITS:]
    best[np.argsort(-scores[best])]
    end = time.perf_counter()
    return end - start, end - gathered


class Held:
    """How long the event loop was held up at worst while this was on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.on = False

    async def watch(self) -> None:
        while True:
            start, on = time.perf_counter(), self.on
            await asyncio.sleep(0.005)
            if on and self.on:
                self.seconds = max(self.seconds, time.perf_counter() - start - 0.005)


async def fill(add: Callable[[Sequence[Entry]], Awaitable[None]], name: str, corpus: Corpus) -> None:
    """Adds as ingestion does: small batches, a few documents at once."""
    held, spent = Held(), 0.0
    watching = asyncio.create_task(held.watch())
    for batch in corpus.batches(BATCH * ADDING):
        held.on, start = True, time.perf_counter()
        await asyncio.gather(*(add(batch[at : at + BATCH]) for at in range(0, len(batch), BATCH)))
        spent += time.perf_counter() - start
        held.on = False
        await asyncio.sleep(0)
    watching.cancel()
    print(
        f"{name}: add {corpus.passages / spent:.0f} passages/s, event loop held at worst {held.seconds * 1000:.0f} ms"
    )


async def dense(corpus: Corpus, path: Path, questions: Sequence[Query]) -> None:
    place = ChromaCollection("documents", "benchmark", corpus.dimension, path=str(path))
    start = time.perf_counter()
    async with open_chroma(path=str(path), identity="benchmark", dimension=corpus.dimension) as index:
        opened = time.perf_counter() - start
        if await index.count() == corpus.passages:
            print(f"Chroma: open {opened:.2f} s, all vectors loaded after {time.perf_counter() - start:.2f} s")
        else:
            await fill(index.add, "Chroma", corpus)
        alone, filtered, gathered = await one_at_a_time(index, corpus, questions)
        together = await at_once(index, questions)
    chroma = await asyncio.to_thread(chromas_own, place, questions[:60])
    print(f"dense, bare numpy         {percentiles(filtered)}")
    print(f"  rows gathered before    {percentiles(gathered)}")
    print(f"dense, one at a time      {percentiles(alone)}   {ratio(alone, filtered)} numpy (at most 3)")
    print(f"dense, {AT_ONCE} at once         {percentiles(together)}")
    print(f"dense, Chroma's filter    {percentiles(chroma)}   {ratio(chroma, alone)} ours (at least 10)")


async def one_at_a_time(
    index: Index, corpus: Corpus, questions: Sequence[Query]
) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Ours and bare numpy in turn, over the same rows."""
    size = BATCH * ADDING
    everything = np.concatenate(
        [corpus.vectors(at, min(size, corpus.passages - at)) for at in range(0, corpus.passages, size)]
    )
    owner = np.arange(corpus.passages) // PASSAGES_A_DOCUMENT % corpus.scopes
    ours, filtered, gathered = [], [], []
    for query in questions:
        wanted = [number for number in range(corpus.scopes) if corpus.scope(number) in query.audience]
        whole, part = bare(everything, owner, wanted, query)
        filtered.append(whole)
        gathered.append(part)
        ours.append(await timed(index.search(query, limit=HITS)))
    return ours, filtered, gathered


async def at_once(index: Index, questions: Sequence[Query]) -> Sequence[float]:
    found: list[float] = []
    for first in range(0, len(questions), AT_ONCE):
        found += await asyncio.gather(
            *(timed(index.search(query, limit=HITS)) for query in questions[first : first + AT_ONCE])
        )
    return found


def chromas_own(place: ChromaCollection, questions: Sequence[Query]) -> Sequence[float]:
    """The same questions through langchain-chroma with a metadata filter."""
    store = ChromaStore(place)
    found = []
    for query in questions:
        start = time.perf_counter()
        store.search(query, HITS)
        found.append(time.perf_counter() - start)
    store.close()
    return found[5:]


async def lexical(corpus: Corpus, path: Path, questions: Sequence[Query]) -> None:
    async with open_lexical(path) as index:
        if index.stale or await index.count() != corpus.passages:
            await index.rebuild(no_entries())
            await fill(index.add, "tantivy", corpus)
        alone = [await timed(index.search(query, limit=HITS)) for query in questions]
        together = await at_once(index, questions)
    print(f"lexical, one at a time    {percentiles(alone)}   (p95 below 5 ms)")
    print(f"lexical, {AT_ONCE} at once       {percentiles(together)}")


async def run(options: argparse.Namespace, place: Path) -> None:
    corpus = Corpus(options.passages, options.dimension, options.scopes)
    questions = list(corpus.questions(options.questions, max(1, options.scopes // 10)))
    print(f"{corpus.passages} passages, {corpus.dimension} dimensions, 1 in 10 of {corpus.scopes} scopes, {HITS} hits")
    name = f"{corpus.passages}x{corpus.dimension}x{corpus.scopes}"
    await lexical(corpus, place / f"lexical-{name}", questions)
    await dense(corpus, place / f"chroma-{name}", questions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=896)
    parser.add_argument("--scopes", type=int, default=100)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="keep what was indexed here and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        asyncio.run(run(options, options.keep or Path(fresh)))


if __name__ == "__main__":
    main()
