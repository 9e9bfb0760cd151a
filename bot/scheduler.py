"""The scheduler role: looks for links that are due and has the library check them again."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from core.errors import SaseoError, Unavailable
from core.library import Added
from core.measuring import SILENT, Recorder
from core.metrics import REFRESHES_WAITING
from core.politeness import Hosts, host_of
from core.types import Document, now

TICK_SECONDS = 5.0
CONCURRENCY = 4
DRAIN_SECONDS = 15.0
PER_MINUTE = 60
"""Checks that one host is asked for in a minute; with more links than that for their interval they wait longer."""
WAITING = 1000
"""So many documents are under way or waiting for their turn; the others stay due and are found by a later look."""
WAITING_HERE = 20
"""So many of one host."""
LOOKED_AT = 2000
"""Due documents that one look goes through; the next one goes on from there."""
PAGE = 100
REST = timedelta(hours=1)
"""How long a document is left alone that the library could not even write a failure on."""

log = logging.getLogger(__name__)


def always() -> bool:
    """Of a scheduler that is the only one."""
    return True


class DueDocuments(Protocol):
    """The part of the catalogue that the scheduler reads."""

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        ...

    async def due(self, moment: datetime, *, after: Document | None = None, limit: int = 100) -> Sequence[Document]:
        """Links whose next check is due, the one that waits longest first."""
        ...


class Refresher(Protocol):
    """The part of the library that the scheduler uses."""

    async def refresh(self, document: Document) -> Added:
        """Checks a link again and writes the outcome, also a failure, on the document."""
        ...


class Scheduler:
    """Checks due links, those that wait longest first, with bounded concurrency, few at a time and in a minute from one
    host and none while it wants to be left alone, and never one document twice at once.

    APScheduler decides only when to look. One scheduler acts at a time: whoever runs several sees to that, and tells
    with `acts` whether this is the one.
    """

    name = "scheduler"

    def __init__(
        self,
        library: Refresher,
        catalogue: DueDocuments,
        *,
        tick_seconds: float = TICK_SECONDS,
        concurrency: int = CONCURRENCY,
        hosts: Hosts | None = None,
        per_minute: int = PER_MINUTE,
        drain_seconds: float = DRAIN_SECONDS,
        acts: Callable[[], bool] = always,
        clock: Callable[[], datetime] = now,
        recorder: Recorder = SILENT,
    ) -> None:
        self._library = library
        self._catalogue = catalogue
        self._tick_seconds = tick_seconds
        self._per_minute = per_minute
        self.drain_seconds = drain_seconds
        self._acts = acts
        self._clock = clock
        self._recorder = recorder
        self._places = asyncio.Semaphore(concurrency)
        self._hosts = hosts or Hosts(clock=clock)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._here: Counter[str] = Counter()
        """How many of the tasks ask each host."""
        self._minute = 0.0
        self._asked: Counter[str] = Counter()
        """How often each host was asked in this minute."""
        self._after: Document | None = None
        """Where the last look ended."""
        self._running: set[str] = set()
        self._resting: dict[str, datetime] = {}

    async def run(self) -> None:
        """Looks at once and then at every tick, until it is cancelled; then finishes what is under way."""
        tick = asyncio.Event()
        tick.set()

        async def wake() -> None:
            tick.set()

        timer = AsyncIOScheduler(timezone=UTC)
        every = IntervalTrigger(seconds=self._tick_seconds, timezone=UTC)
        timer.add_job(wake, every, coalesce=True, max_instances=1, misfire_grace_time=None)
        timer.start()
        try:
            while True:
                await tick.wait()
                tick.clear()
                await self.look()
        finally:
            timer.shutdown(wait=False)
            await self._drain()

    async def look(self) -> None:
        """Starts a check of every document that is due and not under way. Does not wait for them."""
        if not self._acts():
            return
        try:
            async for document in self._due():
                self._start(document)
        except Unavailable as error:
            log.warning("the due links cannot be listed: %s", error.code)

    async def idle(self) -> None:
        """Returns when every check that was started has ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _due(self) -> AsyncIterator[Document]:
        """Due documents that may be checked now, from where the last look ended: so a host with many of them never
        hides those of others."""
        moment = self._clock()
        self._resting = {key: until for key, until in self._resting.items() if until > moment}
        for _ in range(0, LOOKED_AT, PAGE):
            documents = await self._catalogue.due(moment, after=self._after, limit=PAGE)
            for document in documents:
                if len(self._tasks) >= WAITING:
                    return
                self._after = document
                if document.id not in self._tasks and document.id not in self._resting and self._has_room(document):
                    yield document
            if len(documents) < PAGE:
                self._after = None
                return

    def _has_room(self, document: Document) -> bool:
        host = host_of(document.url)
        if self._hosts.rests(host):
            return False
        return self._here[host] < WAITING_HERE and self._asked_lately(host) + self._here[host] < self._per_minute

    def _asked_lately(self, host: str) -> int:
        minute = self._clock().timestamp() // 60
        if minute != self._minute:
            self._minute = minute
            self._asked.clear()
        return self._asked[host]

    def _start(self, document: Document) -> None:
        host = host_of(document.url)
        task = asyncio.create_task(self._check(document, host), name=f"refresh {document.id}")
        self._tasks[document.id] = task
        self._here[host] += 1
        self._recorder.set(REFRESHES_WAITING, len(self._tasks))
        task.add_done_callback(lambda _: self._ended(document.id, host))

    def _ended(self, document_id: str, host: str) -> None:
        del self._tasks[document_id]
        self._recorder.set(REFRESHES_WAITING, len(self._tasks))
        self._here[host] -= 1
        if not self._here[host]:
            del self._here[host]

    async def _check(self, document: Document, host: str) -> None:
        async with self._hosts.turn(host), self._places:
            if self._asked_lately(host) >= self._per_minute or self._hosts.rests(host) or not self._acts():
                return
            self._asked[host] += 1
            self._running.add(document.id)
            try:
                await self._refresh(document.id)
            finally:
                self._running.discard(document.id)

    async def _refresh(self, document_id: str) -> None:
        """Looks the document up anew, for it may have waited long: deleted or checked meanwhile, it is left alone."""
        try:
            document = await self._catalogue.find(document_id)
            if document is None or document.next_check_at is None or document.next_check_at > self._clock():
                return
            self._hosts.heed((await self._library.refresh(document)).reason)
        except SaseoError as error:
            self._rest(document_id)
            log.warning("document %s could not be checked: %s", document_id, error.code)
        except Exception:
            self._rest(document_id)
            log.exception("document %s could not be checked", document_id)

    def _rest(self, document_id: str) -> None:
        self._resting[document_id] = self._clock() + REST

    async def _drain(self) -> None:
        """Lets checks under way end by themselves for a while; those that wait for their turn stay due."""
        for document_id, task in self._tasks.items():
            if document_id not in self._running:
                task.cancel()
        tasks = set(self._tasks.values())
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, timeout=self.drain_seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
