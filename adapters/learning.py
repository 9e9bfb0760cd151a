"""Reads what was shared: a few things at a time, each to an outcome that can be told."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from adapters.forgetting import Forgetting
from adapters.sharing import Item, Offer, Outcome
from core.errors import Refused, SaseoError, Unavailable
from core.library import Added
from core.origins import link_origin
from core.types import Scope, Session

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Things that are fetched and read side by side: each may be as large as the largest file."""
WAITS = (2.0, 8.0, 30.0)
"""Seconds between attempts while something is away."""
MOST_ATTEMPTS = 50
"""What ended the process so often is set aside. It may just have waited while something else did: hence so many."""
GONE = "knowledge.gone"


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was fetched."""

    data: bytes = field(repr=False)
    name: str
    media_type: str | None = None
    title: str | None = None
    url: str | None = None
    """Where people open it."""


Fetch = Callable[[Item], Awaitable[Content]]
"""Fetches a file. Raises Refused or Unavailable; Refused with the code `knowledge.gone` where it was deleted."""
Scoped = Callable[[], Awaitable[Scope]]
"""Who may read what is shared there, as of now."""


@dataclass(slots=True)
class Learning:
    """Reads for one platform. Nothing here raises: whatever goes wrong is an outcome."""

    forgetting: Forgetting
    at_once: int = AT_ONCE
    waits: Sequence[float] = WAITS
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.at_once)

    async def read(self, offer: Offer, *, fetch: Fetch, scope: Scoped, since: int, attempt: int = 1) -> list[Outcome]:
        """Reads everything of an offer; `since` is the moment of `Vanished` at which its message was seen."""
        work = [self._outcome(offer, item, fetch=fetch, scope=scope, since=since) for item in offer.items]
        outcomes = await asyncio.gather(*work)
        # What an earlier attempt has read but not told is no old acquaintance.
        return [replace(outcome, changed=outcome.changed or attempt > 1) for outcome in outcomes]

    async def set_aside(self, offer: Offer, *, times: int) -> list[Outcome]:
        """Leaves everything of an offer unread that was tried so many times."""
        log.error("set aside after %d attempts: %s", times, offer.id)
        return [
            await self._refused(offer, item, Refused("sharing.set_aside", name=item.name, count=times))
            for item in offer.items
        ]

    async def _outcome(self, offer: Offer, item: Item, *, fetch: Fetch, scope: Scoped, since: int) -> Outcome:
        try:
            added = await self._patiently(offer, item, fetch=fetch, scope=scope, since=since)
            if added is None:
                return Outcome(item)
            await self.forgetting.book.forget(str(offer.share(item)), session=offer.session)
        except SaseoError as error:
            return Outcome(item) if error.code == GONE else await self._refused(offer, item, error)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("reading what was shared failed (reference %s)", reference)
            return await self._refused(offer, item, Refused("chat.bug", reference=reference))
        found = added.document
        return Outcome(item, found.title, found.passage_count, added.changed, found.id)

    async def _patiently(self, offer: Offer, item: Item, *, fetch: Fetch, scope: Scoped, since: int) -> Added | None:
        for wait in self.waits:
            try:
                return await self._added(offer, item, fetch=fetch, scope=scope, since=since)
            except Unavailable as error:
                log.warning("reading again in %.0f s: %s", wait, error.code)
            await asyncio.sleep(wait)
        return await self._added(offer, item, fetch=fetch, scope=scope, since=since)

    async def _added(self, offer: Offer, item: Item, *, fetch: Fetch, scope: Scoped, since: int) -> Added | None:
        """The document, for those who may read it by now; None where it was taken away meanwhile."""
        share, origin = offer.share(item), origin_of(item, offer.session)
        knowledge, vanished = self.forgetting.knowledge, self.forgetting.vanished
        async with self._room:
            content = await fetch(item) if item.kind == "file" else None
            wanted = await scope()
            if vanished.has(share, origin=origin, since=since):
                return None
            if content is None:
                added = await knowledge.share_link(item.id, scope=wanted, share=share)
            else:
                added = await knowledge.share_file(
                    content.data,
                    name=content.name,
                    origin=origin,
                    scope=wanted,
                    share=share,
                    media_type=content.media_type,
                    title=content.title,
                    url=content.url,
                )
        # Whatever came between the look at the place and the note of the share is made up for.
        if vanished.has(share, origin=origin, since=since):
            await knowledge.unshare(str(share))
            return None
        present = await scope()
        if present != wanted:
            await knowledge.rescope(str(share), present)
        return added

    async def _refused(self, offer: Offer, item: Item, error: SaseoError) -> Outcome:
        try:
            await self.forgetting.book.refused(offer.share(item), item.name, error)
        except Unavailable as trouble:
            log.warning("a refusal could not be noted: %s", trouble.code)
        return Outcome(item, refusal=error)


def origin_of(item: Item, session: Session) -> str:
    """The name of a file or a link among documents, the same wherever it is shared in a workspace."""
    return link_origin(item.id, workspace=session.home) if item.kind == "link" else f"{session.home}:file:{item.id}"
