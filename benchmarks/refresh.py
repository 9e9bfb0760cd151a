"""A hundred thousand links over thirty days on a fake clock, checked by the real scheduler and the real rules.

    nice -n 10 .venv/bin/python -m benchmarks.refresh [--links 100000] [--days 30]

Pages change at random moments, some hourly and some never; some disappear. Now and then a host answers everything with
503 and asks to be left alone for ten minutes.
Prints how late checks were, how soon changes were noticed, how often hosts were asked, and how much memory it took.
"""

import argparse
import asyncio
import heapq
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.scheduler import PER_MINUTE, TICK_SECONDS, Scheduler
from core.errors import Refused, Unavailable
from core.library import Added
from core.refresh import JITTER, Rhythm, after_failure, after_success
from core.types import PUBLIC, Document

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR
HOSTS = 2000
LARGEST = 0.03
"""The share of all links that the largest host has; it must be able to answer for them at the first interval."""
EVERY = ((0.05, 2 * HOUR), (0.15, DAY), (0.30, 7 * DAY), (0.30, 30 * DAY), (0.20, None))
"""Shares of the pages, and how often they change on average, in seconds."""
BUSY = 600.0
"""Seconds for which a host asks to be left alone."""
BETWEEN = 100 * BUSY
"""Seconds between two such times of a host, on average."""
GONE = 0.002
"""The share of pages that disappear at some moment."""


@dataclass
class Clock:
    """Seconds since the start."""

    seconds: float = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@dataclass(slots=True)
class Page:
    """A page of the web and when it changes."""

    every: float | None
    changes_at: float
    gone_at: float
    unseen_since: float | None = None


class Catalogue:
    """Documents by the moment of their next check: the same answers as a store, at a hundred thousand links."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = {document.id: document for document in documents}
        self._coming = [(document.next_check_at or START, document.id) for document in documents]
        heapq.heapify(self._coming)
        self._due: dict[tuple[datetime, str], None] = {}

    async def find(self, document_id: str) -> Document | None:
        return self.documents.get(document_id)

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        while self._coming and self._coming[0][0] <= moment:
            self._due[heapq.heappop(self._coming)] = None
        behind = None if after is None else (after.next_check_at or START, after.id)
        keys = (key for key in sorted(self._due) if behind is None or key > behind) if self._due else iter(())
        return [self.documents[key[1]] for key, _ in zip(keys, range(limit), strict=False)]

    def save(self, before: Document, document: Document) -> None:
        self.documents[document.id] = document
        self._due.pop((before.next_check_at or START, before.id), None)
        if document.next_check_at is not None:
            heapq.heappush(self._coming, (document.next_check_at, document.id))


@dataclass(slots=True)
class Host:
    """When a host is busy next, and whether it has told so."""

    begins: float
    told: bool = False


@dataclass
class Seen:
    """What happened, in numbers that take no more memory the longer it goes on."""

    checks: int = 0
    changes: int = 0
    noticed: int = 0
    latest: float = 0.0
    overdue: float = 0.0
    overdue_share: float = 0.0
    delays: Counter[int] = field(default_factory=Counter)
    """Hours until a change was noticed."""
    minute: int = -1
    in_minute: Counter[str] = field(default_factory=Counter)
    most_in_minute: int = 0
    dead: int = 0
    rests: int = 0
    disturbed: int = 0
    """Checks of a host that had asked to be left alone."""


class Web:
    """Checks links as the library does, against pages that change by themselves."""

    def __init__(self, catalogue: Catalogue, pages: dict[str, Page], clock: Clock, rhythm: Rhythm) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._clock = clock
        self._rhythm = rhythm
        self._random = random.Random(7)
        self._hosts: dict[str, Host] = {}
        self.seen = Seen()

    async def refresh(self, document: Document) -> Added:
        now, page, seen = self._clock.seconds, self._pages[document.id], self.seen
        self._count(document, now)
        if (busy := self._busy(_host(document), now)) is not None:
            fresh = after_failure(document, busy, now=self._clock(), rhythm=self._rhythm)
        elif now >= page.gone_at:
            fresh = after_failure(document, Refused("fetch.gone"), now=self._clock(), rhythm=self._rhythm)
            seen.dead += fresh.state == "dead"
        else:
            changed = self._changed(page, now)
            fresh = after_success(document, now=self._clock(), rhythm=self._rhythm, changed=changed)
        self._catalogue.save(document, fresh)
        return Added(fresh, changed=False, reason=busy)

    def _busy(self, name: str, now: float) -> Unavailable | None:
        """The answer of a host that is busy; it should hear no more of us until that is over."""
        host = self._hosts.setdefault(name, Host(self._random.expovariate(1 / BETWEEN)))
        while host.begins + BUSY <= now:
            host.begins += BUSY + self._random.expovariate(1 / BETWEEN)
            host.told = False
        if now < host.begins:
            return None
        self.seen.rests += not host.told
        self.seen.disturbed += host.told
        host.told = True
        return Unavailable("fetch.server", host=name, status=503, retry_after=host.begins + BUSY - now)

    def _count(self, document: Document, now: float) -> None:
        seen = self.seen
        seen.checks += 1
        due = document.next_check_at or START
        overdue = (self._clock() - due).total_seconds()
        seen.overdue = max(seen.overdue, overdue)
        interval = (due - document.read_at).total_seconds()
        if not document.failures:
            seen.overdue_share = max(seen.overdue_share, overdue / interval)
        if now // 60 != seen.minute:
            seen.minute = int(now // 60)
            seen.in_minute.clear()
        host = _host(document)
        seen.in_minute[host] += 1
        seen.most_in_minute = max(seen.most_in_minute, seen.in_minute[host])

    def _changed(self, page: Page, now: float) -> bool:
        seen = self.seen
        first = page.unseen_since
        while page.every is not None and page.changes_at <= now:
            first = page.changes_at if first is None else first
            seen.changes += 1
            page.changes_at += self._random.expovariate(1 / page.every)
        page.unseen_since = None
        if first is None:
            return False
        seen.noticed += 1
        seen.latest = max(seen.latest, now - first)
        seen.delays[int((now - first) // HOUR)] += 1
        return True


def _host(document: Document) -> str:
    return (document.url or "").split("/")[2]


def hosts(count: int, *, links: int) -> list[str]:
    """The host of every link: few hosts have many, most have few."""
    weights = [1 / (rank + 1) ** 0.7 for rank in range(count)]
    whole = sum(weights)
    sizes = [max(1, round(links * min(weight / whole, LARGEST))) for weight in weights]
    named = [f"host{rank}.example" for rank, size in enumerate(sizes) for _ in range(size)]
    return [named[number % len(named)] for number in range(links)]


def world(links: int, *, days: float, rhythm: Rhythm) -> tuple[list[Document], dict[str, Page]]:
    """Links that were added over the first interval, with pages that change in different ways."""
    chance = random.Random(42)
    documents, pages = [], {}
    shares, periods = [share for share, _ in EVERY], [every for _, every in EVERY]
    for number, host in enumerate(hosts(HOSTS, links=links)):
        name = f"d{number:06}"
        every = chance.choices(periods, shares)[0]
        changes_at = chance.expovariate(1 / every) if every else float("inf")
        gone_at = chance.uniform(0, days * DAY) if chance.random() < GONE else float("inf")
        pages[name] = Page(every, changes_at, gone_at)
        url = f"https://{host}/{number}"
        before, first = START - timedelta(days=1), START + timedelta(seconds=chance.uniform(0, rhythm.first))
        documents.append(
            Document(
                name,
                url,
                f"link:{url}",
                PUBLIC,
                url=url,
                version=1,
                read_at=before,
                next_check_at=first,
            )
        )
    return documents, pages


def memory() -> float:
    """The most that this process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def simulate(links: int, *, days: float, rhythm: Rhythm) -> None:
    clock = Clock()
    documents, pages = world(links, days=days, rhythm=rhythm)
    largest = Counter(map(_host, documents)).most_common(1)[0][1]
    catalogue = Catalogue(documents)
    web = Web(catalogue, pages, clock, rhythm)
    scheduler = Scheduler(web, catalogue, clock=clock)
    began, early = time.monotonic(), 0.0
    ticks = int(days * DAY / TICK_SECONDS)
    for tick in range(ticks):
        clock.seconds = tick * TICK_SECONDS
        await scheduler.look()
        await scheduler.idle()
        if tick == ticks // 5:
            early = memory()
    report(web.seen, rhythm, links=links, days=days, largest=largest)
    print(f"memory             {early:.0f} MB after a fifth of the time, {memory():.0f} MB at the end")
    print(f"took               {time.monotonic() - began:.0f} s")


