"""Kills the program at random moments while it reads, looks again and forgets; counts what is left in the end."""

import asyncio
import json
import math
import random
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.living_people import PATIENCE, OnDiscord, OnSlack, Shared, moment
from tests.e2e.program import Place
from tests.fakes.discord import FakeDiscord
from tests.fakes.site import Site
from tests.fakes.slack import FakeSlack

CALLS = {"slack": 5, "discord": 3}
"""As many calls of the platform as reading something takes."""
PARAGRAPHS = 8
SETTLING = 240.0
"""Seconds in which everything has come right after the last start: Slack is asked for a message every two seconds."""
AGAIN = frozenset({"deleted", "page changed", "forgotten"})
"""What happens to something that is known."""
EVERY = ("file", "link", "gone while it is read", "deleted", "page changed", "forgotten")
"""What happens before each kill, in turn."""
RHYTHM = {"REFRESH_INTERVAL": "5", "REFRESH_MIN": "1", "REFRESH_MAX": "10"}


@dataclass(slots=True)
class Outcome:
    """What became of what was shared."""

    kills: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """What was done before the kills."""
    half: list[str] = field(default_factory=list)
    """Documents that do not say what was shared, and indexes that do not hold just their passages."""
    twice: list[str] = field(default_factory=list)
    """What people were told of more than once, and what is known more than once."""
    lost: list[str] = field(default_factory=list)
    """What stands and is not known, or that nobody was told of."""
    remembered: list[str] = field(default_factory=list)
    """What is gone and still known."""
    stale: list[str] = field(default_factory=list)
    """What is known as it was before it changed."""
    errors: list[str] = field(default_factory=list)
    """What the program said that it should not have."""

    @property
    def faults(self) -> int:
        listed = (self.half, self.twice, self.lost, self.remembered, self.stale, self.errors)
        return sum(map(len, listed))


def text_of(number: int, version: int) -> str:
    """A document whose every passage names its version, so that a mixture shows."""
    words = (f"word{number}x{version}x{place}x{word}" for place in range(PARAGRAPHS) for word in range(40))
    lines = [next(words) for _ in range(PARAGRAPHS * 40)]
    return "\n\n".join(
        f"Document {number} in version {version}, paragraph {place}: {' '.join(lines[place * 40 : (place + 1) * 40])}"
        for place in range(PARAGRAPHS)
    )


async def crashes(folder: Path, *, platform: str, kills: int, seed: int, seconds: float = math.inf) -> Outcome:
    """One deed for each start of the program, which is killed somewhere in the middle of it; no more starts after so
    many seconds."""
    until = time.monotonic() + seconds
    async with FakeSlack() as slack, FakeDiscord() as discord, Site() as site:
        people = OnSlack(slack) if platform == "slack" else OnDiscord(discord)
        place = await people.prepared(folder, ALLOW_PRIVATE_HOSTS="127.0.0.1", **RHYTHM)
        crashing = Crashing(people, place, site, random.Random(seed))
        for number in range(kills):
            if time.monotonic() > until:
                break
            await crashing.once(number)
        await crashing.settle()
        crashing.outcome.errors += discord.violations
        return crashing.outcome


