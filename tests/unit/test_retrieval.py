"""Retrieval over real indexes in memory: scope, filters, both languages, and an arm that is down."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from core import retrieval as module
from core.backends.memory import MemoryStore
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_world import WordEmbedder
from core.chunk import chunk
from core.errors import Unavailable
from core.indexing import Indexing
from core.ports import Hit, Query, Vector
from core.retrieval import Found, Retrieval
from core.types import PUBLIC, Audience, Block, Document, Metadata, Reading, Scope

SECRET = Scope("channel:slack:T1:C1")
EVERYBODY = Audience.of(PUBLIC)


class Down:
    """An arm or an embedder that is out of order."""

    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        raise Unavailable("index.stopped")

    async def question(self, text: str) -> Vector:
        raise Unavailable("index.stopped")


class Broken(Down):
    async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
        raise ZeroDivisionError


class World:
    """A store, both indexes and a search over them."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.embedder = WordEmbedder()
        self.dense = MemoryDenseIndex(self.embedder.dimension)
        self.lexical = MemoryLexicalIndex()
        self.retrieval = self.searching()

    def searching(self, **parts: object) -> Retrieval:
        held = {"dense": self.dense, "lexical": self.lexical, "shelves": self.store.shelves, "embedder": self.embedder}
        return Retrieval(**{**held, **parts})  # type: ignore[arg-type]

    async def add(self, name: str, text: str, *, scope: Scope = PUBLIC, metadata: Metadata | None = None) -> None:
        version = await self.store.journal.begin(name)
        passages = chunk(Reading((Block(text),)), document_id=name, version=version)
        document = Document(
            name, name, f"api:{name}", scope, version=version, passage_count=len(passages), metadata=metadata or {}
        )
        indexing = Indexing(dense=self.dense, lexical=self.lexical, embedder=self.embedder)
        await indexing.add(document, passages)
        await self.store.catalogue.save(document, passages)

    async def names(self, question: str, *, audience: Audience = EVERYBODY, limit: int = 5) -> list[str]:
        found = await self.retrieval.search(question, audience=audience, limit=limit)
        return [one.document.id for one in found]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.dense.close()


async def test_the_passage_that_answers_comes_first(world: World) -> None:
    await world.add("leave", "Everybody has 25 days of annual leave.")
    await world.add("travel", "Trains are booked by the office.")
    first, *_ = await world.retrieval.search("How many days of annual leave?", audience=EVERYBODY, limit=5)
    assert (first.document.id, first.passage.text) == ("leave", "Everybody has 25 days of annual leave.")
    assert first.dense is not None
    assert first.score > 0.5


async def test_nothing_is_found_for_nobody_and_for_nothing(world: World) -> None:
    await world.add("leave", "Annual leave.")
    assert await world.names("annual leave", audience=Audience()) == []
    assert await world.names("  \n ") == []


async def test_what_the_audience_may_not_read_is_not_found(world: World) -> None:
    await world.add("secret", "The merger is called Bluebird.", scope=SECRET)
    assert await world.names("What is Bluebird?") == []
    assert await world.names("What is Bluebird?", audience=Audience.of(PUBLIC, SECRET)) == ["secret"]


async def test_an_index_that_ignores_the_audience_gives_nothing_away(world: World) -> None:
    await world.add("secret", "The merger is called Bluebird.", scope=SECRET)

    @dataclass
    class Careless:
        index: MemoryLexicalIndex

        async def search(self, query: Query, *, limit: int) -> Sequence[Hit]:
            return await self.index.search(Query(query.text, query.vector, Audience.of(PUBLIC, SECRET)), limit=limit)

    search = world.searching(lexical=Careless(world.lexical))
    assert await search.search("What is Bluebird?", audience=EVERYBODY, limit=5) == ()


async def test_a_version_that_was_replaced_is_not_found(world: World) -> None:
    await world.add("leave", "Leave is 20 days.")
    await world.add("leave", "Leave is 25 days.")
    found = await world.retrieval.search("How many days is leave?", audience=EVERYBODY, limit=5)
    assert [one.passage.text for one in found] == ["Leave is 25 days."]


async def test_filters_match_metadata(world: World) -> None:
    await world.add("old", "Leave is 20 days.", metadata={"year": 2023})
    await world.add("new", "Leave is 25 days.", metadata={"year": 2024})

    async def found(filters: Metadata) -> list[str]:
        search = world.retrieval.search("How many days is leave?", audience=EVERYBODY, limit=5, filters=filters)
        return [one.document.id for one in await search]

    assert await found({"year": 2024}) == ["new"]
    assert await found({"year": 1999}) == []
    assert sorted(await found({})) == ["new", "old"]