def report(seen: Seen, rhythm: Rhythm, *, links: int, days: float, largest: int) -> None:
    promised = rhythm.most * (1 + JITTER)
    noticed_by = (sum(count for hours, count in seen.delays.items() if hours < limit) for limit in (1, 6))
    first, sixth = (count / max(seen.noticed, 1) for count in noticed_by)
    plain = links * days * DAY / rhythm.first
    print(f"links              {links} on {HOSTS} hosts, {largest} on the largest, over {days:g} days")
    print(f"checks             {seen.checks} ({seen.checks / plain:.1%} of one each {rhythm.first} s)")
    print(f"most overdue       {seen.overdue:.0f} s, {seen.overdue_share:.1%} of the interval (at most 100 %)")
    print(f"asked of a host    {seen.most_in_minute} in a minute at most (limit {PER_MINUTE})")
    print(f"asked to rest      {seen.rests} times; {seen.disturbed} checks disturbed it (at most 0)")
    print(f"changes            {seen.changes}, noticed in {seen.noticed} checks, {seen.dead} links died")
    print(f"noticed            {first:.0%} within 1 h, {sixth:.0%} within 6 h, all within {seen.latest / HOUR:.1f} h")
    print(f"                   (promised: {promised / HOUR:.1f} h, and longer only while a site answers 503)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--first", type=int, default=Rhythm().first)
    parser.add_argument("--least", type=int, default=Rhythm().least)
    parser.add_argument("--most", type=int, default=Rhythm().most)
    given = parser.parse_args()
    asyncio.run(simulate(given.links, days=given.days, rhythm=Rhythm(given.first, given.least, given.most)))


if __name__ == "__main__":
    main()
