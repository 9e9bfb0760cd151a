"""How Saseo fares as its library grows: real servers, a model that takes a second, many channels, a fixed rate.

python -m benchmarks.scale --passages 10000 100000 1000000 --rate 100 --minutes 10 --channels 500 --folder DIRECTORY

PostgreSQL, Redis and a Chroma server run as children of this program, and as many processes that answer as `--askers`
says. The library in the folder is filled to each size in turn and stays there, so that a size is filled once. At each
size questions arrive at the rate that was asked for, at moments that chance chooses; where that is more than the
machine can answer, they arrive once more at a rate that it can. Every run adds to the figures in the folder, from
which `scale.md` and `scale.svg` are written there; `--publish` writes them beside this file.

Embedding is made up, too, so that neither it nor the model is in any figure.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import scale_report, scale_usage
from benchmarks.corpus import Words
from benchmarks.scale_asking import spelled
from benchmarks.scale_core import Place
from benchmarks.scale_library import Shelf, WordVectors, fill
from benchmarks.scale_servers import Servers, analyze, forget_analysis, running
from core.backends.chroma import open_chroma
from core.backends.postgres import open_postgres
from core.backends.seal import FernetSeal

MODEL_SECONDS = 1.0
HELD = 0.95
"""A rate is held when so many of the questions were answered while they were asked."""
BELOW = 0.7
"""Of what was answered when too much was asked: a rate at which questions do not queue."""
FIGURES = "figures.jsonl"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The arguments."""

    passages: Sequence[int]
    rate: float
    minutes: float
    channels: int
    dimension: int
    askers: int
    vectors: str
    following: bool
    folder: Path
    publish: bool


class Asker:
    """A process that answers."""

    def __init__(self, process: Process, ready: Mapping[str, Any]) -> None:
        self._process = process
        self.pid = process.pid
        self.ready = ready

    async def ask(self, *, rate: float, seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"rate": rate, "seconds": seconds}).encode() + b"\n")
        await self._process.stdin.drain()
        return await _heard(self._process)


