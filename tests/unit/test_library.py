"""Documents come in, are replaced as a whole, are kept fresh and are forgotten."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.backends.memory import MemoryStore
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_world import MemoryFetcher, PlainReader, WordEmbedder
from core.errors import Refused, SaseoError, Unavailable
from core.indexing import Indexing
from core.library import Library
from core.ports import DocumentFilter, Query, Reader, Vectors
from core.refresh import Rhythm
from core.types import PUBLIC, Audience, Block, Document, Reading, Scope

TEAM = Scope("workspace:slack:T1")
PAGE = "https://example.com/faq"


class World:
    """A library with everything around it in memory."""

    def __init__(
        self,
        *,
        embedder: WordEmbedder | None = None,
        reader: Reader | None = None,
        pages: dict[str, bytes | SaseoError] | None = None,
    ) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.store = MemoryStore()
        self.embedder = embedder or WordEmbedder()
        self.dense = MemoryDenseIndex(self.embedder.dimension)
        self.lexical = MemoryLexicalIndex()
        self.web = MemoryFetcher(pages or {})
        self.library = Library(
            reader=reader or PlainReader(),
            fetcher=self.web,
            catalogue=self.store.catalogue,
            shelves=self.store.shelves,
            journal=self.store.journal,
            indexing=Indexing(dense=self.dense, lexical=self.lexical, embedder=self.embedder),
            rhythm=Rhythm(3600),
            clock=lambda: self.now,
        )

    async def found(self, text: str, *scopes: Scope) -> set[str]:
        """Texts of current passages that both arms offer these readers."""
        audience = Audience.of(*(scopes or (PUBLIC,)))
        query = Query(text=text, vector=await self.embedder.question(text), audience=audience)
        hits = [*await self.dense.search(query, limit=10), *await self.lexical.search(query, limit=10)]
        resolved = await self.store.shelves.resolve({hit.key for hit in hits}, audience)
        return {passage.text for passage, _ in resolved.values()}

    async def passages(self) -> int:
        """Passages in the dense index, current or not."""
        return await self.dense.count()


async def test_a_file_is_known_to_the_people_of_its_scope_alone() -> None:
    world = World()
    added = await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt", scope=TEAM)
    assert added.changed
    assert added.document.title == "h.txt"
    assert added.document.passage_count == 1
    assert await world.found("leave days", TEAM) == {"Leave is 25 days."}
    assert await world.found("leave days", PUBLIC) == set()


async def test_the_same_file_again_costs_nothing() -> None:
    world = World()
    first = await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")
    embedded = world.embedder.embedded
    again = await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")
    assert not again.changed
    assert again.document == first.document
    assert world.embedder.embedded == embedded


async def test_other_metadata_with_the_same_content_is_kept_without_reading_again() -> None:
    world = World()
    await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")
    again = await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt", metadata={"year": 2026})
    assert not again.changed
    kept = await world.store.catalogue.find(again.document.id)
    assert kept is not None
    assert kept.metadata == {"year": 2026}


async def test_a_new_version_replaces_the_old_one_whole() -> None:
    world = World()
    await world.library.add(b"Leave is 25 days.\n\nUnchanged words.", name="h.txt", origin="upload:h.txt")
    await world.library.add(
        b"Leave is 30 days.\n\nUnchanged words.", name="h.txt", origin="upload:h.txt", title="Rules"
    )
    found = await world.found("leave days unchanged words")
    assert not any("25" in text for text in found)
    assert any("30" in text for text in found)
    assert not await world.store.journal.leftovers()


async def test_what_cannot_be_read_is_refused_and_leaves_nothing() -> None:
    world = World()
    with pytest.raises(Refused):
        await world.library.add(b"\xff\xfe\xfd", name="x.bin", origin="upload:x.bin")
    assert (await world.store.catalogue.page(DocumentFilter())).total == 0


class Broken(WordEmbedder):
    """An embedder that is away."""

    async def passages(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable("chat.busy")


async def test_a_failure_half_way_keeps_the_old_version_and_sweeps_the_new() -> None:
    world = World()
    await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")
    failing = Library(
        reader=PlainReader(),
        fetcher=world.web,
        catalogue=world.store.catalogue,
        shelves=world.store.shelves,
        journal=world.store.journal,
        indexing=Indexing(dense=world.dense, lexical=world.lexical, embedder=Broken()),
    )
    with pytest.raises(Unavailable):
        await failing.add(b"Leave is 30 days.", name="h.txt", origin="upload:h.txt")
    assert await world.found("leave days") == {"Leave is 25 days."}
    assert not await world.store.journal.leftovers()


async def test_texts_without_an_origin_are_told_apart_by_what_they_say_and_carry() -> None:
    world = World()
    one = await world.library.add_text("# Leave\n\n25 days.", metadata={"source": "a"})
    same = await world.library.add_text("# Leave\n\n25 days.", metadata={"source": "a"})
    other = await world.library.add_text("# Leave\n\n25 days.", metadata={"source": "b"})
    assert one.document.id == same.document.id != other.document.id
    assert not same.changed
    assert one.document.title == "Leave"


async def test_a_text_with_an_origin_replaces_the_one_before() -> None:
    world = World()
    one = await world.library.add_text("25 days.", origin="api:leave", title="Leave", url=PAGE)
    two = await world.library.add_text("30 days.", origin="api:leave", title="Leave", url=PAGE)
    assert one.document.id == two.document.id
    assert await world.found("days") == {"30 days."}


@pytest.mark.parametrize("text", ["", " \n\n\t "])
async def test_a_text_without_text_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        await World().library.add_text(text)
    assert refusal.value.code == "library.empty"


class BlankReader:
    """Reads white space out of every file."""

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        return Reading((Block(" \n"),), title="A blank page")


async def test_a_file_whose_text_says_nothing_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        await World(reader=BlankReader()).library.add(b"...", name="x", origin="upload:x")
    assert refusal.value.code == "library.empty"
    assert refusal.value.details == {"name": "A blank page"}


async def test_a_link_is_read_and_its_next_check_is_set() -> None:
    world = World(pages={PAGE: b"# FAQ\n\nThe office opens at nine."})
    added = await world.library.add_link(f" {PAGE} ")
    assert added.document.url == PAGE
    assert added.document.title == "faq"
    assert added.document.next_check_at is not None
    assert added.document.next_check_at > world.now
    assert not (await world.library.add_link(PAGE)).changed


async def test_a_link_that_changed_is_read_again_and_one_that_did_not_is_not() -> None:
    world = World(pages={PAGE: b"The office opens at nine."})
    document = (await world.library.add_link(PAGE)).document
    world.now += timedelta(hours=2)
    checked = await world.library.refresh(document)
    assert not checked.changed
    assert checked.document.read_at == world.now
    world.web.pages[PAGE] = b"The office opens at ten."
    assert (await world.library.refresh(checked.document)).changed
    assert await world.found("office opens") == {"The office opens at ten."}


async def test_a_page_that_comes_again_without_an_etag_is_known_by_its_content() -> None:
    world = World(pages={PAGE: b"The office opens at nine."})
    document = (await world.library.add_link(PAGE)).document
    await world.store.catalogue.save(replace(document, etag=None))
    embedded = world.embedder.embedded
    assert not (await world.library.refresh(document)).changed
    assert world.embedder.embedded == embedded


async def test_a_failed_check_is_noted_and_keeps_what_was_known() -> None:
    world = World(pages={PAGE: b"The office opens at nine."})
    document = (await world.library.add_link(PAGE)).document
    world.web.pages[PAGE] = Unavailable("chat.busy")
    checked = await world.library.refresh(document)
    assert checked.document.failures == 1
    assert checked.document.error
    assert await world.found("office opens") == {"The office opens at nine."}


async def test_only_known_links_can_be_checked_again() -> None:
    world = World()
    file = (await world.library.add(b"text", name="x", origin="upload:x")).document
    with pytest.raises(Refused) as refusal:
        await world.library.refresh(file)
    assert refusal.value.code == "library.not_a_link"
    gone = Document(id="gone", title="x", origin=f"link:{PAGE}", scope=PUBLIC, url=PAGE)
    with pytest.raises(Refused) as refusal:
        await world.library.refresh(gone)
    assert refusal.value.code == "library.unknown"


async def test_a_forgotten_document_is_gone_from_everywhere() -> None:
    world = World()
    document = (await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")).document
    assert await world.library.forget([document.id, "unknown"]) == [document]
    assert await world.found("leave days") == set()
    assert await world.passages() == 0
    assert not await world.library.forget([document.id])


class Slow(WordEmbedder):
    """An embedder that waits until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def passages(self, texts: Sequence[str]) -> Vectors:
        self.began.set()
        await self.go_on.wait()
        return await super().passages(texts)