@pytest.mark.parametrize(("limit", "count"), [(-1, 1), (0, 1), (1, 1), (3, 3), (10**9, 50)])
async def test_the_limit_is_one_to_fifty(world: World, limit: int, count: int) -> None:
    for number in range(55):
        await world.add(f"d{number}", f"Rule {number} is about leave.")
    assert len(await world.names("What about leave?", limit=limit)) == count


async def test_a_source_is_a_verbatim_stretch_with_its_neighbours(world: World) -> None:
    text = " ".join(
        f"Rule {number} says that nobody may do thing {number} without asking first." for number in range(60)
    )
    await world.add("rules", text)
    (first, *others) = await world.retrieval.search("What does rule 33 say?", audience=EVERYBODY, limit=3)
    assert "Rule 33 says" in first.passage.text
    assert len(first.passage.text) > 600
    assert all(one.passage.text == text[one.passage.start : one.passage.end] for one in (first, *others))
    spans = sorted((one.passage.start, one.passage.end) for one in (first, *others))
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


async def test_scores_never_rise(world: World) -> None:
    for number in range(8):
        await world.add(f"en{number}", f"Leave number {number} is granted by the office.")
        await world.add(f"ko{number}", f"휴가 {number}번은 사무실에서 승인합니다. leave {number}")
    found = await world.retrieval.search("leave number 3?", audience=EVERYBODY, limit=10)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)


async def test_an_answer_in_the_other_language_has_a_place(world: World) -> None:
    for number in range(12):
        await world.add(f"ko{number}", f"회의실 {number}번은 사무실에서 예약합니다.")
    await world.add("en", "The kubernetes cluster restarts at night.")
    found = await world.retrieval.search("kubernetes 회의실은 어디에서 예약하나요?", audience=EVERYBODY, limit=5)
    assert "en" in [one.document.id for one in found]
    assert found[0].document.id.startswith("ko")


async def test_a_question_in_a_third_language_finds_what_there_is(world: World) -> None:
    await world.add("de", "Отпуск составляет 25 дней")
    assert await world.names("Отпуск дней") == ["de"]


async def test_a_lexical_index_that_is_down_is_done_without(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await world.add("leave", "Everybody has 25 days of annual leave.")
    with caplog.at_level(logging.WARNING, logger=module.__name__):
        found = await world.searching(lexical=Down()).search("annual leave", audience=EVERYBODY, limit=5)
    assert [one.document.id for one in found] == ["leave"]
    assert [record.getMessage() for record in caplog.records] == ["searching without an arm: index.stopped"]


@pytest.mark.parametrize("part", ["dense", "embedder"])
async def test_without_vectors_the_words_find(world: World, part: str) -> None:
    await world.add("leave", "Everybody has 25 days of annual leave.")
    (found,) = await world.searching(**{part: Down()}).search("annual leave", audience=EVERYBODY, limit=5)
    assert isinstance(found, Found)
    assert found.dense is None


@pytest.mark.parametrize("parts", [("dense", "lexical"), ("embedder", "lexical")])
async def test_with_both_arms_down_the_search_is_unavailable(world: World, parts: tuple[str, str]) -> None:
    with pytest.raises(Unavailable):
        await world.searching(**dict.fromkeys(parts, Down())).search("leave", audience=EVERYBODY, limit=5)


async def test_a_bug_in_an_arm_is_not_hidden(world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        await world.searching(lexical=Broken()).search("leave", audience=EVERYBODY, limit=5)


async def test_what_is_kept_of_passages_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 3)
    world.retrieval = world.searching()
    for number in range(6):
        await world.add(f"d{number}", f"Rule {number} is about leave.")
    once = await world.names("What about leave?")
    assert await world.names("What about leave?") == once
    assert world.retrieval._profile.cache_info().currsize == 3


async def test_the_same_question_gives_the_same_answer(world: World) -> None:
    random = np.random.default_rng(1)
    for number in range(30):
        await world.add(f"d{number}", " ".join(random.choice(["leave", "days", "office", "rule", "train"], 8)))
    assert len({tuple(await world.names("leave days", limit=20)) for _ in range(3)}) == 1
