"""FAISS on disk: what is there after a restart and after a crash, and what is said of damaged files."""

import asyncio
import builtins
import errno
import os
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.backends import faiss_files, faiss_store
from core.backends.faiss import FaissIndex, drop_faiss, open_faiss
from core.backends.faiss_files import FaissFiles
from core.errors import Refused
from core.types import PUBLIC, Scope
from tests.entries import DIMENSION, axis, clusters, entry, found, query

MODEL = "model-1"


@asynccontextmanager
async def opened(path: Path, *, identity: str = MODEL, dimension: int = DIMENSION) -> AsyncIterator[FaissIndex]:
    async with open_faiss(path=path, identity=identity, dimension=dimension) as index:
        yield index


async def filled(path: Path) -> None:
    async with opened(path) as index:
        await index.add([entry("a", "one", vector=axis(0, 1)), entry("b", "two", scope=Scope("workspace:slack:T1"))])


def listed(path: Path, pattern: str = "*") -> list[Path]:
    return sorted(path.glob(pattern))


async def refusal(path: Path, **details: object) -> str:
    with pytest.raises(Refused) as refused:
        async with opened(path, **details):  # type: ignore[arg-type]
            pytest.fail("it opened")
    return refused.value.code


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        assert await index.count() == 2
        (hit,) = await index.search(query(vector=axis(0, 1)), limit=5)
        assert hit.key.document_id == "a"
        assert hit.score == pytest.approx(2.0)
        assert list(await index.recall([entry("b", "two").digest, "unknown"])) == [entry("b", "two").digest]


async def test_what_was_removed_stays_away_after_a_restart(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        await index.remove("a", 1)
    async with opened(tmp_path) as index:
        assert await index.count() == 1
        assert not await index.search(query(vector=axis(0, 1)), limit=5)
        assert not await index.recall([entry("a", "one").digest])


async def test_many_changes_are_written_anew_as_one_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_store, "WASTE", 10)
    vectors = clusters(1500, DIMENSION)
    entries = [
        entry(f"d{number // 10}", f"text {number}", ordinal=number % 10, vector=vector)
        for number, vector in enumerate(vectors)
    ]
    async with opened(tmp_path) as index:
        for at in range(0, len(entries), 100):
            await index.add(entries[at : at + 100])
        for number in range(140):
            await index.remove(f"d{number}", 1)
        before = await index.search(query(vector=vectors[1450]), limit=50)
        assert await index.count() == 100
    names = {path.name.partition("-")[0] for path in listed(tmp_path)}
    assert names >= {"vectors", "rows", "journal", "current", "label.json"}
    assert len(listed(tmp_path, "vectors-*")) == 1
    async with opened(tmp_path) as index:
        assert await index.count() == 100
        assert await index.search(query(vector=vectors[1450]), limit=50) == before
        exact = sorted((float(vector @ vectors[1450]) for vector in vectors[1400:]), reverse=True)[:50]
        assert np.allclose([hit.score for hit in before], exact, atol=1e-5)


async def test_everything_may_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_store, "WASTE", 1)
    await filled(tmp_path)
    async with opened(tmp_path) as index:
        await index.remove("a", 1)
        await index.remove("b", 1)
        assert await index.count() == 0
    async with opened(tmp_path, identity="model-2", dimension=DIMENSION) as index:
        await index.add([entry("c")])
        assert found(await index.search(query(), limit=5)) == ["c"]


async def test_another_embedder_is_refused_until_it_is_dropped(tmp_path: Path) -> None:
    await filled(tmp_path / "faiss")
    assert await refusal(tmp_path / "faiss", identity="model-2") == "index.other_embedder"
    await drop_faiss(tmp_path / "faiss")
    async with opened(tmp_path / "faiss", identity="model-2") as index:
        assert await index.count() == 0


async def test_nothing_to_drop_is_no_error(tmp_path: Path) -> None:
    await drop_faiss(tmp_path / "nothing")
    async with opened(tmp_path / "nothing") as index:
        assert await index.count() == 0


async def test_a_change_that_a_crash_cut_off_is_dropped(tmp_path: Path) -> None:
    await filled(tmp_path)
    (journal,) = listed(tmp_path, "journal-*")
    whole = journal.read_bytes()
    async with opened(tmp_path) as index:
        await index.add([entry("c", "three", vector=axis(2))])
    longer = journal.read_bytes()
    for length in range(len(whole), len(longer)):
        journal.write_bytes(longer[:length])
        async with opened(tmp_path) as index:
            assert await index.count() == 2
            await index.add([entry("d", "four", vector=axis(3))])
        async with opened(tmp_path) as index:
            assert found(await index.search(query(vector=axis(3)), limit=1)) == ["d"]


