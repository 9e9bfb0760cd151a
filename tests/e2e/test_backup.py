"""A library is backed up while it is in use, and comes back on an empty machine."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.program import Place, Running
from tests.fakes.postgres import PostgresServer

TEXT = "Full-time employees get 25 days of annual leave. Interns get 12 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "leave.txt").write_text(TEXT, encoding="utf-8")
    (folder / "trips.txt").write_text("Trips by train are paid in full.", encoding="utf-8")
    return Place(folder)


@pytest.mark.timeout(300)
def test_what_was_backed_up_in_use_comes_back_on_an_empty_machine(place: Place, tmp_path: Path) -> None:
    backup = tmp_path / "saseo.backup"
    with Running(place) as running:
        running.healthy()
        assert place.saseo("ingest", "leave.txt").returncode == 0
        made = place.saseo("backup", str(backup))
        assert made.returncode == 0, made.stderr
        assert "like a password" in made.stdout
        # It is as things were: what comes later is not in it.
        assert place.saseo("ingest", "trips.txt").returncode == 0
        again = place.saseo("backup", str(backup))
        assert (again.returncode, "there already" in again.stderr) == (1, True)
        held = place.saseo("restore", str(backup), "--replace")
        assert (held.returncode, str(running.process.pid) in held.stderr) == (2, True)
        running.end()

    (tmp_path / "second").mkdir()
    empty = Place(tmp_path / "second")
    restored = empty.saseo("restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    assert "embedded again" not in restored.stdout
    answer = empty.saseo("ask", ASKED)
    assert "25 days" in answer.stdout, answer.stderr
    assert "trips" not in empty.saseo("sources").stdout
    twice = empty.saseo("restore", str(backup))
    assert (twice.returncode, "--replace" in twice.stderr) == (1, True)

    half = tmp_path / "half.backup"
    half.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    damaged = place.saseo("restore", str(half), "--replace")
    assert (damaged.returncode, "damaged" in damaged.stderr) == (1, True)
    assert "trips" in place.saseo("sources").stdout
    # The library that went on is given up for the backup.
    assert place.saseo("restore", str(backup), "--replace").returncode == 0
    assert "trips" not in place.saseo("sources").stdout
    assert [path.name for path in (place.folder / "data").glob(".*")] == []


@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_a_backup_of_a_database_comes_back_in_a_file_and_in_a_database(
    place: Place, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    shared = Place(place.folder, DATABASE_URL=await postgres_server.fresh())
    backup = tmp_path / "saseo.backup"
    for command in (("ingest", "leave.txt"), ("backup", str(backup)), ("ingest", "trips.txt")):
        done = await asyncio.to_thread(shared.saseo, *command)
        assert done.returncode == 0, done.stderr
    (tmp_path / "second").mkdir()
    for library in (Place(tmp_path / "second"), shared):
        restored = await asyncio.to_thread(library.saseo, "restore", str(backup), "--replace")
        assert restored.returncode == 0, restored.stderr
        assert "trips" not in (await asyncio.to_thread(library.saseo, "sources")).stdout
        assert "25 days" in (await asyncio.to_thread(library.saseo, "ask", ASKED)).stdout
