"""What was changed, by whom and when: names of people and things, never what was said or written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.types import Scope, now

CHANNEL_CHANGED = "channel.changed"
DOCUMENT_ADDED = "document.added"
"""Somebody has decided something for a channel."""
LONGEST = 500
"""Characters of each part of a deed."""
DAYS = 365
"""So long deeds are kept where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did."""

    who: str
    """`slack:T1:U1`, `discord:1`, or `token` for whoever has the token."""
    what: str
    """A name such as `document.forgotten`; the catalogues of messages have a text for it."""
    thing: str = ""
    """The id of the document or the name of the place that it was done to."""
    workspace: str = ""
    """The workspace that the thing belongs to, spelled `slack:T1`; empty: none."""
    detail: str = ""
    """What it became, by name: a scope, a setting."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A deed as it stands in the log; a later one has a higher number."""

    number: int
    at: datetime
    deed: Deed


class Deeds(Protocol):
    """The store of the log. Nothing that stands in it is ever written over."""

    async def add(self, deed: Deed, *, at: datetime, oldest: datetime) -> None:
        """Adds a deed; what was added before `oldest` goes."""
        ...

    async def page(
        self, *, workspaces: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The latest deeds, newest first, before a number; only in these workspaces, or wherever."""
        ...

    async def erase(self, workspace: str) -> None:
        """Forgets what was done in a workspace."""
        ...


class AuditLog:
    """Notes every change, and keeps it for so many days."""

    def __init__(self, deeds: Deeds, *, days: int = DAYS, clock: Callable[[], datetime] = now) -> None:
        self._deeds = deeds
        self._kept = timedelta(days=days)
        self._clock = clock

    async def note(self, who: str, what: str, *, thing: str = "", workspace: str = "", detail: str = "") -> None:
        """Somebody has done something. Raises Unavailable."""
        present = self._clock()
        deed = Deed(*(part[:LONGEST] for part in (who, what, thing, workspace, detail)))
        await self._deeds.add(deed, at=present, oldest=present - self._kept)

    async def page(
        self, *, workspaces: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        """The latest deeds that are not too old, newest first."""
        oldest = self._clock() - self._kept
        found = await self._deeds.page(workspaces=workspaces, before=before, limit=limit)
        return [noted for noted in found if noted.at >= oldest]

    async def erase(self, workspace: str) -> None:
        """Forgets what was done in a workspace, spelled `slack:T1`."""
        await self._deeds.erase(workspace)


def workspace_of(scope: Scope) -> str:
    """The workspace that the people of a scope belong to, spelled `slack:T1`; empty: none."""
    kind, _, rest = scope.name.partition(":")
    platform, _, place = rest.partition(":")
    return "" if kind in ("public", "guide") else f"{platform}:{place.partition(':')[0]}"
