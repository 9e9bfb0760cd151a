"""Shares, changes and channel settings in memory: small, real twins of the durable ones."""

import json
from collections.abc import Collection, Sequence

from core.backends.waking import Waking
from core.backends.written import PAGE_LIMIT, channel_page, escape, place_after, place_key, raw
from core.changes import Change
from core.channels import ChannelPage, ChannelSettings, channel_of
from core.shares import Share, Shared, covers
from core.types import Session


class MemoryShares:
    """`Shares` in memory."""

    def __init__(self) -> None:
        self._shared: set[Shared] = set()
        self._orphans: set[str] = set()

    async def add(self, share: Share, document_id: str) -> None:
        """The document is shared there."""
        self._shared.add(Shared(share, document_id))
        self._orphans.discard(document_id)

    async def of(self, document_id: str, *, limit: int = 1000) -> Sequence[Share]:
        """Where a document was shared, by name."""
        found = sorted((one for one in self._shared if one.document_id == document_id), key=_order)
        return [one.share for one in found[: max(limit, 0)]]

    async def under(self, prefix: str, *, after: Shared | None = None, limit: int = 1000) -> Sequence[Shared]:
        """What was shared there, in order."""
        found = sorted((one for one in self._shared if covers(prefix, str(one.share))), key=_order)
        rest = [one for one in found if after is None or _order(one) > _order(after)]
        return rest[: max(limit, 0)]

    async def remove(self, shared: Collection[Shared]) -> Sequence[str]:
        """Removes these and returns the documents that are orphans by it."""
        removed = self._shared & set(shared)
        self._shared -= removed
        lost = {one.document_id for one in removed} - {one.document_id for one in self._shared} - self._orphans
        self._orphans |= lost
        return sorted(lost)

    async def drop(self, prefix: str) -> Sequence[str]:
        """Removes everything there and returns the documents that are orphans by it."""
        return await self.remove({one for one in self._shared if covers(prefix, str(one.share))})

    async def orphans(self, *, limit: int = 1000) -> Sequence[str]:
        """Documents that lost their last share and were not forgotten."""
        return sorted(self._orphans, key=escape)[: max(limit, 0)]

    def forget(self, document_ids: Collection[str]) -> None:
        """These documents are forgotten."""
        self._shared = {one for one in self._shared if one.document_id not in document_ids}
        self._orphans -= set(document_ids)


class MemoryChanges:
    """`Changes` in memory; the catalogue notes them."""

    def __init__(self) -> None:
        self._waking = Waking()
        self._noted: dict[tuple[str, str], Change] = {}

    async def pending(self, *, limit: int = 100) -> Sequence[Change]:
        """Oldest first."""
        return tuple(self._noted.values())[: max(limit, 0)]

    async def settled(self, change: Change) -> None:
        """It was followed up."""
        noted = self._noted.get((change.document_id, change.kind))
        if noted is not None and noted.version <= change.version:
            del self._noted[change.document_id, change.kind]

    async def waiting(self) -> None:
        """Returns when there may be something pending."""
        await self._waking.wait()

    def note(self, change: Change) -> None:
        """The latest change of its kind."""
        self._noted.pop((change.document_id, change.kind), None)
        self._noted[change.document_id, change.kind] = change
        self._waking.ring()

    def forget(self, document_ids: Collection[str]) -> None:
        """These documents are forgotten."""
        self._noted = {key: change for key, change in self._noted.items() if change.document_id not in document_ids}


class MemoryChannels:
    """`Channels` in memory."""

    def __init__(self) -> None:
        self._saved: dict[str, str] = {}

    async def get(self, session: Session) -> ChannelSettings:
        """The settings of the channel of a session."""
        saved = self._saved.get(place_key(channel_of(session)))
        return ChannelSettings.load(json.loads(saved)) if saved else ChannelSettings()

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces the settings of the channel of a session."""
        self._saved[place_key(channel_of(session))] = json.dumps(settings.dump())

    async def note(self, session: Session) -> None:
        """The channel is known from now on."""
        self._saved.setdefault(place_key(channel_of(session)), json.dumps(ChannelSettings().dump()))

    async def page(self, *, within: str = "", after: str | None = None, limit: int = 50) -> ChannelPage:
        """The channels that are known, by name."""
        most, first = min(max(limit, 1), PAGE_LIMIT), place_after(after)
        inside = [place for place in sorted(self._saved) if place > first and place.startswith(escape(within))]
        found = [(place, raw(self._saved[place])) for place in inside]
        return channel_page(found[: most + 1], limit=most)

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace."""
        self._saved = {place: saved for place, saved in self._saved.items() if not place.startswith(escape(prefix))}


def _order(shared: Shared) -> tuple[str, str]:
    return escape(str(shared.share)), escape(shared.document_id)
