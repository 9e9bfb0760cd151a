"""Vectors move from one index to another as they are, and what does not arrive is counted."""

import numpy as np

from core.backends.memory_index import MemoryDenseIndex
from core.catalogues import AT_ONCE
from core.indexing import Indexing, entry
from core.moving import BATCH, SAMPLE, Moving, Step
from core.types import PUBLIC, Audience, Document, Passage, Scope
from tests.entries import query
from tests.fakes.saseo import Core

CHANNEL = Scope("channel:slack:T1:C1")


def moving(core: Core, target: MemoryDenseIndex) -> Moving:
    return Moving(catalogue=core.store.catalogue, shelves=core.store.shelves, source=core.dense, target=target)


async def shelve(core: Core, name: str, texts: list[str], *, scope: Scope = PUBLIC) -> Document:
    """Puts a document with these passages into the catalogue and the index."""
    version = await core.store.journal.begin(name)
    passages = [Passage(name, version, ordinal, text, end=len(text)) for ordinal, text in enumerate(texts)]
    document = Document(name, name, f"text:{name}", scope, version=version, passage_count=len(passages))
    await Indexing(dense=core.dense, lexical=core.lexical, embedder=core.embedder).add(document, passages)
    await core.store.catalogue.save(document, passages)
    return document


async def test_everything_is_found_in_the_new_index_by_the_same_people() -> None:
    core = Core()
    await shelve(core, "open", ["vacation policy"])
    await shelve(core, "closed", ["salary of everybody"], scope=CHANNEL)
    target = MemoryDenseIndex(core.embedder.dimension)
    embedded = core.embedder.embedded
    assert [step async for step in moving(core, target).run()] == [Step(2, 0)]
    assert core.embedder.embedded == embedded
    asked = query(vector=await core.embedder.question("salary of everybody"), audience=Audience.of(CHANNEL))
    assert await target.search(asked, limit=5) == await core.dense.search(asked, limit=5)
    assert await target.count() == 2


async def test_a_large_library_and_a_long_document_move_in_steps() -> None:
    core = Core()
    for number in range(AT_ONCE + 5):
        await shelve(core, f"d{number}", [f"text {number}"])
    await shelve(core, "long", [f"word{number} of a long document" for number in range(2 * BATCH + 7)])
    target = MemoryDenseIndex(core.embedder.dimension)
    one = moving(core, target)
    steps = [step async for step in one.run()]
    assert sum(step.passages for step in steps) == await target.count() == AT_ONCE + 5 + 2 * BATCH + 7
    assert max(step.passages for step in steps) == BATCH
    assert await target.count() > SAMPLE
    assert await one.differing() == 0


async def test_an_empty_library_moves_in_no_step() -> None:
    core = Core()
    one = moving(core, MemoryDenseIndex(core.embedder.dimension))
    assert [step async for step in one.run()] == []
    assert await one.differing() == 0


async def test_passages_that_the_source_has_lost_are_counted() -> None:
    core = Core()
    lost = await shelve(core, "lost", ["gone from the index", "this too"])
    await shelve(core, "kept", ["vacation policy"])
    await core.dense.remove(lost.id, lost.version)
    target = MemoryDenseIndex(core.embedder.dimension)
    assert [step async for step in moving(core, target).run()] == [Step(3, 2)]
    assert await target.count() == 1


async def test_a_vector_that_arrives_otherwise_is_noticed() -> None:
    core = Core()
    for name in ("same", "other", "absent"):
        await shelve(core, name, [f"the text of {name}"])
    target = MemoryDenseIndex(core.embedder.dimension)
    one = moving(core, target)
    assert [step async for step in one.run()] == [Step(3, 0)]
    documents = (await core.store.catalogue.find("other"), await core.store.catalogue.find("absent"))
    other, absent = (document for document in documents if document is not None)
    await target.remove(absent.id, absent.version)
    (passage,) = await core.store.shelves.passages(other.id)
    wrong = np.roll(await core.embedder.question(passage.text), 1)
    await target.add([entry(other, passage, vector=wrong)])
    assert await one.differing() == 2
