"""What a question costs apart from embedding and model, and how many can be asked at once, as ratios in one run.

python -m benchmarks.questions [--passages 100000] [--scopes 100] [--embedder real] [--keep DIRECTORY]

The stores are the durable ones of the program. The passages' vectors are made up, since filling is not measured; those
of questions and sentences too, unless the embedder is `real`, which needs the processor as it does in the program.
Other programs on the machine lengthen every wait, so each line also says how much of the processor a question took,
all threads together, and the load of the last minute.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil
from threadpoolctl import threadpool_limits

from benchmarks.asking import Asked, Library, SlowModel, ask, open_library
from bot.garbage import settle

SESSIONS = 20
QUESTIONS_EACH = 10
BURSTS = 10
SESSION_MODEL_SECONDS = 1.0
"""So long twenty sessions are under way at once, each asking on when it has been answered."""
MODEL_SECONDS = 2.0
CROWD = 200
FEW = 5
"""Different questions of a crowd that asks all the same."""
ROUNDS = 3


def show(name: str, asked: Sequence[Asked], *, processor: float) -> None:
    """`processor` is when the part began, in seconds of the processor."""
    p50, p95 = np.percentile([one.overhead * 1000 for one in asked], [50, 95])
    written = sum(one.answer.outcome == "answered" for one in asked)
    whole = np.percentile([one.whole * 1000 for one in asked], 50)
    print(
        f"{name:34} overhead p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   "
        f"({written} of {len(asked)} written, whole p50 {whole:.0f} ms, {_costs(processor, len(asked))})"
    )


def _costs(processor: float, questions: int) -> str:
    each = (time.process_time() - processor) / questions
    return f"{each * 1000:.1f} ms of the processor each, load {os.getloadavg()[0]:.1f}"


async def alone(library: Library) -> None:
    """One question after another; the model answers at once."""
    model = SlowModel(0.0)
    chat = library.chat(model)
    for name in ("first time", "again"):
        processor = time.process_time()
        asked = [await ask(chat, library.question(0, place), model) for place in range(40)]
        show(f"one at a time, {name}", asked, processor=processor)


async def sessions(library: Library) -> None:
    """Twenty sessions, each asking its next question when it was answered; they begin one after another."""
    model = SlowModel(SESSION_MODEL_SECONDS)
    chat = library.chat(model)
    pauses = random.Random(0)

    async def session(number: int, turn: int) -> list[Asked]:
        await asyncio.sleep(pauses.uniform(0, SESSION_MODEL_SECONDS))
        places = range((number + turn * SESSIONS) * QUESTIONS_EACH, (number + turn * SESSIONS + 1) * QUESTIONS_EACH)
        return [await ask(chat, library.question(number, place), model) for place in places]

    forwarded: list[float] = []
    for turn in range(2):
        processor = time.process_time()
        each = await asyncio.gather(*(session(number, turn) for number in range(SESSIONS)))
        asked = [one for answers in each for one in answers]
        show(f"{SESSIONS} sessions, {len(asked)} questions, part {turn + 1}", asked, processor=processor)
        forwarded += [one.forwarded * 1000 for one in asked if one.forwarded is not None]
    if forwarded:
        p50, p95 = np.percentile(forwarded, [50, 95])
        print(f"{'first word forwarded':34} p50 {p50:.2f} ms   p95 {p95:.2f} ms")


async def bursts(library: Library) -> None:
    """Twenty different questions in the same instant."""
    model = SlowModel(0.0)
    chat = library.chat(model)
    asked: list[Asked] = []
    processor = time.process_time()
    for number in range(BURSTS):
        questions = [library.question(100 + place, number * SESSIONS + place) for place in range(SESSIONS)]
        asked += await asyncio.gather(*(ask(chat, question, model) for question in questions))
    show(f"{SESSIONS} in the same instant", asked, processor=processor)


async def crowds(library: Library) -> None:
    """Two hundred sessions at once against a model that takes two seconds, beside an empty loop that waits so long."""
    memory = psutil.Process().memory_info().rss
    model = SlowModel(MODEL_SECONDS)
    chat = library.chat(model)
    started = time.perf_counter()
    await asyncio.gather(*(asyncio.sleep(MODEL_SECONDS) for _ in range(CROWD)))
    empty = time.perf_counter() - started
    for different in (FEW, CROWD):
        for turn in range(ROUNDS):
            questions = [library.question(1000 + number, number % different) for number in range(CROWD)]
            started, processor = time.perf_counter(), time.process_time()
            asked = await asyncio.gather(*(ask(chat, question, model) for question in questions))
            took = time.perf_counter() - started
            written = sum(one.answer.outcome == "answered" for one in asked)
            grown = (psutil.Process().memory_info().rss - memory) / 1e6
            print(
                f"{CROWD} at once, {different:3} different, round {turn + 1}   {took:.2f} s, "
                f"{took / empty:.2f} x the empty loop ({written} written, {grown:+.0f} MB, {_costs(processor, CROWD)})"
            )


async def measure(folder: Path, *, passages: int, scopes: int, embedder: str) -> None:
    started = time.perf_counter()
    async with open_library(folder, passages=passages, scopes=scopes, embedder=embedder) as library:
        print(f"{await library.dense.count()} passages ready after {time.perf_counter() - started:.0f} s")
        # As the program does once it is ready.
        settle()
        for part in (alone, sessions, bursts, crowds):
            await part(library)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--scopes", type=int, default=100)
    parser.add_argument("--embedder", choices=("made-up", "real"), default="made-up")
    parser.add_argument("--keep", type=Path, help="a directory to fill once and use again")
    chosen = parser.parse_args()
    threadpool_limits(1, user_api="blas")
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(measure(folder, passages=chosen.passages, scopes=chosen.scopes, embedder=chosen.embedder))


if __name__ == "__main__":
    main()
