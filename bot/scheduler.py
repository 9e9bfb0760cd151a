"""Checks links again when they are due."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from core.errors import SaseoError
from core.library import Library
from core.ports import Catalogue, DocumentFilter
from core.types import Document, now

log = logging.getLogger(__name__)

TICK_SECONDS = 60.0
AT_ONCE = 4
MOST = 200
"""Links of one tick; the others are due at the next one."""


class Scheduler:
    """Decides when; the library does the work."""

    name = "scheduler"

    def __init__(
        self,
        library: Library,
        catalogue: Catalogue,
        *,
        seconds: float = TICK_SECONDS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._library = library
        self._catalogue = catalogue
        self._seconds = seconds
        self._clock = clock

    async def run(self) -> None:
        """Ticks until cancelled."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        scheduler = AsyncIOScheduler(timezone=UTC)
        # The first tick comes at once: links may be due since before the start.
        scheduler.add_job(
            self.tick,
            "interval",
            seconds=self._seconds,
            next_run_time=self._clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def tick(self) -> int:
        """Checks the links that are due and returns how many there were. Never raises: the next tick tries again."""
        try:
            due = await self._catalogue.page(DocumentFilter(due_before=self._clock()), limit=MOST)
        except SaseoError as error:
            log.warning("links cannot be checked: %s", error.code)
            return 0
        places = asyncio.Semaphore(AT_ONCE)

        async def one(document: Document) -> None:
            async with places:
                await self._check(document)

        await asyncio.gather(*(one(document) for document in due.documents))
        return len(due.documents)

    async def _check(self, document: Document) -> None:
        try:
            added = await self._library.refresh(document)
        except SaseoError as error:
            log.warning("link of document %s was not checked: %s", document.id, error.code)
            return
        log.info("checked the link of document %s: %s", document.id, "changed" if added.changed else "unchanged")
