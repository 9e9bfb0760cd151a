"""A process searches its own copy of a server's vectors: the same is found, and what others change is followed."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from core.backends import copied_index
from core.backends.chroma import open_chroma
from core.backends.copied_index import CopiedIndex
from core.backends.memory import MemoryStore
from core.backends.memory_trail import MemoryTrail
from core.errors import Unavailable
from core.keeping_up import KeepingUp
from core.ports import Vector
from core.types import PUBLIC, Audience, Document, Scope
from tests.entries import DIMENSION, axis, clusters, entry, found, query
from tests.fakes.chroma import chroma_server
from tests.integration.stores import document, library_of

MEGABYTE = 1024 * 1024
TEAM = Scope("workspace:slack:T1")


class World:
    """A shared catalogue and a server, with what one process has of them."""

    def __init__(self, index: CopiedIndex) -> None:
        self.store = MemoryStore()
        self.trail = MemoryTrail()
        self.index = index
        self.follower = KeepingUp(trail=self.trail, catalogue=self.store.catalogue, kept=index)

    async def put(self, name: str, *vectors: Vector, scope: Scope = PUBLIC) -> Document:
        """Another process makes a version current, and removes the one before."""
        known = await self.store.catalogue.find(name)
        texts = [f"{name} {number}" for number in range(len(vectors))]
        saved = await library_of(self.store).put(document(name, scope=scope), *texts)
        entries = [
            entry(name, text, vector=vector, version=saved.version, ordinal=ordinal, scope=scope)
            for ordinal, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]
        await self.index.add(entries)
        self.trail.note(name)
        if known is not None:
            await self.index.remove(name, known.version)
        return saved

    async def forget(self, name: str) -> None:
        """Another process forgets a document."""
        await self.store.catalogue.forget([name])
        self.trail.note(name)

    async def finds(self, audience: Audience | None = None) -> list[str]:
        asked = query(vector=axis(0), audience=audience or Audience.of(PUBLIC, TEAM))
        return sorted(set(found(await self.index.search(asked, limit=50))))


@asynccontextmanager
async def copied(url: str, *, most_bytes: int = MEGABYTE) -> AsyncIterator[World]:
    async with open_chroma(url=url, identity="m", dimension=DIMENSION, copied_bytes=most_bytes) as index:
        assert isinstance(index, CopiedIndex)
        yield World(index)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chroma_server(tmp_path) as url, copied(url) as world:
        yield world


async def test_the_copy_finds_what_the_server_finds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copied_index, "PAGE", 20)
    vectors = clusters(120, DIMENSION)
    for number in range(40):
        scope = TEAM if number % 3 else PUBLIC
        await world.put(f"d{number}", *vectors[3 * number : 3 * number + 3], scope=scope)
    asked = [
        query(vector=vector, audience=audience, documents=documents)
        for vector in vectors[:5]
        for audience in (Audience.of(PUBLIC), Audience.of(PUBLIC, TEAM), Audience.of(Scope("dm:slack:T1:D1")))
        for documents in (None, {"d3", "d4"})
    ]
    before = [await world.index.search(one, limit=7) for one in asked]
    assert await world.index.copied() == 0
    await world.follower.open()
    assert await world.index.copied() == 120 == await world.index.count()
    after = [await world.index.search(one, limit=7) for one in asked]
    assert [[hit.key for hit in hits] for hits in after] == [[hit.key for hit in hits] for hits in before]
    assert [hit.score for hits in after for hit in hits] == pytest.approx(
        [hit.score for hits in before for hit in hits], abs=1e-5
    )


async def test_what_others_add_replace_and_forget_is_followed(world: World) -> None:
    await world.put("a", axis(0), axis(1))
    await world.follower.open()
    await world.put("b", axis(0))
    assert await world.finds() == ["a"]
    await world.follower.look()
    assert await world.finds() == ["a", "b"]
    await world.put("a", axis(2))
    await world.follower.look()
    assert await world.index.copied() == 2
    assert (await world.index.search(query(vector=axis(2)), limit=1))[0].score == pytest.approx(1.0)
    await world.forget("a")
    await world.follower.look()
    assert await world.finds() == ["b"]


async def test_a_change_that_leaves_the_passages_reads_no_vector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = await world.put("a", axis(0))
    await world.follower.open()

    async def read(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(world.index._server, "rows", read)
    await world.store.catalogue.save(saved)
    world.trail.note("a")
    await world.follower.look()
    assert await world.finds() == ["a"]


async def test_a_document_that_was_never_copied_is_forgotten_without_a_trace(world: World) -> None:
    await world.follower.open()
    world.trail.note("unknown")
    await world.follower.look()
    assert await world.index.copied() == 0


async def test_a_copy_whose_place_is_lost_is_made_anew(world: World) -> None:
    await world.put("a", axis(0))
    await world.follower.open()
    await world.index.note("another store")
    again = KeepingUp(trail=world.trail, catalogue=world.store.catalogue, kept=world.index)
    await again.open()
    await again.look()
    await world.forget("a")
    await again.look()
    assert await world.finds() == []
    assert world.index.place == "2"


async def test_vectors_are_written_and_recalled_on_the_server(world: World) -> None:
    await world.put("a", axis(0))
    await world.follower.open()
    wanted = entry("a", "a 0").digest
    assert list((await world.index.recall([wanted]))[wanted]) == list(axis(0))
    await world.index.remove("a", 1)
    assert await world.index.recall([wanted]) == {}
    assert await world.index.empty()


async def test_beyond_its_memory_there_is_no_copy_and_the_server_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with chroma_server(tmp_path) as url, copied(url, most_bytes=2_500) as world:
        await world.put("a", axis(0))
        await world.follower.open()
        assert await world.index.copied() == 1
        with caplog.at_level(logging.WARNING):
            await world.put("a", axis(0), axis(0), axis(0))
            for name in "bc":
                await world.put(name, axis(0))
            await world.follower.look()
        assert await world.index.copied() == 0
        assert not world.index.stale
        assert await world.finds() == ["a", "b", "c"]
        await world.put("d", axis(0))
        await world.follower.look()
        assert await world.finds() == ["a", "b", "c", "d"]
        assert len([record for record in caplog.records if "VECTORS_IN_MEMORY_MB" in record.message]) == 1


async def test_a_library_that_is_too_large_at_the_start_is_not_copied(tmp_path: Path) -> None:
    async with chroma_server(tmp_path) as url, copied(url, most_bytes=2_500) as world:
        for name in "abcd":
            await world.put(name, axis(0))
        await world.follower.open()
        assert await world.index.copied() == 0
        await world.index.rebuild(_none(), place="1")
        assert await world.finds() == ["a", "b", "c", "d"]


async def test_questions_are_answered_while_the_server_is_away(tmp_path: Path) -> None:
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(chroma_server(tmp_path))
        async with copied(url) as world:
            await world.put("a", axis(0))
            await world.follower.open()
            await server.aclose()
            assert await world.finds() == ["a"]
            with pytest.raises(Unavailable):
                await world.index.count()


async def test_a_copy_is_wanted_once_enough_was_searched(world: World) -> None:
    for _ in range(copied_index.WORTH_IT - 1):
        await world.finds()
    assert not world.index.wanted.is_set()
    await world.finds()
    assert world.index.wanted.is_set()


async def _none() -> AsyncIterator[Document]:
    nothing: tuple[Document, ...] = ()
    for one in nothing:
        yield one