async def _heard(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise SystemExit("a process that answers has ended")
    found: dict[str, Any] = json.loads(line)
    return found


@asynccontextmanager
async def asker(place: Place) -> AsyncIterator[Asker]:
    """Ready to be asked, with all words of the library."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.scale_asking", spelled(place), stdin=PIPE, stdout=PIPE
    )
    try:
        yield Asker(process, await _heard(process))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def filled(servers: Servers, chosen: Chosen, shelf: Shelf, *, passages: int) -> dict[str, float]:
    """Brings the library to a size."""
    embedder = WordVectors(shelf.words, chosen.dimension)
    async with (
        open_postgres(servers.database_url, seal=FernetSeal((), chosen.folder / "key")) as store,
        open_chroma(identity=embedder.identity, dimension=embedder.dimension, url=servers.chroma_url) as dense,
    ):
        done = await fill(store, dense, shelf, embedder, passages=passages)
        return {"added": done.passages, "fill_seconds": done.seconds, "vectors": await dense.count()}


async def phase(servers: Servers, askers: Sequence[Asker], *, rate: float, seconds: float) -> dict[str, Any]:
    """All processes asked at once, each its share, and what everything used meanwhile."""
    processes = dict(servers.processes) | {f"saseo {number}": one.pid for number, one in enumerate(askers, 1)}
    before = {name: scale_usage.processor(pid) for name, pid in processes.items()}
    started = time.perf_counter()
    share = rate / len(askers)
    each = await asyncio.gather(*(one.ask(rate=share, seconds=seconds) for one in askers))
    took = time.perf_counter() - started
    ends: dict[str, int] = {}
    for one in each:
        for end, count in one["ends"].items():
            ends[end] = ends.get(end, 0) + count
    return {
        "rate": rate,
        "seconds": seconds,
        "took": took,
        "ends": ends,
        "throughput": sum(one["throughput"] for one in each),
        # The slowest of several processes: nobody chooses which one answers.
        **{name: max(one[name] for one in each) for name in (*scale_report.WAITS, *scale_report.FIRST_WAITS)},
        "stages": each[0]["stages"],
        "memory": {name: scale_usage.memory(pid) for name, pid in processes.items()},
        "processor": {name: scale_usage.processor(pid) - before[name] for name, pid in processes.items()},
        "load": os.getloadavg()[0],
    }


async def grow(chosen: Chosen, shelf: Shelf, *, passages: int) -> dict[str, float]:
    """Brings the library to a size, with servers that run for nothing else."""
    async with running(chosen.folder) as servers, AsyncExitStack() as stack:
        if chosen.following:
            for number in range(chosen.askers):
                await stack.enter_async_context(asker(await _place(chosen, servers, passages, number)))
        grown = await filled(servers, chosen, shelf, passages=passages)
        print(f"{passages}: filled, {grown}", flush=True)
        return grown


async def size(chosen: Chosen, shelf: Shelf, *, passages: int) -> dict[str, Any]:
    """Everything about one size. Servers are started anew, so that none keeps what a smaller size left in memory."""
    grown = await grow(chosen, shelf, passages=passages)
    await asyncio.to_thread(analyze if chosen.vectors == "analyzed" else forget_analysis, chosen.folder)
    ready, crowded = await asked(chosen, passages=passages, rate=chosen.rate)
    phases = [crowded]
    if not held(crowded):
        # Everything begins anew: what a crowd has left waiting would be answered first.
        phases.append((await asked(chosen, passages=passages, rate=max(0.1, BELOW * crowded["throughput"])))[1])
    folders = {name: chosen.folder / name.lower() for name in scale_report.SERVERS}
    own = {scale_report.OWN: chosen.folder / "saseo0"}
    return {
        "passages": passages,
        "channels": chosen.channels,
        "dimension": chosen.dimension,
        "askers": chosen.askers,
        "vectors": chosen.vectors,
        "following": chosen.following,
        "fill": grown,
        "ready": ready,
        "phases": phases,
        "disk": {name: scale_usage.disk(folder) for name, folder in (folders | own).items()},
    }


async def asked(chosen: Chosen, *, passages: int, rate: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a process says when it is ready, and how it went at this rate."""
    async with running(chosen.folder) as servers, AsyncExitStack() as stack:
        places = [await _place(chosen, servers, passages, number) for number in range(chosen.askers)]
        askers = [await stack.enter_async_context(asker(place)) for place in places]
        print(f"{passages}: ready, {askers[0].ready}", flush=True)
        went = await phase(servers, askers, rate=rate, seconds=chosen.minutes * 60)
        print(f"{passages}: {went}", flush=True)
        return dict(askers[0].ready), went


def held(phase: Mapping[str, Any]) -> bool:
    """Whether all was answered in time."""
    asked = sum(phase["ends"].values())
    return bool(phase["throughput"] * phase["seconds"] >= HELD * asked)


async def _place(chosen: Chosen, servers: Servers, passages: int, number: int) -> Place:
    folder = chosen.folder / f"saseo{number}"
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    return Place(
        str(folder),
        servers.database_url,
        servers.redis_url,
        servers.chroma_url,
        passages,
        chosen.channels,
        chosen.dimension,
        MODEL_SECONDS,
        number,
        chosen.vectors,
    )


async def measure(chosen: Chosen) -> None:
    shelf = Shelf(Words(0), chosen.channels)
    for passages in sorted(chosen.passages):
        if not chosen.rate:
            await grow(chosen, shelf, passages=passages)
            continue
        figures = await size(chosen, shelf, passages=passages)
        with (chosen.folder / FIGURES).open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(figures) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rate", type=float, default=100.0, help="questions a second; 0: only fill")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each rate")
    parser.add_argument("--channels", type=int, default=500)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--askers", type=int, default=1, help="processes that answer")
    parser.add_argument("--vectors", choices=scale_report.SEARCHERS, default="server", help="who searches them")
    parser.add_argument("--following", action="store_true", help="processes follow the words while it is filled")
    parser.add_argument("--folder", type=Path, required=True, help="what is filled once and used again")
    parser.add_argument("--publish", action="store_true", help="write table and plot beside this file")
    chosen = Chosen(**vars(parser.parse_args()))
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(measure(chosen))
    if not chosen.rate:
        return
    kept = (chosen.folder / FIGURES).read_text(encoding="utf-8").splitlines()
    scale_report.write([json.loads(line) for line in kept], Path(__file__).parent if chosen.publish else chosen.folder)


if __name__ == "__main__":
    main()
