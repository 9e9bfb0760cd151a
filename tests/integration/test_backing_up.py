"""Backups of a real store: one at a time, whole or not at all."""

import asyncio
import os
import time
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from adapters.http.api import create_app
from bot.backing_up import BESIDE, KEPT_SECONDS, Backups
from bot.filling import filling, refuse_half_filled
from bot.remote import RemoteDesk
from bot.settings import Settings
from core.backends.memory_index import MemoryDenseIndex
from core.backends.memory_world import WordEmbedder
from core.backends.sqlite import open_store
from core.backup import STORE, Backup, KeptVectors, read_manifest, unpack
from core.errors import Refused, Unavailable
from core.indexing import entry
from core.types import Passage
from tests.fakes.saseo import Core
from tests.integration.stores import SEAL, document, library_of

TEXTS = ("one", "두 번째", "one")


async def backed_up(folder: Path, target: Path | None) -> Backup:
    """A backup of a library with three passages."""
    embedder, dense = WordEmbedder(), MemoryDenseIndex(WordEmbedder().dimension)
    async with open_store(folder / "saseo.db", seal=SEAL) as store:
        handbook = await library_of(store).put(document("handbook"), *TEXTS)
        passages = [Passage(handbook.id, handbook.version, number, text) for number, text in enumerate(TEXTS)]
        vectors = await embedder.passages(TEXTS)
        await dense.add([entry(handbook, one, vector=vector) for one, vector in zip(passages, vectors, strict=True)])
        return await Backups(store=store, dense=dense, embedder=embedder, directory=folder).make(target)


def beside(folder: Path) -> list[Path]:
    """What stands beside a backup until it is whole."""
    return list(folder.glob(f"{BESIDE}*"))


async def test_a_backup_holds_the_rows_and_each_text_s_vector_once(tmp_path: Path) -> None:
    made = await backed_up(tmp_path, tmp_path / "made")
    assert (made.manifest.documents, made.manifest.passages, made.manifest.vectors) == (1, 3, 2)
    assert read_manifest(made.path) == made.manifest
    apart = tmp_path / "apart"
    apart.mkdir()
    unpack(made.path, apart)
    assert set(KeptVectors(apart, dimension=made.manifest.dimension).recall(TEXTS)) == set(TEXTS)
    async with open_store(apart / STORE, seal=SEAL) as store:
        assert await library_of(store).texts("handbook") == list(TEXTS)
    assert beside(tmp_path) == []


async def test_without_a_place_it_is_made_beside_the_library(tmp_path: Path) -> None:
    made = await backed_up(tmp_path, None)
    assert made.path.parent == tmp_path
    assert made.path.stat().st_mode & 0o077 == 0


async def test_what_died_while_it_was_made_is_swept_a_day_later(tmp_path: Path) -> None:
    old, fresh = tmp_path / f"{BESIDE}old", tmp_path / f"{BESIDE}fresh"
    old.mkdir()
    (tmp_path / f"{BESIDE}file").touch()
    fresh.mkdir()
    past = time.time() - KEPT_SECONDS - 60
    for left in (old, tmp_path / f"{BESIDE}file"):
        os.utime(left, (past, past))
    await backed_up(tmp_path, tmp_path / "made")
    assert beside(tmp_path) == [fresh]


async def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await backed_up(tmp_path, tmp_path / "nowhere" / "made")
    assert refused.value.code == "backup.unwritten"


async def test_a_store_that_cannot_be_copied_says_why(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db", seal=SEAL) as store:
        await store.snapshot(tmp_path / "copy.db")
        with pytest.raises(Unavailable) as failed:
            await store.snapshot(tmp_path / "copy.db")
    assert failed.value.code == "store.failed"


class Waiting:
    """A store whose snapshot waits, and then cannot be written."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def snapshot(self, _: Path) -> None:
        self.begun.set()
        await self.go.wait()
        raise OSError(28, "No space left on device")


async def test_one_is_made_at_a_time_and_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    store = Waiting()
    backups = Backups(
        store=store,  # type: ignore[arg-type]
        dense=MemoryDenseIndex(3),
        embedder=WordEmbedder(),
        directory=tmp_path,
    )
    first = asyncio.create_task(backups.make())
    await store.begun.wait()
    with pytest.raises(Unavailable) as busy:
        await backups.make()
    assert busy.value.code == "backup.busy"
    store.go.set()
    with pytest.raises(Refused) as refused:
        await first
    assert refused.value.code == "backup.unwritten"
    assert beside(tmp_path) == []


def app_with(backup: Path) -> FastAPI:
    core = Core()

    async def make(_: Path | None) -> Backup:
        return Backup(backup, read_manifest(backup))

    saseo = core.saseo
    object.__setattr__(saseo, "backup", make)
    return create_app(saseo, version="1", token=None, max_file_bytes=1000)


async def test_it_is_given_over_the_api_and_does_not_stay_there(tmp_path: Path) -> None:
    made = await backed_up(tmp_path, None)
    content = made.path.read_bytes()
    transport = httpx.ASGITransport(app_with(made.path))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        desk = RemoteDesk(client, limit=1000)
        target = tmp_path / "there"
        assert await desk.backup(target) == made.manifest
        assert (target.read_bytes(), made.path.exists()) == (content, False)
        assert target.stat().st_mode & 0o077 == 0
        with pytest.raises(Refused) as refused:
            await desk.backup(target)
        assert refused.value.code == "backup.exists"
        with pytest.raises(Refused) as refused:
            await desk.backup(tmp_path / "nowhere" / "there")
        assert refused.value.code == "backup.unwritten"


async def test_what_lives_in_memory_alone_cannot_be_backed_up(tmp_path: Path) -> None:
    app = create_app(Core().saseo, version="1", token=None, max_file_bytes=1000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        with pytest.raises(Refused, match="memory"):
            await RemoteDesk(client, limit=1000).backup(tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_what_was_interrupted_while_it_was_filled_is_not_taken_for_whole(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    with filling(settings):
        pass
    refuse_half_filled(settings)
    with pytest.raises(KeyboardInterrupt), filling(settings):
        raise KeyboardInterrupt
    with pytest.raises(Refused) as refused:
        refuse_half_filled(settings)
    assert refused.value.code == "index.half_filled"
    with filling(settings):
        pass
    refuse_half_filled(settings)
    with pytest.raises(Refused) as refused, filling(settings.model_copy(update={"data_dir": tmp_path / "nowhere"})):
        pass
    assert refused.value.code == "run.data_directory"
