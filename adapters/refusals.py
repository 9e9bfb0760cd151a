"""What was shared in a channel and could not be read, kept with the channel's settings so that people can look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.sharing import refused
from core.channels import ChannelSettings
from core.errors import Refused, SaseoError
from core.messages import catalogue
from core.remembered_channels import RememberedChannels
from core.shares import Share, covers
from core.types import Session, now

KEPT = 10
"""In a channel; older ones go."""
FIELD = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not read."""

    share: Share
    name: str
    error: SaseoError
    at: datetime

    def text(self, locale: str) -> str:
        """Why, and what to do next."""
        return refused(self.name, self.error, locale)


@dataclass(slots=True)
class ChannelBook:
    """What was not read, among what is kept for channels."""

    channels: RememberedChannels
    clock: Callable[[], datetime] = now

    async def refused(self, share: Share, name: str, error: SaseoError) -> None:
        """Notes that something was not read, in place of what was noted of it before."""
        details = {key: value for key, value in error.details.items() if isinstance(value, str | int | float)}
        row = {"share": str(share), "name": name, "code": error.code, "details": details, "at": self._moment()}
        await self.channels.change(share.session, lambda known: _with(known, [*_without(known, str(share)), row]))

    async def forget(self, prefix: str, *, session: Session) -> None:
        """It was read after all, or is there no more; prefixes as in `core.shares.covers`."""
        if _rows(await self.channels.get(session)):
            await self.channels.change(session, lambda known: _with(known, _without(known, prefix)))

    async def listed(self, session: Session) -> Sequence[Refusal]:
        """The latest first."""
        rows = _rows(await self.channels.get(session))
        return [_refusal(row) for row in reversed(rows) if row["code"] in catalogue("en")]

    def _moment(self) -> str:
        return self.clock().isoformat()


def _rows(settings: ChannelSettings) -> list[Mapping[str, Any]]:
    return list(settings.more.get(FIELD, ()))


def _without(settings: ChannelSettings, prefix: str) -> list[Mapping[str, Any]]:
    return [row for row in _rows(settings) if not covers(prefix, row["share"])]


def _with(settings: ChannelSettings, rows: Sequence[Mapping[str, Any]]) -> ChannelSettings:
    return replace(settings, more={**settings.more, FIELD: list(rows[-KEPT:])})


def _refusal(row: Mapping[str, Any]) -> Refusal:
    error = Refused(row["code"], **row["details"])
    return Refusal(Share.parse(row["share"]), row["name"], error, datetime.fromisoformat(row["at"]))
