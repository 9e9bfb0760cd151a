"""The scheduler role: looks for links that are due and has the library check them again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from core.errors import SaseoError, Unavailable
from core.ports import DocumentFilter
from core.types import Document, DocumentPage, now

TICK_SECONDS = 5.0
CONCURRENCY = 4
PER_HOST = 1
DRAIN_SECONDS = 15.0
WAITING = 1000
"""So many documents are under way or waiting for their turn; the others stay due and are found by a later look."""
PAGE = 100
REST = timedelta(hours=1)
"""How long a document is left alone that the library could not even write a failure on."""

log = logging.getLogger(__name__)


class DueDocuments(Protocol):
    """The part of the catalogue that the scheduler reads."""

    async def find(self, document_id: str) -> Document | None:
        """The document with this id."""
        ...

    async def page(self, where: DocumentFilter, *, after: str | None = None, limit: int = 50) -> DocumentPage:
        """Documents that pass the filter, from a cursor on."""
        ...


class Refresher(Protocol):
    """The part of the library that the scheduler uses."""

    async def refresh(self, document: Document) -> object:
        """Checks a link again and writes the outcome, also a failure, on the document."""
        ...


class Scheduler:
    """Checks due links with bounded concurrency, few at a time from one host and never one document twice at once.

    APScheduler decides only when to look. One scheduler acts at a time: whoever runs several sees to that.
    """

    name = "scheduler"

    def __init__(
        self,
        library: Refresher,
        catalogue: DueDocuments,
        *,
        tick_seconds: float = TICK_SECONDS,
        concurrency: int = CONCURRENCY,
        per_host: int = PER_HOST,
        drain_seconds: float = DRAIN_SECONDS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._library = library
        self._catalogue = catalogue
        self._tick_seconds = tick_seconds
        self._per_host = per_host
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._places = asyncio.Semaphore(concurrency)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._tasks: dict[str, asyncio.Task[None]] = {}
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
        try:
            async for document in self._due():
                self._start(document)
        except Unavailable as error:
            log.warning("the due links cannot be listed: %s", error.code)

    async def _due(self) -> AsyncIterator[Document]:
        moment = self._clock()
        self._resting = {key: until for key, until in self._resting.items() if until > moment}
        after: str | None = None
        while len(self._tasks) < WAITING:
            page = await self._catalogue.page(DocumentFilter(due_before=moment), after=after, limit=PAGE)
            for document in page.documents:
                if document.id not in self._tasks and document.id not in self._resting:
                    yield document
            if page.next is None:
                return
            after = page.next

    def _start(self, document: Document) -> None:
        task = asyncio.create_task(self._check(document), name=f"refresh {document.id}")
        self._tasks[document.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(document.id))

    async def _check(self, document: Document) -> None:
        async with self._hosts.setdefault(_host(document), asyncio.Semaphore(self._per_host)), self._places:
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
            await self._library.refresh(document)
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
            await asyncio.wait(tasks, timeout=self._drain_seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _host(document: Document) -> str:
    """Whom a check asks; whatever has no host shares one place."""
    try:
        return urlsplit(document.url or "").hostname or ""
    except ValueError:
        return ""