class Crashing:
    """People who share things while the program dies again and again."""

    def __init__(self, people: OnSlack | OnDiscord, place: Place, site: Site, chance: random.Random) -> None:
        self._people = people
        self._place = place
        self._site = site
        self._chance = chance
        self._shared: list[Shared] = []
        self.outcome = Outcome()

    async def once(self, number: int) -> None:
        """One start, one deed, one kill."""
        deed = EVERY[number % len(EVERY)]
        people, chance = self._people, self._chance
        async with people.program(self._place, roles=f"{people.roles},scheduler", number=number) as bot:
            await people.connected(bot)
            command = await self._do(deed, number)
            await asyncio.sleep(chance.uniform(0, 0.15))
            bot.process.kill()
            await bot.process.wait()
        if command is not None:
            one, wish = command
            one.gone = people.heard(wish)
            one.perhaps = not one.gone
        self.outcome.kills += 1
        self.outcome.errors += [line for line in bot.logged.splitlines() if "Traceback" in line]

    async def _do(self, deed: str, number: int) -> tuple[Shared, Any] | None:
        people, chance = self._people, self._chance
        known = await self._known() if deed in AGAIN else []
        if not known and deed in AGAIN:
            deed = "file"
        self.outcome.done[deed] += 1
        if deed == "deleted":
            one = chance.choice(known)
            one.gone = True
            chance.choice((people.delete, people.take_out))(one)
        elif deed == "page changed":
            pages = [one for one in known if one.is_link]
            self._change(chance.choice(pages if pages and chance.random() < 0.7 else known))
        elif deed == "forgotten":
            one = chance.choice(known)
            return one, people.forget(one)
        else:
            one = self._share(number, is_link=deed == "link" or chance.random() < 0.3)
            await moment(people, one, calls=chance.randint(0, CALLS[people.roles]))
            if deed == "gone while it is read":
                one.gone = True
                people.delete(one)
        return None

    async def _known(self) -> list[Shared]:
        """What stands and people were told of; waits for the first such thing."""

        def known() -> list[Shared]:
            return [one for one in self._shared if not (one.gone or one.perhaps) and self._people.told(one)]

        with suppress(AssertionError):
            await self._people.fake.until(known, what="something to be known", timeout=PATIENCE)
        return known()

    def _share(self, number: int, *, is_link: bool) -> Shared:
        text, path = text_of(number, 1), f"/c{number}.txt"
        if is_link:
            self._site.page(path, text, Content_Type="text/plain; charset=utf-8")
        self._shared.append(self._people.share(number, text=text, url=self._site.at(path) if is_link else ""))
        return self._shared[-1]

    def _change(self, one: Shared) -> None:
        text = text_of(one.number, one.version + 1)
        if one.is_link:
            self._site.page(f"/c{one.number}.txt", text, Content_Type="text/plain; charset=utf-8")
            self._people.refresh(one)
        elif not self._people.renew(one, text):
            return
        one.version += 1

    async def settle(self) -> None:
        """The last start, which is given time."""
        people, place, clock = self._people, self._place, asyncio.get_running_loop()
        async with people.program(place, roles=f"{people.roles},scheduler,http", number=self.outcome.kills) as bot:
            await people.connected(bot)
            until = clock.time() + SETTLING
            await self._settled(until)
            # What comes twice may come late.
            await asyncio.sleep(3)
            found = await self._settled(until)
            ended = await bot.end()
        errors = [line for line in bot.logged.splitlines() if "Traceback" in line]
        before = self.outcome
        self.outcome = found
        found.kills, found.done, found.errors = before.kills, before.done, before.errors + errors
        if ended:
            found.errors.append(f"it ended with {ended}")

    async def _settled(self, until: float) -> Outcome:
        """What is found once nothing is wrong, or when the time is over. While a document is read anew, the indexes
        hold more."""
        while True:
            found = self._found(await asyncio.to_thread(look, self._place))
            if not found.faults or asyncio.get_running_loop().time() > until:
                return found
            # Another process has no event to wait for.
            await asyncio.sleep(1)

    def _found(self, there: "Known") -> Outcome:
        outcome = Outcome()
        for one in self._shared:
            self._judge(one, there, outcome)
        passages = sum(there.counts.values())
        if there.index != {"vectors": passages, "lexical": passages}:
            outcome.half.append(f"{passages} passages, {there.index}")
        return outcome

    def _judge(self, one: Shared, there: "Known", outcome: Outcome) -> None:
        name, texts, told = f"{one.number} ({one.origin})", there.texts.get(one.origin, []), self._people.told(one)
        if len(told) > 1 or len(texts) > 1:
            outcome.twice.append(f"{name}: known {len(texts)} times, told {told}")
        versions = {"".join(text_of(one.number, version).split()): version for version in range(1, one.version + 1)}
        shown = [versions.get("".join(text.split())) for text in texts]
        if None in shown:
            outcome.half.append(name)
        if one.gone and texts:
            outcome.remembered.append(name)
        if one.gone or one.perhaps:
            return
        if not texts or not told:
            outcome.lost.append(f"{name}: known {len(texts)} times, told {told}")
        elif one.version not in shown:
            outcome.stale.append(f"{name}: {shown} instead of {one.version}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the program knows: texts by the origin of their documents, passages by document, entries by index."""

    texts: Mapping[str, list[str]]
    counts: Mapping[str, int]
    index: Mapping[str, int]


def look(place: Place) -> Known:
    """Asks the program over its API."""
    texts: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    cursor, listed = "", []
    while True:
        page = _get(place, f"documents?limit=200{cursor and f'&after={cursor}'}")
        listed += page["documents"]
        if not page.get("next"):
            break
        cursor = page["next"]
    for document in listed:
        counts[document["id"]] = document["passages_count"]
        if not document["origin"].startswith(("slack:", "discord:")):
            continue
        passages = _get(place, f"documents/{document['id']}").get("passages", ())
        texts.setdefault(document["origin"], []).append("".join(passage["text"] for passage in passages))
    return Known(texts, counts, _get(place, "stats")["index"])


def _get(place: Place, path: str) -> Any:
    try:
        with urllib.request.urlopen(f"{place.url}/api/v1/{path}", timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return {}
