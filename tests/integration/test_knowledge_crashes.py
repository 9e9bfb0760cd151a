"""Whenever the process dies while something is shared, moved or dropped, nothing is half, twice or lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.backends.memory import MemoryStore
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_world import MemoryFetcher, PlainReader, WordEmbedder
from core.backends.sqlite import Store, open_store
from core.indexing import Indexing
from core.knowledge import Knowledge
from core.library import Library
from core.ports import Query
from core.shares import Share, within
from core.types import Audience, Document, Scope, Session

TEAM = Scope.workspace("slack", "T1")
GENERAL, RANDOM = Session("slack", "T1", "C1"), Session("slack", "T1", "C2")
PRIVATE = Scope.channel(GENERAL)
FILE = "slack:T1:file:F1"
TEXT = "Leave is 25 days."
Opened = MemoryStore | Store
Act = Callable[[Knowledge], Awaitable[object]]


class Died(BaseException):
    """The end of the process: whatever is called afterwards does nothing."""


@dataclass
class Life:
    """How many calls to a store are left, and whether the last one still happens before the end."""

    calls: int
    happens: bool

    def guarded(self, port: object) -> Any:
        return Mortal(port, self)


class Mortal:
    """A store that ends the process at some call."""

    def __init__(self, port: object, life: Life) -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        call = getattr(self._port, name)

        async def counted(*args: object, **more: object) -> object:
            self._life.calls -= 1
            if self._life.calls == 0 and self._life.happens:
                await call(*args, **more)
            if self._life.calls <= 0:
                raise Died
            return await call(*args, **more)

        return counted


class Disk:
    """What outlives a process."""

    def __init__(self, store: Opened) -> None:
        self.store = store
        self.embedder = WordEmbedder()
        self.dense = MemoryDenseIndex(self.embedder.dimension)
        self.lexical = MemoryLexicalIndex()

    def started(self, life: Life | None = None) -> tuple[Library, Knowledge]:
        """A process that lives so long, or for ever."""

        def port(one: object) -> Any:
            return one if life is None else life.guarded(one)

        library = Library(
            reader=PlainReader(),
            fetcher=MemoryFetcher({}),
            catalogue=port(self.store.catalogue),
            shelves=port(self.store.shelves),
            journal=port(self.store.journal),
            indexing=Indexing(dense=port(self.dense), lexical=port(self.lexical), embedder=self.embedder),
        )
        return library, Knowledge(library=library, catalogue=port(self.store.catalogue), shares=port(self.store.shares))

    async def restarted(self) -> Knowledge:
        """A process after the one that died."""
        library, knowledge = self.started()
        await library.recover()
        await knowledge.recover()
        return knowledge

    async def documents(self) -> list[Document]:
        library, _ = self.started()
        return [document async for document, _ in library.shelved()]

    async def seen(self, *scopes: Scope) -> list[str]:
        """Every text that these readers are offered, as often as it is."""
        audience = Audience.of(*scopes)
        query = Query("leave", await self.embedder.question("leave"), audience)
        hits = await self.dense.search(query, limit=10)
        return [
            passage.text for passage, _ in (await self.store.shelves.resolve([h.key for h in hits], audience)).values()
        ]

    async def whole(self) -> None:
        """No passage stands in an index that is not current, every document is shared, and every share is of one."""
        documents = await self.documents()
        assert list(await self.store.journal.leftovers()) == []
        assert await self.dense.count() == sum(document.passage_count for document in documents)
        assert list(await self.store.shares.orphans()) == []
        for document in documents:
            assert await self.store.shares.of(document.id)


async def add(knowledge: Knowledge, session: Session = GENERAL) -> None:
    share = Share(session, "1", "F1")
    await knowledge.share_file(TEXT.encode(), name="h.txt", origin=FILE, scope=TEAM, share=share)


async def move(knowledge: Knowledge) -> None:
    await knowledge.rescope(within(GENERAL), PRIVATE)


async def drop(knowledge: Knowledge) -> None:
    await knowledge.unshare(within(GENERAL))


AFTERWARDS: dict[Act, set[Scope]] = {add: {TEAM}, move: {PRIVATE}, drop: set()}


@asynccontextmanager
async def disk_of(backend: str, folder: Path) -> AsyncIterator[Disk]:
    if backend == "memory":
        yield Disk(MemoryStore())
        return
    async with open_store(folder / "saseo.db") as store:
        yield Disk(store)


async def lives(disk: Disk, act: Act, calls: int, *, happens: bool) -> bool:
    """Acts in a process that dies at a call. False when it had ended by then."""
    _, knowledge = disk.started(Life(calls, happens))
    try:
        await act(knowledge)
    except (Died, BaseExceptionGroup):
        return True
    return False


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
@pytest.mark.parametrize("happens", [False, True])
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("act", AFTERWARDS)
async def test_a_process_may_die_at_any_moment(
    tmp_path: Path, act: Act, backend: str, *, happens: bool, elsewhere: bool
) -> None:
    moments = 0
    for calls in range(1, 100):
        async with disk_of(backend, tmp_path / str(calls)) as disk:
            _, knowledge = disk.started()
            if act != add:
                await add(knowledge)
            if elsewhere:
                await add(knowledge, RANDOM)
            died = await lives(disk, act, calls, happens=happens)
            again = await disk.restarted()
            await disk.whole()
            seen = await disk.seen(TEAM, PRIVATE)
            assert set(seen) <= {TEXT}
            assert seen or act != move
            await act(again)
            await disk.whole()
            expected = {TEAM} if elsewhere else set()
            expected |= AFTERWARDS[act]
            assert {document.scope for document in await disk.documents()} == expected
            assert len(await disk.documents()) == len(expected)
            assert bool(await disk.seen(TEAM)) == (TEAM in expected)
        if not died:
            break
        moments += 1
    assert moments >= 1
