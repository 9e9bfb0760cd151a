"""Keeps what one process has of its own about documents up with a catalogue that several processes change.

Nobody writes to it but this: whatever anybody has made current, also this process, comes from the catalogue by way of
the trail. So it holds current versions alone, and what a crash kept from being written comes again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from core.catalogues import WrappedCatalogue, every_document
from core.errors import SaseoError
from core.ports import Catalogue
from core.trail import Trail
from core.types import Document, Passage

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Documents that are read and written together."""
KNOWN_AFTER = 10.0
"""Seconds that whoever changed a document waits at most until this process finds it by its words."""
PATIENCE = 5.0
"""Seconds after which what failed is tried again."""
NOTED_EVERY = 600
"""Looks without news after which the place is noted all the same, so that it never grows too old."""


class Kept(Protocol):
    """What a process keeps of the documents, and how far it has followed."""

    @property
    def stale(self) -> bool:
        """Whether it has to be built anew before it can be used."""
        ...

    @property
    def place(self) -> str:
        """The place that was noted last; empty where there is none."""
        ...

    async def renew(self, document_id: str, document: Document | None) -> None:
        """Has just what belongs to the document as it is now; None: it was forgotten."""
        ...

    async def rebuild(self, documents: AsyncIterator[Document], *, place: str) -> None:
        """Has just what belongs to these documents; when all are in, it is whole again, and at that place."""
        ...

    async def note(self, place: str) -> None:
        """Everything up to this place is in."""
        ...


class KeepingUp:
    """Follows the trail."""

    def __init__(self, *, trail: Trail, catalogue: Catalogue, kept: Kept) -> None:
        self._trail = trail
        self._catalogue = catalogue
        self._kept = kept
        self._place = ""
        self._known: dict[str, int] = {}
        """The marks of the steps that may be told again."""
        self._looks = 0
        self._looked = 0
        """The last look that ended well."""
        self._quiet = 0
        """Looks without news since the place was noted."""
        self._news = asyncio.Condition()

    async def open(self) -> None:
        """Takes up where it was left, or builds it anew. Raises Unavailable."""
        self._place = "" if self._kept.stale else self._kept.place
        if not self._place:
            await self._rebuild()

    async def run(self) -> None:
        """Follows until it is cancelled."""
        while True:
            try:
                if not await self.look():
                    await self._trail.waiting()
            except SaseoError as error:
                log.warning("what changed is taken in later: %s", error.code)
                await asyncio.sleep(PATIENCE)
            except Exception:
                log.exception("what changed is taken in later")
                await asyncio.sleep(PATIENCE)

    async def look(self) -> bool:
        """Takes in what has changed, and returns whether there is more to come."""
        self._looks += 1
        look = self._looks
        stretch = await self._trail.after(self._place)
        if stretch is None or self._kept.stale:
            await self._rebuild()
            return True
        fresh = [step.document_id for step in stretch.steps if self._known.get(step.document_id) != step.mark]
        for start in range(0, len(fresh), AT_ONCE):
            await asyncio.gather(*map(self._renew, fresh[start : start + AT_ONCE]))
        self._known = {step.document_id: step.mark for step in stretch.steps}
        self._place = stretch.place
        self._quiet = 0 if fresh else self._quiet + 1
        if fresh or self._quiet == NOTED_EVERY:
            self._quiet = 0
            await self._kept.note(stretch.place)
        if not stretch.more:
            await self._ended(look)
        return stretch.more

    async def caught_up(self) -> None:
        """Returns when what has changed until now is found in this process, or when that takes too long."""
        wanted = self._looks + 1
        try:
            async with asyncio.timeout(KNOWN_AFTER), self._news:
                await self._news.wait_for(lambda: self._looked >= wanted)
        except TimeoutError:
            log.warning("what was taken in is found a little later")

    async def _ended(self, look: int) -> None:
        async with self._news:
            self._looked = look
            self._news.notify_all()

    async def _renew(self, document_id: str) -> None:
        await self._kept.renew(document_id, await self._catalogue.find(document_id))

    async def _rebuild(self) -> None:
        # The place first: what changes meanwhile is behind it.
        place = await self._trail.here()
        await self._kept.rebuild(every_document(self._catalogue), place=place)
        self._place = place
        self._known = {}


class FollowedCatalogue(WrappedCatalogue):
    """A catalogue in which a version is current, for whoever saved it, when it is found in this process too."""

    def __init__(self, catalogue: Catalogue, keeping_up: KeepingUp) -> None:
        super().__init__(catalogue)
        self._keeping_up = keeping_up

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row; with passages, returns when a search in this process finds them."""
        await super().save(document, passages, instead_of=instead_of)
        if passages:
            await self._keeping_up.caught_up()
