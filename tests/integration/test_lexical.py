"""The word index on disk: what is kept, and how it says that it has to be built anew."""

import asyncio
import resource
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from core.backends import alone, lexical_store
from core.backends.lexical import LexicalIndex, open_lexical
from core.backends.lexical_writes import Write
from core.errors import Refused, Unavailable
from core.ports import Entry
from tests.entries import entry, found, query
from tests.integration.indexes import no_entries

LIBRARY = [entry("a", "the vacation policy"), entry("b", "the toner of the printer")]


async def library() -> AsyncIterator[Sequence[Entry]]:
    for each in LIBRARY:
        yield [each]


async def built(path: Path) -> None:
    async with open_lexical(path) as index:
        await index.rebuild(library())


async def test_a_new_index_wants_to_be_built_before_it_is_searched(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        states = [index.stale]
        with pytest.raises(Unavailable) as unavailable:
            await index.search(query("vacation"), limit=5)
        assert unavailable.value.code == "index.rebuild"
        await index.rebuild(no_entries())
        states.append(index.stale)
        assert states == [True, False]
        assert not await index.search(query("vacation"), limit=5)


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    await built(tmp_path)
    async with open_lexical(tmp_path) as index:
        assert not index.stale
        assert await index.count() == 2
        assert found(await index.search(query("toner"), limit=5)) == ["b"]


async def test_rebuilding_leaves_nothing_of_the_former_index(tmp_path: Path) -> None:
    await built(tmp_path)
    async with open_lexical(tmp_path) as index:
        await index.add([entry("old", "an old vacation")])
        await index.rebuild(library())
        assert found(await index.search(query("vacation"), limit=5)) == ["a"]


async def test_what_is_added_during_a_rebuild_is_kept(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:

        async def while_others_add() -> AsyncIterator[Sequence[Entry]]:
            yield LIBRARY
            await index.add([entry("new", "a new vacation")])

        await index.rebuild(while_others_add())
        assert set(found(await index.search(query("vacation"), limit=5))) == {"a", "new"}


async def test_a_rebuild_that_was_cut_off_has_to_be_done_again(tmp_path: Path) -> None:
    async def breaks_off() -> AsyncIterator[Sequence[Entry]]:
        yield LIBRARY
        raise Unavailable("index.failed", reason="test")

    async with open_lexical(tmp_path) as index:
        with pytest.raises(Unavailable):
            await index.rebuild(breaks_off())
    async with open_lexical(tmp_path) as index:
        assert index.stale
        assert await index.count() == 0


async def test_an_index_of_other_terms_has_to_be_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await built(tmp_path)
    monkeypatch.setattr(lexical_store, "SAMPLE", "other terms")
    async with open_lexical(tmp_path) as index:
        assert index.stale


def no_index(path: Path) -> None:
    shutil.rmtree(path / "terms")


def no_list_of_segments(path: Path) -> None:
    (path / "terms" / "meta.json").unlink()


def strange_list_of_segments(path: Path) -> None:
    (path / "terms" / "meta.json").write_bytes(b"\xff\x00{")


def no_segments(path: Path) -> None:
    for each in (path / "terms").iterdir():
        if each.suffix in (".term", ".idx", ".store"):
            each.unlink()


def cut_segments(path: Path) -> None:
    for each in (path / "terms").iterdir():
        if each.suffix in (".term", ".idx", ".store"):
            each.write_bytes(each.read_bytes()[: each.stat().st_size // 2])


def no_way_to_write(path: Path) -> None:
    (path / "terms" / ".tantivy-writer.lock").unlink(missing_ok=True)
    (path / "terms" / ".tantivy-writer.lock").mkdir()


DAMAGES = [no_index, no_list_of_segments, strange_list_of_segments, no_segments, cut_segments, no_way_to_write]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_index_is_built_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    await built(tmp_path)
    damage(tmp_path)
    async with open_lexical(tmp_path) as index:
        assert index.stale
        await index.rebuild(library())
        assert found(await index.search(query("toner"), limit=5)) == ["b"]


async def test_a_write_that_was_cut_off_does_not_keep_the_next_from_succeeding(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"

    async def at_once() -> AsyncIterator[Sequence[Entry]]:
        yield LIBRARY

    async with open_lexical(before) as index:
        await index.rebuild(at_once())
    shutil.copytree(before, after)
    async with open_lexical(after) as index:
        await index.remove("b", version=1)
        left = [each for each in (after / "terms").iterdir() if each.suffix == ".del"]
        for each in (*left, after / "terms" / ".managed.json"):
            shutil.copy(each, before / "terms")
    assert left
    async with open_lexical(before) as index:
        assert not index.stale
        await index.remove("b", version=1)
        assert found(await index.search(query("toner"), limit=5)) == []


async def test_damage_under_a_running_index_is_noticed_by_a_search(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        await index.rebuild(library())
        for each in (tmp_path / "terms").glob("*.store"):
            each.write_bytes(b"\xff" * each.stat().st_size)
        with pytest.raises(Unavailable) as unavailable:
            await index.search(query("toner"), limit=5)
        assert unavailable.value.code == "index.rebuild"
        assert index.stale
    async with open_lexical(tmp_path) as index:
        assert index.stale


async def test_a_second_writer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "LOCK_SECONDS", 0.1)
    async with open_lexical(tmp_path):
        with pytest.raises(Refused) as refused:
            async with open_lexical(tmp_path):
                raise AssertionError
    assert refused.value.code == "index.in_use"


async def test_a_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Refused) as refused:
            async with open_lexical(place):
                raise AssertionError
        assert refused.value.code == "index.read_only"


async def test_a_full_disk_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    long = [entry(f"d{number}", " ".join(f"w{number}x{word}" for word in range(500))) for number in range(200)]
    async with open_lexical(tmp_path) as index:
        await index.rebuild(library())
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        try:
            with pytest.raises(Refused) as refused:
                await index.add(long)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert refused.value.code == "index.disk_full"
        assert found(await index.search(query("toner"), limit=5)) == ["b"]
        await index.add(long)
        assert await index.count() == 202


async def test_what_arrives_together_is_committed_together(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        await index.rebuild(no_entries())
        commits: list[Sequence[Write]] = []
        write = index._store.write

        def noting(writes: Sequence[Write]) -> None:
            commits.append(writes)
            write(writes)

        index._store.write = noting  # type: ignore[method-assign]
        await asyncio.gather(*(index.add([entry(f"d{number}", "vacation")]) for number in range(50)))
        assert len(commits) <= 2
        assert await index.count() == 50


async def test_an_index_that_is_not_open_is_a_bug(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    with pytest.raises(RuntimeError, match="not open"):
        await index.search(query("vacation"), limit=5)
    await index.close()
