"""The word index of a process follows a catalogue that others change: nothing is missing, nothing stays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from core import catalogues, keeping_up, kept_words
from core.backends import memory_trail
from core.backends.lexical import LexicalIndex, open_lexical
from core.backends.memory import MemoryStore
from core.backends.memory_trail import MemoryTrail
from core.backends.postgres import PostgresStore, open_postgres
from core.errors import Unavailable
from core.keeping_up import FollowedCatalogue, KeepingUp
from core.kept_words import KeptWords
from core.ports import Catalogue, DocumentFilter, Entry
from core.trail import Stretch, Trail
from core.types import Document
from tests.entries import entry, found, query
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import EVERYBODY, SEAL, document, library_of


def following(trail: Trail, store: MemoryStore | PostgresStore, index: LexicalIndex) -> KeepingUp:
    return KeepingUp(trail=trail, catalogue=store.catalogue, kept=KeptWords(index, store.shelves))


class World:
    """A catalogue with its trail, and one process's index beside them."""

    def __init__(self, index: LexicalIndex) -> None:
        self.store = MemoryStore()
        self.trail = MemoryTrail()
        self.index = index
        self.follower = self.another()

    def another(self) -> KeepingUp:
        """A follower as a process has it that was started anew."""
        return following(self.trail, self.store, self.index)

    async def put(self, name: str, *texts: str) -> Document:
        """Another process makes a version current."""
        saved = await library_of(self.store).put(document(name), *texts)
        self.trail.note(name)
        return saved

    async def forget(self, name: str) -> None:
        """Another process forgets a document."""
        await self.store.catalogue.forget([name])
        self.trail.note(name)

    async def finds(self, word: str) -> list[str]:
        """The documents that are found by a word."""
        return sorted(set(found(await self.index.search(query(word, audience=EVERYBODY), limit=20))))


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    # A busy machine takes its time.
    monkeypatch.setattr(keeping_up, "KNOWN_AFTER", 60.0)
    async with open_lexical(tmp_path / "lexical") as index:
        yield World(index)


@asynccontextmanager
async def running(follower: KeepingUp) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_new_index_is_filled_and_then_follows(world: World) -> None:
    await world.put("a", "the vacation policy")
    await world.follower.open()
    assert await world.finds("vacation") == ["a"]

    await world.put("b", "another vacation", "and one more vacation")
    await world.put("a", "the toner of the printer")
    assert not await world.follower.look()
    assert await world.finds("vacation") == ["b"]
    assert await world.finds("toner") == ["a"]
    await world.forget("b")
    await world.follower.look()
    assert await world.finds("vacation") == []
    assert await world.index.count() == 1


async def test_after_a_restart_only_what_changed_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.follower.open()
    await world.put("a", "the vacation policy")
    await world.follower.look()
    await world.put("b", "the toner")

    again = world.another()
    monkeypatch.setattr(world.index, "rebuild", None)
    await again.open()
    await again.look()
    assert await world.finds("vacation") == ["a"]
    assert await world.finds("toner") == ["b"]


async def test_what_a_crash_kept_from_being_noted_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.follower.open()
    await world.put("a", "the vacation policy")

    async def crash(place: str) -> None:
        raise Unavailable("index.failed", reason=place)

    with monkeypatch.context() as patch:
        patch.setattr(world.index, "note", crash)
        with pytest.raises(Unavailable):
            await world.follower.look()
    await world.another().open()
    await world.another().look()
    assert await world.finds("vacation") == ["a"]
    assert await world.index.count() == 1


async def test_an_index_that_has_lost_its_place_is_built_anew(world: World) -> None:
    await world.put("a", "the vacation policy")
    await world.follower.open()
    await world.index.add([entry("gone", "an old vacation")])
    await world.index.note("elsewhere")

    again = world.another()
    await again.open()
    assert await again.look()
    assert not await again.look()
    assert await world.finds("vacation") == ["a"]
    assert await world.index.count() == 1


async def test_an_index_that_turns_out_to_be_damaged_is_built_anew(world: World) -> None:
    await world.put("a", "the vacation policy")
    await world.follower.open()
    world.index._store.stale = True
    await world.follower.look()
    assert await world.finds("vacation") == ["a"]


async def test_a_library_of_many_pages_is_filled_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "AT_ONCE", 3)
    monkeypatch.setattr(kept_words, "WRITTEN_AT_ONCE", 4)
    for number in range(10):
        await world.put(f"d{number}", "vacation")
    await world.follower.open()
    assert await world.index.count() == 10


