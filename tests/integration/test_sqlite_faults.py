"""The embedded store in trouble: damaged, locked, full, read-only or newer files. Nothing is lost, and it says what."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.backends.sqlite import open_store
from core.backends.sqlite.errors import translated
from core.backends.sqlite.schema import pragma
from core.errors import Refused, SaseoError, Unavailable
from core.messages import LOCALES
from core.types import Session, Turn
from tests.integration.stores import SESSION, document, library_of

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store with forty documents in it, closed."""
    place = tmp_path / "보관 #1?" / "saseo.db"
    async with open_store(place) as store:
        library = library_of(store)
        await asyncio.gather(*(library.put(document(f"d{number}"), *["가나다 " * 200] * 10) for number in range(40)))
    return place


async def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as refused:
        async with open_store(path):
            pass
    assert str(path) in refused.value.text("ko")
    return refused.value


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


def content(path: Path) -> bytes:
    return path.read_bytes()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"this is no database " * 1000),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: os.truncate(path, path.stat().st_size // 2 // 4096 * 4096),
    "cut in a page": lambda path: os.truncate(path, path.stat().st_size // 2 + 100),
    "header": lambda path: overwrite(path, 0, bytes(100)),
    "schema": lambda path: overwrite(path, 100, b"\xff" * 3000),
    "pages": lambda path: overwrite(path, 8192, b"\xff" * (path.stat().st_size - 8192)),
    "one page in the middle": lambda path: overwrite(path, path.stat().st_size // 2 // 4096 * 4096, b"\xff" * 4096),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_store_is_refused_and_left_as_it_is(path: Path, damage: str) -> None:
    DAMAGES[damage](path)
    before = content(path)

    for _ in range(2):
        assert (await refusal(path)).code == "store.damaged"

    assert content(path) == before


async def test_a_lost_file_beside_its_log_is_not_replaced_by_an_empty_one(path: Path) -> None:
    moved = path.with_name("saseo.db-wal")
    shutil.move(path, moved)

    assert (await refusal(path)).code == "store.damaged"

    assert "saseo.db" not in names(path.parent)
    assert content(moved)


async def test_damage_that_is_met_later_is_told_where_it_is_met(path: Path) -> None:
    async with open_store(path) as store:
        DAMAGES["pages"](path)

        reads = [store.shelves.passages(f"d{number}") for number in range(40)]
        outcomes = await asyncio.gather(*reads, return_exceptions=True)

    assert "store.damaged" in {outcome.code for outcome in outcomes if isinstance(outcome, Refused)}


async def test_a_check_that_takes_too_long_does_not_hold_up_the_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backends.sqlite.opening.CHECK_SECONDS", -1.0)
    monkeypatch.setattr("core.backends.sqlite.opening.STEPS_BETWEEN_LOOKS", 1)

    async with open_store(path) as store:
        assert await store.catalogue.find("d1")


async def test_a_half_made_store_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "saseo.db.new").write_bytes(b"half")
    (tmp_path / "saseo.db.new-wal").write_bytes(b"half")

    async with open_store(tmp_path / "saseo.db") as store:
        await store.ping()

    assert not any(".new" in name for name in names(tmp_path))


async def test_a_second_opener_is_refused_in_this_process_and_in_another(path: Path) -> None:
    program = (
        "import asyncio, sys; from tests.integration.store_writer import *; asyncio.run(write(Path(sys.argv[1]), 1))"
    )
    async with open_store(path):
        assert (await refusal(path)).code == "store.locked"
        command = [sys.executable, "-c", program, str(path)]
        other = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert other.returncode == 1
    assert "Another Saseo is using the store" in other.stderr
    async with open_store(path) as store:
        await store.ping()


@pytest.fixture
def read_only(path: Path) -> Iterator[Path]:
    """The store in a folder that this user may read but not write; root gives its rights away for a while."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(path.parent, copy)
        for place, mode in ((Path(folder), 0o755), (copy, 0o555), *((file, 0o444) for file in copy.iterdir())):
            place.chmod(mode)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        yield copy / path.name
        if root:
            os.seteuid(0)
        copy.chmod(0o755)


async def test_a_read_only_folder_is_refused(read_only: Path) -> None:
    assert (await refusal(read_only)).code == "store.readonly"
    assert (await refusal(read_only.with_name("new.db"))).code == "store.readonly"
    assert (await refusal(read_only.parent / "deeper" / "new.db")).code == "store.readonly"


async def test_a_file_that_can_only_be_read_is_refused(read_only: Path) -> None:
    os.seteuid(os.getuid())
    read_only.parent.chmod(0o777)
    os.seteuid(NOBODY if os.getuid() == 0 else os.getuid())

    assert (await refusal(read_only)).code == "store.readonly"


async def test_a_store_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "saseo.db.new").mkdir()

    assert (await refusal(tmp_path / "saseo.db")).code == "store.readonly"


async def test_a_file_that_another_program_works_on_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backends.sqlite.database.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(Unavailable) as unavailable:
            async with open_store(path):
                pass

    assert unavailable.value.code == "store.busy"


async def test_a_path_that_cannot_hold_a_store_is_refused(path: Path) -> None:
    assert (await refusal(path / "below-a-file.db")).code == "store.readonly"
    assert (await refusal(path.parent)).code == "store.readonly"


async def test_a_full_disk_loses_nothing_and_mends_itself(path: Path) -> None:
    async with open_store(path) as store:
        library = library_of(store)
        await store._database.write(lambda connection: pragma(connection, "max_page_count = 1"))

        with pytest.raises(Unavailable) as unavailable:
            await library.put(document("big"), *["가" * 1000] * 1000)
        many = [store.history.append(SESSION, [Turn("human", "가" * 9000)]) for _ in range(100)]
        outcomes = await asyncio.gather(*many, return_exceptions=True)

        assert unavailable.value.code == "store.full"
        assert {outcome.code for outcome in outcomes if isinstance(outcome, SaseoError)} == {"store.full"}
        assert await store.catalogue.find("big") is None
        kept = outcomes.count(None)
        assert len(await store.history.recent(SESSION, limit=200)) == kept < 100
        assert len(await library.texts("d1")) == 10

        await store._database.write(lambda connection: pragma(connection, "max_page_count = 1000000"))
        await library.put(document("big"), *["가" * 1000] * 1000)
        assert len(await library.texts("big")) == 1000


FULL_DISK = """
mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -m tests.integration.store_writer "$1/saseo.db" 1
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare makes a small disk, and is not here")
def test_a_real_full_disk_is_told_as_such(tmp_path: Path) -> None:
    if subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", tmp_path], check=False, timeout=60
    ).returncode:
        pytest.skip("this machine does not let us make a small disk")
    command = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", str(tmp_path), sys.executable]

    writer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)

    assert "There is no space left for the store" in writer.stderr
    assert "saved" in writer.stdout


