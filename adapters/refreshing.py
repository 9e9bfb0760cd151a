"""Looks at links again for somebody who wants it now: those of one place, a few at a time, and not all the time."""

import asyncio
from dataclasses import dataclass, field

from adapters.work import Bound
from core.errors import Refused
from core.messages import render
from core.origins import is_link
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Audience, Document, Scope

CHECKED = 50
"""Links that are looked at for one wish."""
MINUTES = 10
"""Between two such wishes in a channel."""
SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class Refreshing:
    """Looks at the links of a platform."""

    saseo: Saseo
    checks: Bound = field(default_factory=lambda: Bound(1, seconds=MINUTES * 60.0))

    async def refresh(self, place: str, *, scope: Scope, locale: str) -> str:
        """What became of the links that were shared for the people of a scope, in words for whoever asked.

        `place` names the channel. Raises Unavailable.
        """
        page = await self.saseo.catalogue.page(DocumentFilter(audience=Audience.of(scope)), limit=500)
        links = [document for document in page.documents if is_link(document)][:CHECKED]
        if not links:
            return render("wishes.refresh_none", locale)
        if not self.checks.allows(place):
            return render("wishes.refresh_again", locale, minutes=MINUTES)
        room = asyncio.Semaphore(SIDE_BY_SIDE)

        async def look(document: Document) -> tuple[bool, bool]:
            async with room:
                try:
                    added = await self.saseo.roots.refresh(document)
                except Refused:
                    return False, True
            return added.changed, added.document.error is not None

        looked = await asyncio.gather(*map(look, links))
        changed, failed = (sum(one[number] for one in looked) for number in (0, 1))
        return render("wishes.refreshed", locale, count=len(links), changed=changed, failed=failed)