def spoil_journal(path: Path) -> None:
    (journal,) = path.glob("journal-*")
    raw = bytearray(journal.read_bytes())
    raw[20] ^= 0xFF
    journal.write_bytes(bytes(raw) + b"more")


def spoil_vectors(path: Path) -> None:
    (vectors,) = path.glob("vectors-*")
    vectors.write_bytes(vectors.read_bytes()[:-10])


def spoil_rows(path: Path) -> None:
    (rows,) = path.glob("rows-*")
    rows.write_text('["nonsense"]\n', encoding="utf-8")


def lose_rows(path: Path) -> None:
    (rows,) = path.glob("rows-*")
    rows.write_text(rows.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")


def spoil_label(path: Path) -> None:
    (path / "label.json").write_text("{", encoding="utf-8")


def other_label(path: Path) -> None:
    (path / "label.json").write_text("[]", encoding="utf-8")


def spoil_current(path: Path) -> None:
    (path / "current").write_text("latest", encoding="ascii")


def odd_journal(path: Path) -> None:
    body = faiss_files.HEAD.pack(2) + b"{}"
    frame = faiss_files.FRAME.pack(len(body), zlib.crc32(body)) + body
    (journal,) = path.glob("journal-*")
    journal.write_bytes(frame)


@pytest.mark.parametrize(
    "spoil",
    [spoil_journal, spoil_vectors, spoil_rows, lose_rows, spoil_label, other_label, spoil_current, odd_journal],
    ids=lambda spoil: spoil.__name__,
)
async def test_damaged_files_are_told_and_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "faiss"
    with monkeypatch.context() as patched:
        patched.setattr(faiss_store, "WASTE", 1)
        await filled(path)
        async with opened(path) as index:
            await index.add([entry("c", "three"), entry("d", "four"), entry("e", "five")])
    async with opened(path) as index:
        await index.add([entry("f", "six")])
    spoil(path)
    assert await refusal(path) == "index.damaged"
    await drop_faiss(path)
    if spoil in (spoil_label, other_label, spoil_current):
        assert [other.name.partition("-")[0] for other in listed(tmp_path)] == ["faiss.damaged"]
    async with opened(path) as index:
        assert await index.count() == 0


async def test_a_disk_that_is_full_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with opened(tmp_path) as index:
        await index.add([entry("a", "one", vector=axis(1))])
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(Refused) as refused:
                await index.add([entry("b", "two", vector=axis(2))])
        assert refused.value.code == "index.disk_full"
        assert await index.count() == 1
        await index.add([entry("c", "three", vector=axis(3))])
    async with opened(tmp_path) as index:
        hits = await index.search(query(vector=axis(1, 2, 3)), limit=5)
        assert sorted(found(hits)) == ["a", "c"]


async def test_a_snapshot_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(tmp_path)
    written = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name.startswith("rows"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(path, data)

    async with opened(tmp_path) as index:
        with monkeypatch.context() as patched:
            patched.setattr(faiss_store, "WASTE", 1)
            patched.setattr(Path, "write_bytes", full)
            with pytest.raises(Refused) as refused:
                await index.add([entry("c", "three"), entry("d", "four")])
        assert refused.value.code == "index.disk_full"
        assert await index.count() == 4
    async with opened(tmp_path) as index:
        assert await index.count() == 4


async def test_a_directory_is_for_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backends.alone.LOCK_SECONDS", 0.05)
    async with opened(tmp_path):
        assert await refusal(tmp_path) == "index.in_use"
        with pytest.raises(Refused) as caught:
            await drop_faiss(tmp_path)
    assert caught.value.code == "index.in_use"


async def test_nothing_is_added_to_a_journal_that_nobody_has_read(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        FaissFiles(tmp_path, dimension=DIMENSION).append([])


async def test_a_question_of_another_length_is_no_question(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        with pytest.raises(ValueError, match="shape"):
            await index.search(query(vector=np.zeros(3, dtype=np.float32)), limit=5)


async def test_the_package_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *details: object) -> ModuleType:
        if name == "faiss":
            raise ImportError(name)
        return real(name, *details)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert await refusal(tmp_path) == "index.not_installed"


async def test_an_index_that_is_not_open_says_so(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path, identity=MODEL, dimension=DIMENSION)
    with pytest.raises(RuntimeError, match="not open"):
        await index.count()
    await index.close()


async def test_additions_side_by_side_are_all_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as index:
        await asyncio.gather(
            *(index.add([entry(f"d{number}", f"text {number}", scope=PUBLIC)]) for number in range(300))
        )
    async with opened(tmp_path) as index:
        assert await index.count() == 300
