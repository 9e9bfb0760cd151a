"""The process of `benchmarks.scale` that answers, asked at fixed moments.

It says in lines of JSON what it found, first when it is ready, and then once for each line that asks for a phase.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import psutil

from benchmarks.corpus import PASSAGES_A_DOCUMENT, Words
from benchmarks.scale_core import Core, Place, open_core
from benchmarks.scale_library import PUBLIC_EVERY, Shelf
from bot.garbage import settle
from core.errors import SaseoError
from core.ports import Query
from core.types import Answer, Question, digest

POOL = 4000
"""Different questions, far more than a process remembers of any kind."""
LOOKS = 10
"""Of each arm alone, before anybody asks."""
IN_TIME = 1.5
"""So long after the last moment an answer still counts as one of its time: it takes a second at least, as the first."""
DRAIN_SECONDS = 20.0
"""What is still waiting so long after the last question was asked is given up."""


@dataclass(slots=True)
class Phase:
    """How questions went, in seconds."""

    overheads: list[float] = field(default_factory=list)
    unhindered: list[float] = field(default_factory=list)
    """Those of questions before which nobody was waiting in their channel: there they are answered one by one."""
    ends: Counter[str] = field(default_factory=Counter)
    """How many ended in each way: an outcome, or the code of what was raised."""
    answered_in_time: int = 0


class Asking:
    """Asks at moments that chance has chosen, whether earlier questions are answered or not."""

    def __init__(self, core: Core, place: Place) -> None:
        self._core = core
        self._place = place
        self._shelf = Shelf(Words(0), place.channels)
        self._chance = random.Random(place.seed)
        self._pool = [self._made() for _ in range(POOL)]
        self._asked = 0
        self._under_way: Counter[str] = Counter()

    def questions(self, count: int) -> list[Question]:
        return [self._next() for _ in range(count)]

    async def phase(self, *, rate: float, seconds: float) -> Phase:
        """Asks so many times a second, for so long."""
        phase, loop = Phase(), asyncio.get_running_loop()
        began, moment = loop.time(), 0.0
        under_way: set[asyncio.Task[None]] = set()
        while (moment := moment + self._chance.expovariate(rate)) < seconds:
            await asyncio.sleep(max(0.0, began + moment - loop.time()))
            task = asyncio.create_task(self._ask(self._next(), phase, until=began + seconds + IN_TIME))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            phase.ends["given up"] += len(late)
        return phase

    async def _ask(self, question: Question, phase: Phase, *, until: float) -> None:
        started, channel = time.perf_counter(), str(question.session)
        first = not self._under_way[channel]
        self._under_way[channel] += 1
        try:
            answer: Answer = await self._core.chat.ask(question)
        except SaseoError as error:
            phase.ends[error.code] += 1
            return
        finally:
            self._under_way[channel] -= 1
        whole = time.perf_counter() - started
        phase.ends[answer.outcome] += 1
        overhead = whole - (self._place.model_seconds if answer.outcome == "answered" else 0.0)
        phase.overheads.append(overhead)
        if first:
            phase.unhindered.append(overhead)
        phase.answered_in_time += asyncio.get_running_loop().time() <= until

    def _next(self) -> Question:
        self._asked += 1
        question = self._pool[self._asked % POOL]
        name = f"{self._place.seed}-{self._asked}-{time.time_ns()}"
        return Question(name, question.session, question.text, question.audience, author=f"U{self._asked % 5000}")

    def _made(self) -> Question:
        """About a document for everybody or of the channel's own, as often the one as the other where it has any."""
        documents = self._place.passages // PASSAGES_A_DOCUMENT
        number = self._chance.randrange(documents)
        if self._chance.random() < 0.5:
            number = number // PUBLIC_EVERY * PUBLIC_EVERY
        channel = self._shelf.channel(number if number % PUBLIC_EVERY else self._chance.randrange(1_000_000))
        text = self._shelf.question(number, self._chance.randrange(PASSAGES_A_DOCUMENT))
        return Question("", channel, text, self._shelf.audience(channel))


async def alone(core: Core, asking: Asking) -> dict[str, float]:
    """Medians of what one question asks of each arm, in any language and in one, and of what a document asks whose
    texts are looked for, in seconds."""
    dense, lexical, embedder = core.parts.dense, core.parts.lexical, core.parts.embedded
    times: dict[str, list[float]] = {"vectors": [], "vectors_of_one": [], "words": [], "known": []}
    for question in asking.questions(LOOKS):
        query = Query(question.text, await embedder.question(question.text), question.audience)
        of_one = replace(query, language="ko")
        for name, index, asked in (
            ("vectors", dense, query),
            ("vectors_of_one", dense, of_one),
            ("words", lexical, query),
        ):
            started = time.perf_counter()
            await index.search(asked, limit=50)
            times[name].append(time.perf_counter() - started)
        started = time.perf_counter()
        await dense.recall({digest(f"{question.id} {number}") for number in range(PASSAGES_A_DOCUMENT)})
        times["known"].append(time.perf_counter() - started)
    return {name: float(np.median(seconds)) for name, seconds in times.items()}


def told(core: Core, phase: Phase, *, seconds: float) -> dict[str, Any]:
    """A phase as figures, in seconds."""
    p50, p95, p99 = np.percentile(phase.overheads or [0.0], [50, 95, 99])
    first_p50, first_p95, first_p99 = np.percentile(phase.unhindered or [0.0], [50, 95, 99])
    stages = {name: float(np.median(each)) for name, each in core.recorder.seconds.items()}
    return {
        "ends": dict(phase.ends),
        "throughput": phase.answered_in_time / seconds,
        "p50": float(p50),
        "p95": float(p95),
        "p99": float(p99),
        "first_p50": float(first_p50),
        "first_p95": float(first_p95),
        "first_p99": float(first_p99),
        "resident": psutil.Process().memory_info().rss,
        "stages": stages,
    }


async def serve(place: Place) -> None:
    """Answers each line of the input, `{"rate": ..., "seconds": ...}`, with a line of figures."""
    async with open_core(place) as core:
        asking = Asking(core, place)
        ready = {
            "followed": core.followed_seconds,
            "copied": core.copied_seconds,
            "words": await core.parts.lexical.count(),
        }
        settle()
        _say(ready | {"alone": await alone(core, asking)})
        while line := await asyncio.to_thread(sys.stdin.readline):
            wanted = json.loads(line)
            core.recorder.seconds.clear()
            phase = await asking.phase(rate=wanted["rate"], seconds=wanted["seconds"])
            _say(told(core, phase, seconds=wanted["seconds"]))


def _say(figures: dict[str, Any]) -> None:
    print(json.dumps(figures), flush=True)


def spelled(place: Place) -> str:
    """A place as the argument of this program."""
    return json.dumps(asdict(place))


if __name__ == "__main__":
    asyncio.run(serve(Place(**json.loads(sys.argv[1]))))