async def test_what_is_forgotten_while_it_is_read_again_stays_forgotten() -> None:
    slow = Slow()
    slow.go_on.set()
    world = World(embedder=slow)
    document = (await world.library.add(b"Leave is 25 days.", name="h.txt", origin="upload:h.txt")).document
    slow.began.clear()
    slow.go_on.clear()
    adding = asyncio.create_task(world.library.add(b"Leave is 30 days.", name="h.txt", origin="upload:h.txt"))
    await slow.began.wait()
    await world.library.forget([document.id])
    slow.go_on.set()
    await adding
    assert await world.found("leave days") == set()
    assert await world.passages() == 0


async def test_what_a_crash_left_is_swept_at_the_next_start() -> None:
    world = World()
    await world.store.journal.begin("half")
    assert await world.library.recover() == 1
    assert await world.library.recover() == 0


async def test_empty_indexes_are_filled_from_the_shelves() -> None:
    world = World()
    for number in range(120):
        await world.library.add_text(f"Rule number {number} holds.", origin=f"api:{number}")
    fresh = World()
    fresh.store = world.store
    library = Library(
        reader=PlainReader(),
        fetcher=world.web,
        catalogue=world.store.catalogue,
        shelves=world.store.shelves,
        journal=world.store.journal,
        indexing=Indexing(dense=fresh.dense, lexical=fresh.lexical, embedder=fresh.embedder),
    )
    assert len([document async for document in library.reindex()]) == 120
    assert await fresh.found("rule number 7") >= {"Rule number 7 holds."}
