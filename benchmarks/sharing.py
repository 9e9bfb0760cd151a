"""Ten 50-page PDFs shared in one channel of Slack while people in others ask, beside the same questions before it.

python -m benchmarks.sharing [--every 0.25] [--idle 20] [--rounds 2] [--model]

The program runs in a process of its own beside a fake Slack. Questions arrive at fixed moments whether earlier ones
are answered or not, each another one, so that nothing is remembered; the time is from the event to the whole answer.
Without `--model` the answer is a quote: what a model takes would hide what Saseo takes.
"""

import argparse
import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import psutil

from benchmarks.slack import at_rest
from tests.e2e.program import Place
from tests.e2e.slack_program import Bot
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.unit.pdfs import lines, pdf

FILES = 10
PAGES = 50
LINES = 36
WORDS_A_LINE = 10
CHANNELS = 20
"""Where people ask, one after the other."""
WARMING = 5
PATIENCE = 300.0
TOPICS = 400
SYLLABLES = "ba de fi go lu ma ne pi ro su ta ve wo xi zu kel mar nor pas tin".split()
COMMON = (
    "policy refund office travel laptop security incident budget meeting employee manager contract vacation overtime "
    "salary training remote server deploy password review customer invoice shipment warranty quality report deadline "
    "project holiday insurance approval request team before after within every must should may not with from under "
    "the the the of of and and a in to for is are by on"
).split()


def topics() -> list[str]:
    """Names that nobody has, each once."""
    chance = random.Random(1)
    found: dict[str, None] = {}
    while len(found) < TOPICS:
        found["".join(chance.choices(SYLLABLES, k=3)).capitalize()] = None
    return list(found)


def handbook(names: list[str]) -> str:
    """A text that answers a question about each name."""
    return "\n\n".join(
        f"{name} leave is granted for {number % 28 + 2} days a year to every employee who has worked here for "
        f"{number % 11 + 1} months. It is requested from the {name} office at least {number % 9 + 1} weeks before."
        for number, name in enumerate(names)
    )


def paper(seed: int) -> bytes:
    """A PDF of fifty full pages; no two sentences are alike."""
    chance = random.Random(seed)

    def line() -> str:
        return " ".join((*chance.choices(COMMON, k=WORDS_A_LINE), f"{chance.randrange(10_000)}.")).capitalize()

    return pdf(lines(*(line() for _ in range(LINES))) for _ in range(PAGES))


@dataclass(slots=True)
class Asking:
    """Asks at fixed moments, in one channel after the other; no question comes twice."""

    slack: FakeSlack
    channels: list[Channel]
    names: list[str]
    every: float
    asked: int = 0

    async def until(self, done: asyncio.Event) -> list[float]:
        """The seconds that each answer took."""
        clock = asyncio.get_running_loop()
        began, waiting = clock.time(), []
        for number in count():
            with_pause = asyncio.create_task(done.wait())
            await asyncio.wait([with_pause], timeout=max(0.0, began + number * self.every - clock.time()))
            with_pause.cancel()
            if done.is_set():
                break
            waiting.append(asyncio.create_task(self._one()))
        return await asyncio.gather(*waiting)

    async def _one(self) -> float:
        name = self.names[self.asked % len(self.names)]
        channel = self.channels[self.asked % len(self.channels)]
        self.asked += 1
        before = self.slack.clock.now()
        message = self.slack.ask(f"How many days of {name} leave does an employee get?", channel=channel)
        answer = await self.slack.posted(channel=channel, thread_ts=message.ts, timeout=PATIENCE)
        assert name in answer.shown, answer.shown
        return answer.history[-1].at - before


async def idle(asking: Asking, seconds: float) -> list[float]:
    """Questions while nothing else is done."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    return await asking.until(over)


@dataclass(frozen=True, slots=True)
class Shared:
    """Questions while the files were read, and how that went; in seconds."""

    questions: list[float]
    sign: float
    whole: float


async def busy(slack: FakeSlack, asking: Asking, files: dict[str, bytes], library: Channel) -> Shared:
    """Shares all files in one message, and asks elsewhere until it is told that they were read."""
    over = asyncio.Event()
    reactions = len(slack.called("reactions.add"))
    began = slack.clock.now()
    message = slack.upload_all(files, channel=library)
    signs = asyncio.create_task(slack.call("reactions.add", count=reactions + 1, timeout=PATIENCE))
    told = asyncio.create_task(_told(slack, message, library, over))
    questions = await asking.until(over)
    return Shared(questions, (await signs).at - began, await told - began)


async def _told(slack: FakeSlack, message: Message, library: Channel, over: asyncio.Event) -> float:
    try:
        said = await slack.posted(channel=library, thread_ts=message.ts, timeout=PATIENCE)
        assert said.shown.count("assages") == FILES, said.shown
        return said.history[-1].at
    finally:
        over.set()


@asynccontextmanager
async def running(*, model: bool) -> AsyncIterator[tuple[FakeSlack, Bot]]:
    """The program with a handbook, connected and at rest."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        slack = await stack.enter_async_context(FakeSlack())
        own = {}
        if model:
            server = await stack.enter_async_context(FakeOpenAI())
            own = {"OPENAI_BASE_URL": server.base_url, "MODEL_NAME": "fake"}
        place = Place(folder, **{**slack.environment, **own, "LOG_LEVEL": "WARNING"})
        (folder / "handbook.md").write_text(handbook(topics()), encoding="utf-8")
        taken = await asyncio.to_thread(place.saseo, "ingest", "handbook.md")
        assert taken.returncode == 0, taken.stderr
        bot = await stack.enter_async_context(Bot(place))
        await bot.connected(slack)
        yield slack, bot


def show(name: str, seconds: list[float]) -> float:
    """Prints a line, and returns the 95th percentile."""
    p50, p95 = (float(one) * 1000 for one in np.percentile(seconds, [50, 95]))
    load = os.getloadavg()[0]
    print(
        f"{name:18} p50 {p50:6.0f} ms   p95 {p95:6.0f} ms   max {max(seconds) * 1000:6.0f} ms   "
        f"({len(seconds)} questions, load {load:.1f})",
        flush=True,
    )
    return p95


async def measure(*, every: float, seconds: float, rounds: int, model: bool) -> None:
    async with running(model=model) as (slack, bot):
        channels = [slack.new_channel(f"c{number}") for number in range(CHANNELS)]
        library = slack.new_channel("library", kind="private", members=[slack.sam])
        names = topics()
        random.Random(2).shuffle(names)
        asking = Asking(slack, channels, names, every)
        await idle(asking, WARMING)
        program = psutil.Process(bot.process.pid)
        await at_rest(program)
        before: list[float] = []
        during: list[Shared] = []
        for number in range(rounds):
            files = {f"paper{number}-{one}.pdf": paper(number * FILES + one) for one in range(FILES)}
            before += await idle(asking, seconds)
            during.append(await busy(slack, asking, files, library))
            await at_rest(program)
        rested = show("nothing else", before)
        loaded = show("ten are shared", [one for shared in during for one in shared.questions])
        print(f"p95 while ten are read: {loaded / rested:.2f} times that of rest")
        print(f"first sign that they are being read: {max(one.sign for one in during) * 1000:.0f} ms")
        print(f"all ten read after {max(one.whole for one in during):.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=float, default=0.25, help="seconds between two questions")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of questions while nothing else is done")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", action="store_true", help="a fake model writes the answers, without any delay")
    chosen = parser.parse_args()
    asyncio.run(measure(every=chosen.every, seconds=chosen.idle, rounds=chosen.rounds, model=chosen.model))


if __name__ == "__main__":
    main()
