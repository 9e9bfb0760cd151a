"""How long a site says that its page stays as it is, by RFC 9111: pure rules, the clock is handed in.

Saseo reads like a browser: `s-maxage` and `private` are for caches between it and the site, and change nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_DIGITS = 10
HEURISTIC = 0.1
"""Of the time since the last change (RFC 9111, 4.2.2), for a page that says nothing itself."""

_DIRECTIVE = re.compile(r"(?:^|,)\s*([A-Za-z-]+)\s*(?:=\s*(\"[^\"]*\"|[^,\"]*))?")


def fresh_for(headers: Mapping[str, str], *, now: datetime) -> float:
    """Seconds from now on; 0 where the page may change at any moment. Headers by lower-case name."""
    directives = _directives(headers.get("cache-control", ""))
    # With a value, no-cache speaks of single headers.
    if "no-store" in directives or directives.get("no-cache", "-") == "":
        return 0.0
    lifetime = _lifetime(directives, headers, now=now)
    if lifetime is not None:
        return max(lifetime - _seconds(headers.get("age", "")), 0.0)
    changed = moment(headers.get("last-modified", ""))
    return max((now - changed).total_seconds() * HEURISTIC, 0.0) if changed else 0.0


def is_immutable(headers: Mapping[str, str]) -> bool:
    """Whether asking before it is stale would be in vain (RFC 8246)."""
    return "immutable" in _directives(headers.get("cache-control", ""))


def moment(text: str) -> datetime | None:
    """The moment that a header names; None where it names none."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _lifetime(directives: Mapping[str, str], headers: Mapping[str, str], *, now: datetime) -> float | None:
    """What the site says itself; what cannot be read counts as no time at all (4.2.1, 5.3)."""
    if "max-age" in directives:
        return _seconds(directives["max-age"])
    if "expires" not in headers:
        return None
    expires, sent = moment(headers["expires"]), moment(headers.get("date", "")) or now
    return (expires - sent).total_seconds() if expires else 0.0


def _directives(header: str) -> dict[str, str]:
    """Directives by their lower-case names; the first of a kind counts."""
    found: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(header):
        found.setdefault(name.lower(), value.strip().strip('"'))
    return found


def _seconds(text: str) -> float:
    text = text.strip()
    return float(text[:MOST_DIGITS]) if text.isascii() and text.isdigit() else 0.0
