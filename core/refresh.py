"""When a link is looked at again, and what a look leaves on its document: pure rules, the clock is handed in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.errors import Refused, SaseoError
from core.freshness import fresh_for, is_immutable, moment
from core.types import Document, digest

GONE = "fetch.gone"
DEAD_AFTER = 5
"""So many checks in a row that find the page gone make a link dead."""

SHORTEST = 1.0
FIRST_RETRY = 300.0
DAY = 86_400.0
WEEK = 7 * DAY
YEAR = 365 * DAY
STRETCH = 4
"""A page that says it stays fresh is checked at most so many times less often than its own pace."""
SOONER = 0.5
LATER = 1.5
"""By which an interval grows and shrinks: they balance where a third of the looks find a change."""
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often links are looked at, in seconds; `first` goes before the bounds where it lies outside them."""

    first: int = 3600
    """To begin with; 0: never."""
    least: int = 900
    most: int = 86_400

    def bounded(self, seconds: float) -> float:
        """The nearest interval within the bounds."""
        most = max(self.most, self.least, self.first)
        return min(max(seconds, SHORTEST, min(self.least, self.first)), most, YEAR)


NEVER = Rhythm(first=0)


def after_success(
    document: Document, *, now: datetime, rhythm: Rhythm, changed: bool, headers: Mapping[str, str] | None = None
) -> Document:
    """The document after its link was fetched: ready, read now, its next check set.

    A page that has `changed` is looked at sooner next time, and one that has not later: so it is looked at about
    twice as often as it changes. `headers` are those of the answer, by lower-case name.
    """
    pace = document.pace if document.refresh_seconds is not None else _learned(document, rhythm, changed=changed)
    document = replace(document, pace=pace)
    seconds = _interval(document, rhythm)
    if document.refresh_seconds is None:
        seconds = min(_stretched(seconds, headers or {}, now=now), rhythm.bounded(YEAR))
    return replace(
        document,
        state="ready",
        read_at=now,
        failures=0,
        error=None,
        next_check_at=_due(now, _spread(document, seconds)),
    )


def after_failure(document: Document, error: SaseoError, *, now: datetime, rhythm: Rhythm) -> Document:
    """The document after its link could not be fetched or read. What it knew stays.

    Checks back off exponentially. `failures` counts checks in a row that ended alike, gone or otherwise wrong;
    a link that was gone `DEAD_AFTER` times in a row is dead and not checked again by itself.
    """
    gone = error.code == GONE
    failures = document.failures + 1 if gone == (document.error == Refused(GONE).text()) else 1
    failed = replace(document, failures=failures, error=error.text())
    if gone and failures >= DEAD_AFTER:
        return replace(failed, state="dead", next_check_at=None)
    interval = _interval(document, rhythm)
    if not interval:
        return replace(failed, next_check_at=None)
    seconds = _spread(document, _backoff(error, failures, interval=interval))
    return replace(failed, next_check_at=_due(now, max(seconds, _asked(error))))


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date; None where it says nothing usable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), WEEK)
    asked = moment(text)
    return None if asked is None else min(max((asked - now).total_seconds(), 0.0), WEEK)


def _learned(document: Document, rhythm: Rhythm, *, changed: bool) -> int | None:
    """The pace that this look teaches; at the first look there is nothing to compare with."""
    if document.pace is None:
        return rhythm.first or None
    return round(rhythm.bounded(document.pace * (SOONER if changed else LATER)))


def _interval(document: Document, rhythm: Rhythm) -> float:
    if document.refresh_seconds is not None:
        return min(max(float(document.refresh_seconds), SHORTEST), YEAR) if document.refresh_seconds > 0 else 0.0
    return rhythm.bounded(document.pace or rhythm.first) if rhythm.first > 0 else 0.0


def _stretched(interval: float, headers: Mapping[str, str], *, now: datetime) -> float:
    """Later for a page that says it stays fresh, or that has not changed for long."""
    most = math.inf if is_immutable(headers) else interval * STRETCH
    return min(max(interval, fresh_for(headers, now=now)), most)


def _backoff(error: SaseoError, failures: int, *, interval: float) -> float:
    """Soon after a passing fault, at the interval after one that somebody must mend; longer each time."""
    first = interval if isinstance(error, Refused) else min(interval, FIRST_RETRY)
    return min(first * 2.0 ** min(failures - 1, 30), max(interval, DAY))


def _asked(error: SaseoError) -> float:
    """How long the site asked us to stay away."""
    asked = error.details.get("retry_after")
    return min(float(asked), WEEK) if isinstance(asked, int | float) else 0.0


def _spread(document: Document, seconds: float) -> float:
    """A tenth more or less, so that links added together are not fetched together for ever."""
    share = int(digest(document.id)[:8], 16) / 0xFFFF_FFFF
    return seconds * (1 + JITTER * (2 * share - 1))


def _due(now: datetime, seconds: float) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds else None