def test_every_error_of_sqlite_is_told_to_the_user(path: Path) -> None:
    codes = {value for name, value in vars(sqlite3).items() if name.startswith("SQLITE_") and isinstance(value, int)}
    kinds = [kind for kind in vars(sqlite3).values() if isinstance(kind, type) and issubclass(kind, sqlite3.Error)]
    assert len(kinds) > 8

    for kind in kinds:
        assert isinstance(translated(kind("no code"), path), Unavailable)
        for code in codes:
            error = kind("text")
            error.sqlite_errorcode = code
            told = translated(error, path)
            assert isinstance(told, Refused | Unavailable)
            assert all(told.text(locale) for locale in LOCALES)


async def test_a_store_is_the_same_after_it_was_closed_and_opened(path: Path) -> None:
    async with open_store(path) as store:
        begun = await store.journal.begin("late")
        await store.claims.claim("question:1", seconds=60)
        await store.history.append(Session("api", "", "s"), [Turn("human", "hello")])
    async with open_store(path) as store:
        assert await store.journal.begin("later") > begun
        assert [leftover.document_id for leftover in await store.journal.leftovers()] == ["late", "later"]
        assert not await store.claims.claim("question:1", seconds=60)
        assert [turn.text for turn in await store.history.recent(Session("api", "", "s"))] == ["hello"]
        assert len(await library_of(store).texts("d39")) == 10
