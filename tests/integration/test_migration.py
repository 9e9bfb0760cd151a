"""A library goes from one vector store to another with all that belongs to it, and the command proves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from bot.cli import main
from bot.lock import hold
from bot.migration import Counts, Migration, changes, migrate_vectors, place, target_of
from bot.parts import embedder_of
from bot.settings import Settings
from bot.vectors import VectorIndex, open_vectors
from core.backends.memory_index import MemoryLexicalIndex
from core.backends.memory_world import MemoryFetcher, PlainReader, WordEmbedder
from core.backends.sqlite.store import open_store
from core.errors import Refused
from core.indexing import Indexing
from core.library import Library
from core.types import PUBLIC, Scope, digest
from tests.fakes.chroma import chroma_server
from tests.fakes.pinecone import FakePinecone, Fault

DIMENSION = 64
TEXT = "Full-time employees get 25 days of annual leave."
BOOK = "\n\n".join(
    f"Chapter {number}. " + f"Rule {number} says what is done on day {number}. " * 30 for number in range(60)
)


def settings_in(folder: Path, **more: object) -> Settings:
    kept: dict[str, object] = {
        "_env_file": None,
        "data_dir": folder,
        "vectorstore_type": "faiss",
        "openai_base_url": "http://127.0.0.1:9/v1",
        "embedding_model": "model",
        "embedding_dimension": DIMENSION,
    }
    return Settings(**(kept | more))  # type: ignore[arg-type]


@pytest.fixture
async def pinecone() -> AsyncIterator[FakePinecone]:
    async with FakePinecone(dimension=DIMENSION) as server:
        yield server


def beside(pinecone: FakePinecone, folder: Path) -> Settings:
    """The settings of a library in FAISS that knows of Pinecone."""
    return settings_in(folder, pinecone_api_key=pinecone.key, pinecone_url=pinecone.url)


@asynccontextmanager
async def library(settings: Settings) -> AsyncIterator[tuple[Library, VectorIndex]]:
    """The library of a data directory, with an embedder that needs no server but is called like the real one."""
    vendor, words = embedder_of(settings), WordEmbedder(dimension=DIMENSION)
    words.identity = vendor.identity
    await vendor.close()
    settings.data_dir.mkdir(exist_ok=True)
    async with open_store(settings.data_dir / "saseo.db") as store, open_vectors(settings, words) as dense:
        yield (
            Library(
                reader=PlainReader(),
                fetcher=MemoryFetcher({}),
                catalogue=store.catalogue,
                shelves=store.shelves,
                journal=store.journal,
                indexing=Indexing(dense=dense, lexical=MemoryLexicalIndex(), embedder=words),
            ),
            dense,
        )


async def filled(settings: Settings) -> int:
    """Takes documents in and returns how many passages they have."""
    async with library(settings) as (shelves, dense):
        await shelves.add_text(TEXT, title="Handbook")
        await shelves.add_text(TEXT, title="Handbook", scope=Scope("workspace:slack:T1"))
        await shelves.add_text(BOOK, title="Rules", scope=PUBLIC)
        return await dense.count()


async def moved(settings: Settings, to: str, *, replacing: bool = False) -> tuple[Migration, Settings, list[int]]:
    target, told = target_of(to, settings), list[int]()
    result = await migrate_vectors(
        settings, target, replacing=replacing, advance=lambda done, total: told.append(done * 1000 // total)
    )
    return result, target, told


async def vectors(settings: Settings) -> dict[str, bytes]:
    """The vectors of all texts, as bytes."""
    async with library(settings) as (shelves, dense):
        texts = {digest(passage.text) async for _, some in shelves.shelved() for passage in some}
        return {name: np.round(vector, 5).tobytes() for name, vector in (await dense.recall(texts)).items()}


async def test_a_library_goes_round_through_every_store_and_comes_home_the_same(
    tmp_path: Path, pinecone: FakePinecone
) -> None:
    pinecone.lag = 2
    settings = beside(pinecone, tmp_path / "data")
    count = await filled(settings)
    before = await vectors(settings)
    async with chroma_server(tmp_path / "server") as chroma:
        for name in ("pinecone", chroma, "chroma", "faiss"):
            result, target, told = await moved(settings, name, replacing=name == "faiss")
            assert result.whole
            assert result.shelves == result.source == Counts(count, count)
            assert result.target == Counts(0, count)
            assert told[-1] == 1000
            settings = target
    assert await vectors(settings) == before


async def test_a_store_that_holds_something_is_left_alone_unless_it_is_replaced(
    tmp_path: Path, pinecone: FakePinecone
) -> None:
    settings = beside(pinecone, tmp_path / "data")
    count = await filled(settings)
    await moved(settings, "pinecone")
    with pytest.raises(Refused) as refused:
        await moved(settings, "pinecone")
    assert refused.value.code == "migrate.not_empty"
    assert refused.value.details["count"] == count
    result, target, _ = await moved(settings, "pinecone", replacing=True)
    assert result.whole
    assert await vectors(target) == await vectors(settings)


async def test_what_stops_half_way_leaves_the_source_whole_and_begins_anew(
    tmp_path: Path, pinecone: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = beside(pinecone, tmp_path / "data")
    count = await filled(settings)
    before = await vectors(settings)
    monkeypatch.setattr("core.moving.BATCH", 5)
    # The label of the embedder and two parts go well.
    pinecone.faults.append(Fault(401, path="/vectors/upsert", spared=3))
    with pytest.raises(Refused):
        await moved(settings, "pinecone")
    assert len(pinecone.namespaces["documents"].read()) == 10
    assert await vectors(settings) == before
    result, _, _ = await moved(settings, "pinecone", replacing=True)
    assert result.whole
    assert result.source.after == count
    assert await vectors(settings) == before


async def test_what_does_not_arrive_is_said(
    tmp_path: Path, pinecone: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = beside(pinecone, tmp_path / "data")
    count = await filled(settings)
    async with library(settings) as (shelves, dense):
        (rules,) = [document async for document, _ in shelves.shelved() if document.title == "Rules"]
        await dense.remove(rules.id, rules.version)
    result, _, _ = await moved(settings, "pinecone")
    assert not result.whole
    assert result.missing == count - 2
    assert result.target.after == 2


async def test_a_store_that_counts_late_is_waited_for_but_not_for_ever(
    tmp_path: Path, pinecone: FakePinecone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.migration.PAUSE", 0.01)
    monkeypatch.setattr("core.backends.pinecone_store.FRESH_SECONDS", 0.01)
    settings = beside(pinecone, tmp_path / "data")
    await filled(settings)
    pinecone.lag = 20
    result, _, _ = await moved(settings, "pinecone")
    assert result.target.after == result.shelves.after
    monkeypatch.setattr("bot.migration.LOOKS", 1)
    pinecone.lag = 1000
    result, _, _ = await moved(
        settings.model_copy(update={"collection_name": "other", "pinecone_index": pinecone.index}), "pinecone"
    )
    assert not result.whole


def test_where_vectors_can_go(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path,
        vectorstore_type="chroma",
        chroma_url="http://chroma:8000",
        pinecone_api_key="key",
        pinecone_index="ours",
    )
    assert place(settings) == "chroma (http://chroma:8000)"
    assert changes(settings, target_of("chroma", settings)) == ["CHROMA_URL="]
    assert changes(settings, target_of("faiss", settings)) == ["VECTORSTORE_TYPE=faiss"]
    assert place(target_of("faiss", settings)) == f"faiss ({tmp_path / 'vectors' / 'faiss'})"
    assert place(target_of("pinecone", settings)) == "pinecone (ours)"
    assert changes(settings, target_of("http://other:1", settings)) == ["CHROMA_URL=http://other:1"]
    for name, code in (
        ("shelf", "migrate.target"),
        ("http://host:port", "migrate.target"),
        ("http://chroma:8000", "migrate.same"),
    ):
        with pytest.raises(Refused) as refused:
            target_of(name, settings)
        assert refused.value.code == code


async def test_pinecone_without_a_key_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    with pytest.raises(Refused) as refused:
        await moved(settings, "pinecone")
    assert refused.value.code == "settings.pinecone_key"


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinecone: FakePinecone) -> Settings:
    """The settings of the environment, with a library of three documents."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    kept = beside(pinecone, tmp_path / "data")
    for name in ("data_dir", "vectorstore_type", "openai_base_url", "embedding_model", "embedding_dimension"):
        monkeypatch.setenv(name.upper(), str(getattr(kept, name)))
    monkeypatch.setenv("PINECONE_API_KEY", pinecone.key)
    monkeypatch.setenv("PINECONE_URL", pinecone.url)
    monkeypatch.setenv("SASEO_LOCALE", "en")
    await filled(kept)
    return kept


async def saseo(*arguments: str) -> int:
    """Runs a command in a thread, beside the servers of the test, and returns its exit code."""

    def run() -> int:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return int(end.value.code or 0)

    return await asyncio.to_thread(run)


async def test_the_command_shows_the_counts_and_what_to_set(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await saseo("migrate", "--to", "pinecone") == 0
    out = capsys.readouterr().out
    assert "passages before" in out
    assert "Now set VECTORSTORE_TYPE=pinecone in the environment" in out
    assert await saseo("migrate", "--to", "pinecone") == 1
    assert "--replace" in capsys.readouterr().err
    async with library(settings) as (shelves, dense):
        document, *_ = [document async for document, _ in shelves.shelved()]
        await dense.remove(document.id, document.version)
    assert await saseo("migrate", "--to", "pinecone", "--replace") == 1
    assert "Not everything has arrived" in capsys.readouterr().out


async def test_while_another_process_runs_nothing_is_moved(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with hold(settings.data_dir):
        assert await saseo("migrate", "--to", "pinecone") == 2
    assert "Another process (" in capsys.readouterr().err
