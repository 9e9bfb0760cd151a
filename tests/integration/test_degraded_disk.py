"""The disk is full under the running program: answers go on, and documents are refused with a sentence."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.integration.degrading import Program, until

SIZE = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder whose disk can be full: a small file system of its own, or where none may be mounted, a limit to the
    size of every file."""

    folder: Path
    mounted: bool

    def fill(self, program: Program) -> None:
        """From now on nothing more can be written."""
        if not self.mounted:
            limit_files(program, 1)
            return
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(64 * 1024)):
                    pass
            except OSError:
                os.fsync(file.fileno())

    def free(self, program: Program) -> None:
        """There is space again."""
        if self.mounted:
            (self.folder / "filler").unlink()
        else:
            limit_files(program, psutil.RLIM_INFINITY)


def limit_files(program: Program, size: int) -> None:
    """No file of the program and of its children may grow beyond this size in bytes, unless it is RLIM_INFINITY."""
    main = psutil.Process(program.pid)
    for process in (main, *main.children(recursive=True)):
        _, most = process.rlimit(psutil.RLIMIT_FSIZE)
        bounds = [bound for bound in (size, most) if bound != psutil.RLIM_INFINITY]
        process.rlimit(psutil.RLIMIT_FSIZE, (min(bounds, default=psutil.RLIM_INFINITY), most))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    yield Disk(folder, mounted)
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.timeout(300)
def test_a_full_disk_is_told_and_answers_go_on(disk: Disk, tmp_path: Path) -> None:
    with Program(tmp_path, DATA_DIR=str(disk.folder / "data")) as program:
        program.ready()
        disk.fill(program)

        for number in range(3):
            answer = program.ask(session=f"full {number}").json()
            assert answer["outcome"] == "quoted"
            assert "25 days" in answer["response"]
        status, word, wrong = program.health()
        assert (status, word, set(wrong)) == (200, "degraded", {"disk"}) or not disk.mounted
        refused = program.add("Offices", "The office in Busan opens at nine. " * 2000).json()
        assert refused["status"] == "failed", refused
        assert refused["results"][0]["detail"]

        disk.free(program)
        program.well()
        until(lambda: program.add("Offices", "The office in Busan opens at nine.").json()["status"] == "success")
        assert "nine" in program.ask("When does the office in Busan open?").json()["response"]
        assert program.outcome() == "quoted"
        assert "Traceback" not in program.logged or not disk.mounted
