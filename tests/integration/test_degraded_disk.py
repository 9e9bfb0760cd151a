"""The disk is full under the running program: answers go on, and documents are refused with a sentence."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.degrading import Program, until

SIZE = 96 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(path: Path) -> None:
    """Takes all the space there is."""
    with path.open("wb") as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
                file.flush()
        except OSError:
            os.ftruncate(file.fileno(), file.tell() // 4096 * 4096)


def test_a_full_disk_is_told_and_answers_go_on(small_disk: Path, tmp_path: Path) -> None:
    with Program(tmp_path, DATA_DIR=str(small_disk / "data")) as program:
        program.ready()
        fill(small_disk / "filler")

        for number in range(3):
            answer = program.ask(session=f"full {number}").json()
            assert answer["outcome"] == "quoted"
            assert "25 days" in answer["response"]
        status, word, wrong = program.health()
        assert (status, word) == (200, "degraded")
        assert "almost no space left" in wrong["disk"]
        refused = program.add("Offices", "The office in Busan opens at nine. " * 2000).json()
        assert refused["status"] == "failed", refused
        assert "space" in refused["results"][0]["detail"]

        (small_disk / "filler").unlink()
        program.well()
        until(lambda: program.add("Offices", "The office in Busan opens at nine.").json()["status"] == "success")
        assert "nine" in program.ask("When does the office in Busan open?").json()["response"]
        assert program.outcome() == "quoted"
        assert "Traceback" not in program.logged, program.logged
