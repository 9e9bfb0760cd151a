"""Rate limits by method and workspace, and of posts by channel, on the fake's clock."""

import math
from collections import defaultdict, deque
from collections.abc import Mapping

from tests.fakes.slack.catalogue import Catalogue
from tests.fakes.slack.clock import Clock
from tests.fakes.slack.errors import RateLimited
from tests.fakes.slack.state import Json
from tests.fakes.slack.world import App

PER_MINUTE: Mapping[int | None, int] = {1: 1, 2: 20, 3: 50, 4: 100, None: 600}
SPECIAL: Mapping[str, int] = {
    "chat.postMessage": 300,
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
    "apps.connections.open": 50,
}
"""Methods whose figure the descriptions do not tell or must not be missed where they are absent."""
READING = frozenset({"conversations.history", "conversations.replies"})
POST_BURST = 5
"""Posts that a channel takes at once before it asks for one a second."""


class RateLimits:
    """Counts calls in the last minute; `off` lets everything pass."""

    def __init__(self, clock: Clock, catalogue: Catalogue, app: App) -> None:
        self.clock = clock
        self.app = app
        self.catalogue = catalogue
        self.off = False
        self.per_minute: dict[str, int] = {}
        """Figures that a test sets, by method."""
        self._recent: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def check(self, method: str, team_id: str, arguments: Json) -> None:
        """Counts a call. Raises RateLimited where there were too many."""
        if self.off:
            return
        now = self.clock.now()
        recent = self._recent[method, team_id]
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self.allowed(method):
            raise RateLimited(max(1, math.ceil(recent[0] + 60 - now)) if recent else 60)
        if method == "chat.postMessage":
            self._check_channel(str(arguments.get("channel")), now)
        recent.append(now)

    def allowed(self, method: str) -> int:
        """Calls a minute."""
        if method in READING and not self.app.marketplace:
            return 1
        return self.per_minute.get(method) or SPECIAL.get(method) or PER_MINUTE[self.catalogue.tier(method)]

    def _check_channel(self, channel_id: str, now: float) -> None:
        tokens, at = self._posts.get(channel_id, (float(POST_BURST), now))
        tokens = min(POST_BURST, tokens + now - at)
        if tokens < 1:
            raise RateLimited(max(1, math.ceil(1 - tokens)))
        self._posts[channel_id] = (tokens - 1, now)
