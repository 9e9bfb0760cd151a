"""Rate limits on the fake's clock: a bucket for each route and major parameter, and the global one."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from tests.fakes.discord.state import Json
from tests.fakes.slack.clock import Clock

FIGURES: Mapping[str, tuple[int, float]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "GET /channels/{channel_id}/messages": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "POST /channels/{channel_id}/typing": (5, 5.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
    "POST /users/@me/channels": (10, 10.0),
}
"""Requests and seconds; Discord does not publish them, these are what it was seen to send."""
OTHERS = (50, 1.0)
GLOBAL_PER_SECOND = 50
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id")


@dataclass(slots=True)
class Window:
    """The requests of one bucket since it began to count."""

    started: float
    used: int = 0


class Limited(Exception):
    """Too many requests; to be tried again after so many seconds."""

    def __init__(self, retry_after: float, *, is_global: bool, headers: Mapping[str, str]) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after
        self.is_global = is_global
        self.headers = headers

    @property
    def body(self) -> Json:
        told = {"message": "You are being rate limited.", "retry_after": self.retry_after, "global": self.is_global}
        return told | {"code": 0}


class RateLimits:
    """Counts requests; `off` lets everything pass and sends no headers."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.off = False
        self.figures: dict[str, tuple[int, float]] = dict(FIGURES)
        """Requests and seconds by route; a test may set its own."""
        self.global_per_second = GLOBAL_PER_SECOND
        self.hits = 0
        """How often somebody was refused by the limits themselves."""
        self._windows: dict[str, Window] = {}

    def check(self, route: str, path: Mapping[str, str]) -> dict[str, str]:
        """Counts a request and returns the headers of its answer. Raises Limited where there were too many."""
        if self.off:
            return {}
        now = self.clock.now()
        if not route.partition(" ")[2].startswith(("/interactions", "/webhooks")):
            self._count_globally(now)
        limit, seconds = self.figures.get(route, OTHERS)
        bucket = hashlib.md5(route.encode(), usedforsecurity=False).hexdigest()
        window = self._window(f"{bucket}:{'+'.join(path[one] for one in MAJOR if one in path)}", now, seconds)
        left = limit - window.used - 1
        resets = window.started + seconds
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{resets:.3f}",
            "X-RateLimit-Reset-After": f"{max(resets - now, 0.001):.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        if left < 0:
            self.hits += 1
            raise Limited(_rounded(resets - now), is_global=False, headers=headers | {"X-RateLimit-Scope": "user"})
        window.used += 1
        return headers

    def _count_globally(self, now: float) -> None:
        window = self._window("global", now, 1.0)
        if window.used >= self.global_per_second:
            self.hits += 1
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            raise Limited(_rounded(window.started + 1 - now), is_global=True, headers=headers)
        window.used += 1

    def _window(self, key: str, now: float, seconds: float) -> Window:
        window = self._windows.get(key)
        if window is None or now >= window.started + seconds:
            window = self._windows[key] = Window(now)
        return window


def _rounded(seconds: float) -> float:
    """Up to the millisecond, so that whoever waits as long has waited long enough."""
    return max(math.ceil(seconds * 1000), 1) / 1000
