"""A thousand pages that have not changed are looked at again, beside fetching them and doing nothing with them.

python -m benchmarks.unchanged [--pages 1000]

Every other page says so with an ETag; the others come whole and have the same digest. The site runs in a process of
its own, so that what is counted is what Saseo takes: all its processes together.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from benchmarks.corpus import no_entries
from benchmarks.ingestion import Counting
from core.backends.chroma import open_chroma
from core.backends.embedded import EmbeddedEmbedder
from core.backends.lexical import open_lexical
from core.backends.reading import GuardedReader
from core.backends.sqlite.store import open_store
from core.backends.web.fetch import WebFetcher
from core.indexing import Indexing
from core.library import Library
from core.types import Document
from tests.fakes.site import Site

AT_ONCE = 4
"""As many as the scheduler checks at once."""
PARAGRAPHS = 12
ENOUGH_MS = 5.0


def path_of(number: int) -> str:
    """Where a page stands."""
    return f"/page{number}"


def page_of(number: int) -> str:
    """A page like those of a manual: mostly markup."""
    chance = random.Random(number)
    said = " ".join(f"Rule {chance.randrange(10_000)} holds for team {chance.randrange(100)}." for _ in range(8))
    menu = "".join(f'<li class="item"><a href="/page{other}">Page {other}</a></li>' for other in range(200))
    head = f"<html><head><title>Page {number}</title></head><body><nav><ul>{menu}</ul></nav><main>"
    return head + f"<h1>Page {number}</h1><p>{said}</p>" + "<div class='space'></div>" * PARAGRAPHS + "</main></body>"


def serve(parent: Connection, pages: int) -> None:
    """The site's process: says its port, and ends when the other end closes."""

    async def run() -> None:
        async with Site() as site:
            for number in range(pages):
                page = site.page(path_of(number), page_of(number), Content_Type="text/html; charset=utf-8")
                page.etag = f'"{number}"' if number % 2 else None
            parent.send(site.port)
            await asyncio.to_thread(parent.poll, None)

    asyncio.run(run())


@asynccontextmanager
async def site(pages: int) -> AsyncIterator[tuple[str, int]]:
    """Its address and its process."""
    spawned = get_context("spawn")
    ours, theirs = spawned.Pipe()
    process = spawned.Process(target=serve, args=(theirs, pages), daemon=True)
    process.start()
    theirs.close()
    try:
        port = await asyncio.to_thread(ours.recv)
        yield f"http://127.0.0.1:{port}", process.pid or 0
    finally:
        ours.close()
        process.join()


def processor(*, without: int) -> float:
    """Seconds of the processor of this process and its children, but for one of them."""
    here = psutil.Process()
    each = [here, *(child for child in here.children(recursive=True) if child.pid != without)]
    return sum(sum(one.cpu_times()[:2]) for one in each)


async def some_at_once(work: Callable[[Any], Coroutine[Any, Any, Any]], items: Iterable[Any]) -> list[Any]:
    """Results in order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(item: Any) -> Any:
        async with room:
            return await work(item)

    return await asyncio.gather(*map(one, items))


async def measure(pages: int) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address, server = await stack.enter_async_context(site(pages))
        embedded = EmbeddedEmbedder()
        stack.push_async_callback(embedded.close)
        await embedded.warm()
        counting = Counting(embedded)
        fetcher = await stack.enter_async_context(
            WebFetcher(max_bytes=10_000_000, timeout=30, allow_private_hosts=["127.0.0.1"])
        )
        store = await stack.enter_async_context(open_store(folder / "saseo.db"))
        lexical = await stack.enter_async_context(open_lexical(folder / "lexical"))
        await lexical.rebuild(no_entries())
        dense = await stack.enter_async_context(
            open_chroma(identity=embedded.identity, dimension=embedded.dimension, path=str(folder / "vectors"))
        )
        library = Library(
            reader=await stack.enter_async_context(GuardedReader()),
            fetcher=fetcher,
            catalogue=store.catalogue,
            shelves=store.shelves,
            journal=store.journal,
            indexing=Indexing(dense=dense, lexical=lexical, embedder=counting),
        )
        urls = [f"{address}{path_of(number)}" for number in range(pages)]
        added = await some_at_once(library.add_link, urls)
        documents: Sequence[Document] = [one.document for one in added]
        print(f"{pages} pages read, {counting.passages_embedded} passages embedded")

        async def fetch(document: Document) -> None:
            await fetcher.fetch(str(document.url), etag=document.etag, modified=document.modified)

        counting.passages_embedded = 0
        each: dict[str, float] = {}
        for name, work in (("fetched alone", fetch), ("looked at again", library.refresh)):
            used, began = processor(without=server), time.perf_counter()
            found = await some_at_once(work, documents)
            each[name] = (processor(without=server) - used) / pages * 1000
            seconds = time.perf_counter() - began
            print(f"{name:16} {each[name]:5.2f} ms of the processor a page, {seconds:.1f} s in all")
        assert not any(one.changed for one in found)
        alone, again = each["fetched alone"], each["looked at again"]
        print(
            f"besides the network {again - alone:.2f} ms a page, {(again - alone) / ENOUGH_MS:.2f} of what is allowed"
        )
        print(f"whole {again / alone:.2f} times fetching alone, {counting.passages_embedded} passages embedded")
        print(f"load {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().pages))


if __name__ == "__main__":
    main()
