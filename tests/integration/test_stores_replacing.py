"""What replacing and forgetting a document promise on each backend: one whole version, the highest that was saved."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ports import DocumentFilter, Leftover
from core.types import Passage, PassageKey
from tests.integration.stores import EVERYBODY, STORES, Library, changed, document, opened_library


@pytest.fixture(params=STORES)
async def library(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Library]:
    async with opened_library(request, tmp_path) as opened:
        yield opened


async def found(library: Library) -> list[str]:
    return [shown.id for shown in (await library.catalogue.page(DocumentFilter())).documents]


async def test_a_row_is_changed_without_its_passages(library: Library) -> None:
    saved = await library.put(document("d1", metadata={"a": 1}), "one", "two")

    await library.catalogue.save(changed(saved, failures=2, title="New", metadata={"b": 2}, passage_count=0))

    kept = await library.catalogue.find("d1")
    assert kept == changed(saved, failures=2, title="New", metadata={"b": 2}, passage_count=2)
    assert await library.texts("d1") == ["one", "two"]
    assert await library.shelves.matching({"a": 1}, EVERYBODY) == frozenset()
    assert await library.shelves.matching({"b": 2}, EVERYBODY) == {"d1"}


async def test_changing_a_row_does_not_bring_a_forgotten_document_back(library: Library) -> None:
    saved = await library.put(document("d1"), "one")
    await library.catalogue.forget(["d1"])

    await library.catalogue.save(changed(saved, failures=1))
    await library.catalogue.save(document("never there"))

    assert await found(library) == []


async def test_changing_a_row_that_was_replaced_meanwhile_changes_nothing(library: Library) -> None:
    old = await library.put(document("d1"), "old")
    new = await library.put(document("d1", digest="new"), "new")

    await library.catalogue.save(changed(old, failures=1))

    assert await library.catalogue.find("d1") == new


async def test_a_replaced_document_has_only_its_new_passages(library: Library) -> None:
    old = await library.put(document("d1"), "one", "two", "three")
    new = await library.put(document("d1"), "four")

    assert new.version > old.version
    assert await library.texts("d1") == ["four"]
    assert await library.journal.leftovers() == [Leftover("d1", old.version)]
    keys = [PassageKey("d1", old.version, 0), PassageKey("d1", new.version, 0), PassageKey("d1", new.version, 1)]
    resolved = await library.shelves.resolve(keys, EVERYBODY)
    assert {key: passage.text for key, (passage, _) in resolved.items()} == {keys[1]: "four"}


async def test_a_version_is_a_leftover_until_it_is_saved(library: Library) -> None:
    version = await library.journal.begin("d1")
    assert await library.journal.leftovers() == [Leftover("d1", version)]

    await library.put_version(document("d1"), version, "one")

    assert await library.journal.leftovers() == []


async def test_leftovers_are_told_of_these_documents_or_of_all(library: Library) -> None:
    names = ["d1", "d2", "d'3", "d1"]
    begun = [Leftover(name, await library.journal.begin(name)) for name in names]

    assert await library.journal.leftovers() == begun
    assert await library.journal.leftovers({"d1", "d'3", "unknown"}) == [begun[0], begun[2], begun[3]]
    assert await library.journal.leftovers(set()) == []


async def test_versions_rise_over_the_whole_store(library: Library) -> None:
    begun = await asyncio.gather(*(library.journal.begin(f"d{number % 7}") for number in range(50)))
    for leftover in await library.journal.leftovers():
        await library.journal.swept(leftover)
    later = await library.journal.begin("d0")

    assert len(set(begun)) == 50
    assert min(begun) > 0
    assert later > max(begun)
    assert await library.journal.leftovers() == [Leftover("d0", later)]


async def test_sweeping_takes_only_what_it_names(library: Library) -> None:
    version = await library.journal.begin("d1")

    await library.journal.swept(Leftover("d2", version))
    await library.journal.swept(Leftover("d1", version + 1))

    assert await library.journal.leftovers() == [Leftover("d1", version)]


async def test_the_higher_version_wins_when_saves_arrive_in_the_wrong_order(library: Library) -> None:
    first, second = await library.journal.begin("d1"), await library.journal.begin("d1")

    await library.put_version(document("d1"), second, "second")
    await library.put_version(document("d1"), first, "first")

    assert await library.texts("d1") == ["second"]
    assert await library.journal.leftovers() == [Leftover("d1", first)]


async def test_a_version_serves_until_a_higher_one_is_saved(library: Library) -> None:
    first, second = await library.journal.begin("d1"), await library.journal.begin("d1")

    await library.put_version(document("d1"), first, "first")
    assert await library.texts("d1") == ["first"]
    await library.put_version(document("d1"), second, "second")

    assert await library.texts("d1") == ["second"]
    assert await library.journal.leftovers() == [Leftover("d1", first)]


async def test_a_document_forgotten_while_it_was_written_stays_forgotten(library: Library) -> None:
    version = await library.journal.begin("d1")
    assert list(await library.catalogue.forget(["d1"])) == []

    await library.put_version(document("d1"), version, "too late")

    assert await found(library) == []
    assert await library.journal.leftovers() == [Leftover("d1", version)]


async def test_a_version_that_was_swept_is_not_served_and_is_swept_again(library: Library) -> None:
    version = await library.journal.begin("d1")
    await library.journal.swept(Leftover("d1", version))

    await library.put_version(document("d1"), version, "no index has it")
    await library.put_version(document("d1"), version, "nor now")

    assert await found(library) == []
    assert await library.journal.leftovers() == [Leftover("d1", version)]


async def test_a_document_begun_anew_after_it_was_forgotten_is_there(library: Library) -> None:
    late = await library.journal.begin("d1")
    await library.catalogue.forget(["d1"])
    fresh = await library.journal.begin("d1")

    await library.put_version(document("d1"), fresh, "fresh")
    await library.put_version(document("d1"), late, "late")

    assert await library.texts("d1") == ["fresh"]


async def test_a_save_that_is_sent_again_is_one_save(library: Library) -> None:
    version = await library.journal.begin("d1")

    for _ in range(2):
        saved = await library.put_version(document("d1"), version, "one", "two")

    assert await library.catalogue.find("d1") == saved
    assert await library.texts("d1") == ["one", "two"]
    assert await library.journal.leftovers() == []


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        (0, []),
        (99, []),
        (1, [("d2", 1, 0)]),
        (1, [("d1", 2, 0)]),
        (1, [("d1", 1, 0)] * 2),
        (1, [("d1", 1, -1)]),
        (1, [("d1", 1, 2**20)]),
    ],
)
async def test_a_save_that_cannot_be_right_is_an_error(
    library: Library, version: int, keys: list[tuple[str, int, int]]
) -> None:
    begun = await library.journal.begin("d1")
    passages = [Passage(name, of, ordinal, "text") for name, of, ordinal in keys]

    with pytest.raises(ValueError, match=r"never begun|another document|one ordinal|out of range"):
        await library.catalogue.save(document("d1", version=version), passages)

    assert await found(library) == []
    assert await library.journal.leftovers() == [Leftover("d1", begun)]


async def test_forgetting_takes_documents_with_their_passages(library: Library) -> None:
    gone = await library.put(document("d1"), "one")
    kept = await library.put(document("d2"), "two")

    forgotten = await library.catalogue.forget(["d1", "d1", "nobody"])

    assert list(forgotten) == [gone]
    assert await library.texts("d1") == []
    assert await found(library) == ["d2"]
    keys = [PassageKey("d1", gone.version, 0), PassageKey("d2", kept.version, 0)]
    assert list(await library.shelves.resolve(keys, EVERYBODY)) == keys[1:]
    assert await library.shelves.matching({"title": "Title of d1"}, EVERYBODY) == frozenset()
    assert await library.journal.leftovers() == [Leftover("d1", gone.version)]
    assert list(await library.catalogue.forget([])) == []
