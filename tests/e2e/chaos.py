"""Questions and files in many channels of Slack while processes of a cluster are killed, and what comes of them."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from tests.e2e.cluster import Cluster, Process
from tests.e2e.slack_crashes import WHOLE
from tests.e2e.slack_program import ASKED, LEAVE
from tests.fakes.slack import Channel, FakeSlack, Message

PATIENCE = 180.0
"""Seconds for a start; a busy machine is slow."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of questions and files."""

    asked: int
    shared: int
    kills: dict[str, int]
    lost: int
    """Questions without their answer."""
    twice: int
    """Answers beyond one for a question."""
    untold: int
    """Files that nobody was told of."""
    told_twice: int
    missing: int
    """Files that are not known."""
    doubled: int
    """Documents that stand there more than once."""
    ended: tuple[tuple[str, int], ...] = ()
    """Processes that ended by themselves, with their exit codes."""


@dataclass(slots=True)
class Place:
    """A channel, the questions there and the files."""

    channel: Channel
    asked: list[Message] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[Message]:
        return [one for one in self.channel.visible if one.bot_id]

    def answers(self, question: Message) -> list[Message]:
        named = f":{question.ts}"
        return [one for one in self.said if WHOLE in one.shown and not one.streaming and named in str(one.blocks)]

    def told(self, name: str) -> list[Message]:
        return [one for one in self.said if name in one.shown]

    @property
    def done(self) -> bool:
        return all(map(self.answers, self.asked)) and all(map(self.told, self.files))


class Chaos:
    """People in channels, and whoever kills processes."""

    def __init__(self, slack: FakeSlack, whole: Cluster, *, channels: int, seed: int = 1) -> None:
        self._slack = slack
        self._cluster = whole
        self._chance = random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.places = [
            Place(slack.new_channel(f"c{number}", kind="private", members=[slack.sam])) for number in range(channels)
        ]

    def ask(self, place: Place) -> None:
        place.asked.append(self._slack.ask(ASKED, channel=place.channel))

    def share(self, place: Place) -> None:
        name = f"{place.channel.name}-{len(place.files)}.txt"
        place.files.append(name)
        self._slack.upload(name, f"Rule {name} says that people rest on such a day.", channel=place.channel)

    def kill(self, name: str = "") -> None:
        alive = [one.name for one in self._cluster.processes.values() if one.alive]
        if not alive:
            return
        chosen = name or self._chance.choice(alive)
        self.kills[chosen.partition("-")[0]] += 1
        self._cluster[chosen].send(signal.SIGKILL)

    async def go_on(self, *, seconds: float, every: float) -> None:
        """People ask and share, each channel every now and then, and one process after the other is killed."""
        end = asyncio.get_running_loop().time() + seconds
        killing = asyncio.create_task(self._kill(every))
        try:
            while asyncio.get_running_loop().time() < end:
                place = self._chance.choice(self.places)
                self.share(place) if self._chance.random() < 0.2 else self.ask(place)
                await asyncio.sleep(self._chance.uniform(0, 2.0))
        finally:
            killing.cancel()

    async def settle(self, *, seconds: float) -> None:
        """Waits until everything is answered and told of, or for so long."""
        with suppress(AssertionError):
            await self._cluster.until(lambda: all(place.done for place in self.places), what="the end", seconds=seconds)

    async def outcome(self, titles: Sequence[str]) -> Outcome:
        """What stands in the end; `titles` are those of all documents."""
        answers = [len(place.answers(question)) for place in self.places for question in place.asked]
        told = [(name, len(place.told(name))) for place in self.places for name in place.files]
        known = Counter(titles)
        return Outcome(
            asked=len(answers),
            shared=len(told),
            kills=dict(self.kills),
            lost=answers.count(0),
            twice=sum(max(count - 1, 0) for count in answers),
            untold=sum(count == 0 for _, count in told),
            told_twice=sum(max(count - 1, 0) for _, count in told),
            missing=sum(known[name] == 0 for name, _ in told),
            doubled=sum(max(known[name] - 1, 0) for name, _ in told),
            ended=tuple(self._cluster.ended),
        )

    async def _kill(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.kill()


async def healthy(process: Process) -> None:
    """Returns when a process answers. It has no event to wait for."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
        while True:
            assert process.alive, process.logged
            with suppress(httpx.TransportError):
                if (await client.get(f"{process.url}/")).is_success:
                    return
            await asyncio.sleep(0.05)


async def prepare(url: str, link: str = "") -> None:
    """The library knows about leave, and looks at a link again and again."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        document = {"content": LEAVE, "metadata": {"source": "leave.txt"}}
        (await client.post("/api/v1/documents/", json={"documents": [document]})).raise_for_status()
        if link:
            body = {"url": link, "refresh_seconds": 1}
            (await client.post("/api/v1/documents/links", json=body)).raise_for_status()


async def titles(url: str) -> list[str]:
    """The titles of all documents."""
    found: list[str] = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        after: dict[str, str] = {}
        while True:
            page = (await client.get("/api/v1/documents", params={"limit": "200", **after})).raise_for_status().json()
            found += [one["title"] for one in page["documents"]]
            if not page.get("next"):
                return found
            after = {"after": page["next"]}
