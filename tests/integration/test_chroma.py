"""Chroma as the store of record: what is kept over a restart, and what is said when it cannot be."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.backends import alone
from core.backends.child import Child
from core.backends.chroma import PAGES_A_TURN, ChromaIndex, drop_chroma, open_chroma
from core.errors import Refused, Unavailable
from core.types import Scope
from tests.entries import DIMENSION, axis, entry, found, query

MODEL = "model-1"


@asynccontextmanager
async def opened(path: Path, *, identity: str = MODEL, dimension: int = DIMENSION) -> AsyncIterator[ChromaIndex]:
    async with open_chroma(path=str(path), identity=identity, dimension=dimension) as index:
        assert isinstance(index, ChromaIndex)
        yield index


async def filled(path: Path) -> None:
    async with opened(path) as index:
        await index.add([entry("a", "one", vector=axis(0, 1)), entry("b", "two", scope=Scope("workspace:slack:T1"))])


async def refusal(path: Path, **details: object) -> Refused:
    with pytest.raises(Refused) as refused:
        async with opened(path, **details) as index:  # type: ignore[arg-type]
            await index.count()
    return refused.value


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        assert await index.count() == 2
        (hit,) = await index.search(query(vector=axis(0, 1)), limit=5)
        assert hit.key.document_id == "a"
        assert hit.score == pytest.approx(2.0)
        assert list(await index.recall([entry("b", "two").digest])) == [entry("b", "two").digest]


async def test_questions_are_answered_by_chroma_until_the_copy_is_loaded(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        states = [index.loading]
        assert found(await index.search(query(vector=axis(1)), limit=5)) == ["a"]
        assert await index.count() == 2
        states.append(index.loading)
        assert states == [True, False]
        assert found(await index.search(query(vector=axis(1)), limit=5)) == ["a"]


async def test_a_crowd_of_questions_does_not_hold_up_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as index:
        await index.add([entry("d", str(number), ordinal=number) for number in range(100)])
    monkeypatch.setattr("core.backends.chroma.PAGE", 10)
    async with opened(tmp_path) as index:
        asked = [asyncio.create_task(index.search(query(), limit=200)) for _ in range(50)]
        assert await index.count() == 100
        turns = 100 / (10 * PAGES_A_TURN)
        assert sum(task.done() for task in asked) <= turns + 1
        assert {len(hits) for hits in await asyncio.gather(*asked)} == {100}


async def test_a_question_of_another_length_is_no_question_while_loading_either(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        with pytest.raises(ValueError, match="shape"):
            await index.search(query(vector=axis(0)[1:]), limit=5)


async def test_more_passages_than_a_page_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        await index.add([entry("d", str(number), ordinal=number) for number in range(1201)])
    async with opened(tmp_path) as index:
        assert await index.count() == 1201
        assert len(await index.search(query(), limit=10_000)) == 1201


async def test_another_embedder_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    await filled(tmp_path)
    for details in ({"identity": "model-2"}, {"dimension": DIMENSION + 1}):
        refused = await refusal(tmp_path, **details)
        assert refused.code == "index.other_embedder"
        assert "python -m bot ingest --reindex" in refused.text("en")
        assert "python -m bot ingest --reindex" in refused.text("ko")
    async with opened(tmp_path) as index:
        assert await index.count() == 2


async def test_an_empty_collection_takes_any_embedder(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    async with opened(tmp_path, identity="model-2", dimension=3) as index:
        assert await index.count() == 0


async def test_a_dropped_collection_can_be_filled_by_another_embedder(tmp_path: Path) -> None:
    await filled(tmp_path)
    await drop_chroma(path=str(tmp_path))
    await drop_chroma(path=str(tmp_path))
    async with opened(tmp_path, identity="model-2") as index:
        assert await index.count() == 0


async def test_the_metadata_of_a_passage_can_be_read_by_others(tmp_path: Path) -> None:
    await filled(tmp_path)

    def read() -> object:
        from core.backends.chroma_client import ChromaCollection, opened

        with opened(ChromaCollection("documents", MODEL, DIMENSION, path=str(tmp_path))) as client:
            return client.get_collection("documents", embedding_function=None).get(ids=["a:1:0"])

    told = await asyncio.to_thread(read)
    assert isinstance(told, dict)
    # The text stays in the catalogue.
    assert told["documents"] == [""]
    assert told["metadatas"] == [
        {"document_id": "a", "version": 1, "scope": "public", "language": "en", "digest": entry("a", "one").digest}
    ]


async def test_a_killed_store_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        await index.add([entry("a", "one")])
        process = index._store._process
        assert process is not None
        process.kill()
        with pytest.raises(Unavailable) as stopped:
            await index.add([entry("b", "two")])
        assert stopped.value.code == "index.stopped"
        assert found(await index.search(query(), limit=5)) == ["a"]
        await index.add([entry("b", "two")])
        assert found(await index.search(query(), limit=5)) == ["a", "b"]
    async with opened(tmp_path) as index:
        assert await index.count() == 2


async def test_a_store_that_is_killed_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        process = index._store._process
        assert process is not None
        process.kill()
        assert await index.count() == 2


class Dying:
    """A store whose process ends whenever it is read."""

    def page(self, first: int, count: int) -> None:
        os._exit(1)


async def test_a_store_that_dies_whenever_it_is_read_is_damaged(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        await index.count()
        whole, index._store = index._store, Child(Dying)
        with pytest.raises(Refused) as refused:
            await index._read("page", 0, 1)
        assert refused.value.code == "index.damaged"
        await index._store.close()
        index._store = whole


async def test_two_indexes_in_one_directory_never_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path):
        monkeypatch.setattr(alone, "LOCK_SECONDS", 0.1)
        with pytest.raises(Refused) as refused:
            await drop_chroma(path=str(tmp_path))
    assert refused.value.code == "index.in_use"


def empty_database(path: Path) -> None:
    (path / "chroma.sqlite3").write_bytes(b"")


def no_database(path: Path) -> None:
    (path / "chroma.sqlite3").unlink()


def no_sqlite_at_all(path: Path) -> None:
    (path / "chroma.sqlite3").write_bytes(b"this is no database at all" * 400)


def overwritten_middle(path: Path) -> None:
    database = path / "chroma.sqlite3"
    data = bytearray(database.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    database.write_bytes(data)


def no_vectors(path: Path) -> None:
    for segment in path.iterdir():
        if segment.is_dir():
            shutil.rmtree(segment)


def cut_vectors(path: Path) -> None:
    for vectors in path.glob("*/data_level0.bin"):
        vectors.write_bytes(vectors.read_bytes()[:100])


def no_index_of_vectors(path: Path) -> None:
    for index in path.glob("*/index_metadata.pickle"):
        index.unlink()


@pytest.mark.parametrize(
    "damage",
    [empty_database, no_database, no_sqlite_at_all, overwritten_middle, no_vectors, cut_vectors, no_index_of_vectors],
)
async def test_damage_is_never_an_empty_index(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    async with opened(tmp_path) as index:
        # More than Chroma keeps in its journal before it writes its files of vectors.
        await index.add([entry("d", str(number), ordinal=number) for number in range(1500)])
    damage(tmp_path)
    refused = await refusal(tmp_path)
    assert refused.code == "index.damaged"
    assert str(tmp_path) in refused.text("en")
    await drop_chroma(path=str(tmp_path))
    async with opened(tmp_path) as index:
        assert await index.count() == 0