async def test_what_is_told_twice_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.follower.open()
    await world.put("a", "the vacation policy")
    stretch = await world.trail.after("0")
    assert stretch is not None
    renewed = []
    renew = world.index.renew

    async def noting(document_id: str, entries: Sequence[Entry]) -> None:
        renewed.append(document_id)
        await renew(document_id, entries)

    async def again(place: str) -> Stretch:
        return Stretch(stretch.steps, place)

    monkeypatch.setattr(world.index, "renew", noting)
    monkeypatch.setattr(world.trail, "after", again)
    for _ in range(3):
        await world.follower.look()
    assert renewed == ["a"]


async def test_a_long_way_is_followed_in_stretches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_trail, "STEPS_AT_ONCE", 2)
    await world.follower.open()
    for number in range(5):
        await world.put(f"d{number}", "vacation")
    assert await world.follower.look()
    async with running(world.follower):
        await world.follower.caught_up()
    assert await world.index.count() == 5


async def test_a_place_is_noted_now_and_then_also_without_news(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "NOTED_EVERY", 3)
    await world.follower.open()
    noted = []

    async def note(place: str) -> None:
        noted.append(place)

    monkeypatch.setattr(world.index, "note", note)
    for _ in range(7):
        await world.follower.look()
    assert len(noted) == 2


async def test_whoever_saves_a_version_finds_it_when_that_returns(world: World) -> None:
    await world.follower.open()
    catalogue = FollowedCatalogue(cast("Catalogue", _Noting(world)), world.follower)
    async with running(world.follower):
        for number in range(5):
            version = await world.store.journal.begin(f"d{number}")
            fresh = document(f"d{number}", version=version, passage_count=1)
            passage = entry(f"d{number}", f"vacation {number}", version=version).passage
            await catalogue.save(fresh, [passage])
            assert f"d{number}" in await world.finds("vacation")
    known = await catalogue.find("d0")
    assert known is not None
    await catalogue.save(known)
    assert (await catalogue.page(DocumentFilter())).total == 5
    assert list(await catalogue.due(known.read_at)) == []
    assert [one.id for one in await catalogue.forget(["d0"])] == ["d0"]


async def test_nobody_waits_for_ever_for_an_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "KNOWN_AFTER", 0.01)
    await world.follower.open()
    await world.follower.caught_up()


@pytest.mark.parametrize("trouble", [Unavailable("postgres.away"), KeyError("bug")], ids=["away", "bug"])
async def test_after_a_trouble_it_is_followed_again(
    trouble: Exception, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_up, "PATIENCE", 0.01)
    await world.follower.open()
    after, away = world.trail.after, [True, True]

    async def failing(place: str) -> Stretch | None:
        if away:
            away.pop()
            raise trouble
        return await after(place)

    monkeypatch.setattr(world.trail, "after", failing)
    async with running(world.follower):
        await world.put("a", "the vacation policy")
        await world.follower.caught_up()
        assert await world.finds("vacation") == ["a"]


class _Noting:
    """A catalogue that leaves steps, as a shared one does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.store.catalogue, name)

    async def save(self, document: Document, passages: object = None, *, instead_of: str | None = None) -> None:
        await self._world.store.catalogue.save(document, passages, instead_of=instead_of)  # type: ignore[arg-type]
        self._world.trail.note(document.id)


@asynccontextmanager
async def process(url: str, folder: Path) -> AsyncIterator[tuple[PostgresStore, LexicalIndex]]:
    """The store and the followed index of one process."""
    async with open_postgres(url, seal=SEAL) as store, open_lexical(folder) as index:
        follower = following(store.trail, store, index)
        await follower.open()
        async with running(follower):
            yield store, index


async def until(finds: Callable[[], Awaitable[set[str]]], wanted: set[str]) -> None:
    """Returns when that is found. The other process has no event to wait for."""
    async with asyncio.timeout(PATIENCE):
        while await finds() != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.postgres
async def test_what_one_process_takes_in_another_finds_by_its_words(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    url = await postgres_server.emptied()
    async with process(url, tmp_path / "one") as (one, _), process(url, tmp_path / "other") as (_, other):

        async def finds(word: str) -> set[str]:
            return set(found(await other.search(query(word, audience=EVERYBODY), limit=20)))

        await asyncio.gather(*(library_of(one).put(document(f"d{number}"), "vacation") for number in range(20)))
        everything = {f"d{number}" for number in range(20)}
        await until(lambda: finds("vacation"), everything)
        await one.catalogue.forget([f"d{number}" for number in range(19)])
        await until(lambda: finds("vacation"), {"d19"})
