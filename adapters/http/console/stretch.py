"""The days and the channel that a page looks back at, as its reader chose them, in the reader's own days."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Query, Request

from adapters.http.looking_back import FARTHEST
from core.answers import DAYS_KEPT
from core.review import QuestionFilter, begin, first_day
from core.types import now

COOKIE = "saseo_offset"
"""Minutes that the reader's days begin before those of UTC; a script of ours sets it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days, today the last of them, in one channel or in all (an empty name)."""

    days: int
    channel: str
    first: date
    shift: timedelta

    @property
    def since(self) -> datetime:
        """When it begins."""
        return begin(self.first, shift=self.shift)

    @property
    def query(self) -> Mapping[str, object]:
        """As a link of a page says it."""
        return {"days": self.days, **({"channel": self.channel} if self.channel else {})}

    def narrowed(self, where: QuestionFilter, workspaces: tuple[str, ...] | None) -> QuestionFilter:
        """The same questions, as far as they belong to it."""
        return replace(where, since=self.since, channel=self.channel or None, workspaces=workspaces)


async def chosen_stretch(
    request: Request,
    days: Annotated[int, Query(ge=1, le=DAYS_KEPT)] = 30,
    channel: Annotated[str, Query(max_length=500)] = "",
) -> Stretch:
    """What a request asks for."""
    shift = shift_of(request.cookies.get(COOKIE, ""))
    return Stretch(days, channel, first_day(days, present=now(), shift=shift), shift)


def shift_of(said: str) -> timedelta:
    """How much earlier than in UTC days begin where the reader is; not at all where that makes no sense."""
    digits = said.removeprefix("-")
    minutes = int(said) if digits.isascii() and digits.isdigit() and len(digits) <= len(str(FARTHEST)) else 0
    return timedelta(minutes=minutes if abs(minutes) <= FARTHEST else 0)
