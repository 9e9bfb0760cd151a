"""A world for the scheduler to work in: a clock moved by hand, a catalogue in memory, libraries that record."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from bot.scheduler import Scheduler
from core.backends.memory import MemoryStore
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_world import PlainReader, WordEmbedder
from core.backends.web import WebFetcher
from core.errors import SaseoError
from core.indexing import Indexing
from core.library import Added, Library
from core.politeness import Hosts
from core.refresh import Rhythm, after_success
from core.types import PUBLIC, Document, Passage
from tests.fakes.patience import PATIENCE

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = 3600
RHYTHM = Rhythm(HOUR)


class World:
    """A catalogue, a clock that is moved by hand, and a library that records who is checked and when it may go on."""

    def __init__(self) -> None:
        self.time = START
        self.store = MemoryStore()
        self.began: list[str] = []
        self.ended: list[str] = []
        self.at_once: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.go = asyncio.Event()
        self.go.set()
        self.stuck: set[str] = set()
        self.errors: dict[str, Exception] = {}
        self.reasons: dict[str, SaseoError] = {}
        self._news = asyncio.Condition()

    def clock(self) -> datetime:
        return self.time

    async def link(self, name: str, *, url: str | None = None, due: timedelta | None = timedelta(0)) -> Document:
        version = await self.store.journal.begin(name)
        document = Document(
            id=name,
            title=name,
            origin=f"link:{name}",
            scope=PUBLIC,
            digest="d",
            url=url or f"https://{name}.example.com/",
            version=version,
            passage_count=1,
            read_at=self.time - timedelta(hours=1),
            next_check_at=None if due is None else self.time + due,
        )
        await self.store.catalogue.save(document, [Passage(name, version, 0, "text", end=4)])
        return document

    async def find(self, name: str) -> Document:
        document = await self.store.catalogue.find(name)
        assert document is not None
        return document

    async def refresh(self, document: Document) -> Added:
        host = (document.url or "").split("/")[2]
        for key in (host, "all", document.id):
            self.at_once[key] = self.at_once.get(key, 0) + 1
            self.most_at_once[key] = max(self.most_at_once.get(key, 0), self.at_once[key])
        await self._tell(self.began, document.id)
        try:
            await self.go.wait()
            for _ in range(5):
                await asyncio.sleep(0)
            if document.id in self.stuck:
                await asyncio.Event().wait()
            if (error := self.errors.get(document.id)) is not None:
                raise error
            fresh = after_success(document, now=self.time, rhythm=RHYTHM, changed=False)
            await self.store.catalogue.save(fresh)
            return Added(fresh, changed=False, reason=self.reasons.get(document.id))
        finally:
            for key in (host, "all", document.id):
                self.at_once[key] -= 1
            await self._tell(self.ended, document.id)

    async def _tell(self, where: list[str], name: str) -> None:
        where.append(name)
        async with self._news:
            self._news.notify_all()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(condition)


class Troubled:
    """A catalogue that fails so many times and then works."""

    def __init__(self, world: World, errors: Sequence[Exception]) -> None:
        self._world = world
        self._errors = list(errors)

    async def find(self, document_id: str) -> Document | None:
        return await self._world.store.catalogue.find(document_id)

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        if self._errors:
            raise self._errors.pop(0)
        return await self._world.store.catalogue.due(moment, after=after, limit=limit)


def library(world: World, fetcher: WebFetcher) -> Library:
    """A real library over the stores of this world."""
    embedder = WordEmbedder()
    return Library(
        reader=PlainReader(),
        fetcher=fetcher,
        catalogue=world.store.catalogue,
        shelves=world.store.shelves,
        journal=world.store.journal,
        indexing=Indexing(dense=MemoryDenseIndex(embedder.dimension), lexical=MemoryLexicalIndex(), embedder=embedder),
        rhythm=RHYTHM,
        clock=world.clock,
    )


def scheduler(
    world: World,
    *,
    tick: float = 60,
    concurrency: int = 4,
    per_host: int = 1,
    per_minute: int = 60,
    drain: float = 5,
) -> Scheduler:
    return Scheduler(
        world,
        world.store.catalogue,
        tick_seconds=tick,
        concurrency=concurrency,
        hosts=Hosts(at_once=per_host, clock=world.clock),
        per_minute=per_minute,
        drain_seconds=drain,
        clock=world.clock,
    )


@asynccontextmanager
async def running(role: Scheduler) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(role.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
