"""When a link is looked at again, and what a look leaves on its document: pure rules, the clock is handed in."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from core.errors import Refused, SaseoError
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
"""A page that seldom changes is checked at most so many times less often than the default interval."""
JITTER = 0.1

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def after_success(
    document: Document, *, now: datetime, default_interval: int, headers: Mapping[str, str] | None = None
) -> Document:
    """The document after its link was fetched, changed or not: ready, read now, its next check set.

    `default_interval` is in seconds and holds where the document names none of its own; 0 means never again.
    `headers` are those of the answer, by lower-case name.
    """
    seconds = _interval(document, default_interval)
    if document.refresh_seconds is None:
        seconds = _stretched(seconds, headers or {}, now=now)
    return replace(
        document,
        state="ready",
        read_at=now,
        failures=0,
        error=None,
        next_check_at=_due(now, _spread(document, seconds)),
    )


def after_failure(document: Document, error: SaseoError, *, now: datetime, default_interval: int) -> Document:
    """The document after its link could not be fetched or read. What it knew stays.

    Checks back off exponentially. `failures` counts checks in a row that ended alike, gone or otherwise wrong;
    a link that was gone `DEAD_AFTER` times in a row is dead and not checked again by itself.
    """
    gone = error.code == GONE
    failures = document.failures + 1 if gone == (document.error == Refused(GONE).text()) else 1
    failed = replace(document, failures=failures, error=error.text())
    if gone and failures >= DEAD_AFTER:
        return replace(failed, state="dead", next_check_at=None)
    interval = _interval(document, default_interval)
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
    moment = _moment(text)
    return None if moment is None else min(max((moment - now).total_seconds(), 0.0), WEEK)


def _interval(document: Document, default_interval: int) -> float:
    seconds = default_interval if document.refresh_seconds is None else document.refresh_seconds
    return min(max(float(seconds), SHORTEST), YEAR) if seconds > 0 else 0.0


def _stretched(interval: float, headers: Mapping[str, str], *, now: datetime) -> float:
    """Later for a page that says it stays fresh, or that has not changed for long (a tenth of its age, RFC 9111)."""
    fresh = _MAX_AGE.search(headers.get("cache-control", ""))
    lifetime = float(fresh[1]) if fresh else 0.0
    changed = _moment(headers.get("last-modified", ""))
    age = (now - changed).total_seconds() if changed else 0.0
    return min(max(interval, lifetime, age / 10), interval * STRETCH)


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


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
