"""How fast files are read, and how long the event loop is held while ten large ones are read at once.

`python -m benchmarks.reading [MIB]` prints one row a case. On a busy machine "late" counts what other processes took;
"held" is the loop's own processor time between two wakes.
"""

import asyncio
import io
import statistics
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core.backends.reading import GuardedReader
from core.errors import Refused

MIB = 1024 * 1024
AT_ONCE = 10
TICK = 0.001


class Pulse:
    """Notes how late the event loop wakes, and how long it worked in between, in seconds."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.held: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Pulse":
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            before, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            self.late.append(time.perf_counter() - before - TICK)
            self.held.append(time.thread_time() - used)


def prose(size: int) -> bytes:
    """Numbered Korean and English paragraphs of `size` bytes."""
    lines = (
        f"{number}. The handbook says: 연차는 {number % 30}일입니다. Ask the library first.\n\n"
        for number in range(size)
    )
    return _filled(lines, size)


def table(size: int) -> bytes:
    """A CSV of `size` bytes."""
    lines = (f"{number},Seoul,Team {number % 97},{number * 7 % 1000}\n" for number in range(size))
    return _filled(lines, size)


def noise(size: int) -> bytes:
    """A zip archive of `size` bytes that is refused by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.bin", bytes(size - 200))
    return packed.getvalue()


def _filled(lines: Iterator[str], size: int) -> bytes:
    whole = bytearray()
    while len(whole) < size:
        whole += next(lines).encode()
    return bytes(whole[:size])


async def measure(reader: GuardedReader, files: list[tuple[str, bytes]]) -> tuple[float, Pulse, str]:
    """Seconds for all files at once, the pulse of the loop, and what came out."""
    outcomes: set[str] = set()

    async def one(name: str, data: bytes) -> None:
        try:
            reading = await reader.read(data, name=name)
            outcomes.add(f"{len(reading.blocks)} blocks")
        except Refused as refused:
            outcomes.add(refused.code)

    started = time.perf_counter()
    async with Pulse() as pulse:
        await asyncio.gather(*(one(name, data) for name, data in files))
    return time.perf_counter() - started, pulse, ", ".join(sorted(outcomes))


async def main() -> None:
    rows = Table("case", "files", "seconds", "late ms: p50", "p99", "most", "held ms: most", "came out")
    size = int(sys.argv[1]) * MIB if len(sys.argv) > 1 else 50 * MIB
    handbook = Path(__file__).parents[1] / "README.md"
    small = [("readme.md", handbook.read_bytes() if handbook.exists() else prose(8000))]
    cases: list[tuple[str, list[tuple[str, bytes]]]] = [
        ("first file after the start", small),
        ("the same in a warm process", small),
        (f"{AT_ONCE} texts of {size // MIB} MB", [("prose.txt", prose(size))] * AT_ONCE),
        (f"{AT_ONCE} tables of {size // MIB} MB", [("table.csv", table(size))] * AT_ONCE),
        (f"{AT_ONCE} archives of {size // MIB} MB", [("noise.zip", noise(size))] * AT_ONCE),
    ]
    async with GuardedReader() as reader:
        for label, files in cases:
            seconds, pulse, outcome = await measure(reader, files)
            late, held = (sorted(1000 * value for value in values) for values in (pulse.late, pulse.held))
            rows.add_row(
                label, str(len(files)), f"{seconds:.2f}", f"{statistics.median(late):.1f}",
                f"{late[int(len(late) * 0.99)]:.1f}", f"{late[-1]:.1f}", f"{held[-1]:.1f}", outcome,
            )  # fmt: skip
    Console().print(rows)


if __name__ == "__main__":
    asyncio.run(main())
