"""Counts requests and their times, for people and for Prometheus."""

import time
from typing import Any

from core.metrics import HTTP_REQUESTS, HTTP_SECONDS
from core.recent import Recent
from core.saseo import Saseo

SERVER_FAULT = 500


class Traffic:
    """Requests since the start, in bounded memory."""

    def __init__(self, saseo: Saseo) -> None:
        self._saseo = saseo
        self._times = Recent()
        self._started = time.monotonic()
        self._total = 0
        self._failed = 0

    def count(self, route: str, *, status: int, seconds: float) -> None:
        """Notes one response. `route` is the pattern of the path, so that the number of series stays small."""
        recorder = self._saseo.recorder
        recorder.add(HTTP_REQUESTS, route=route, status=f"{status // 100}xx")
        recorder.observe(HTTP_SECONDS, seconds, route=route)
        self._times.add(seconds)
        self._total += 1
        self._failed += status >= SERVER_FAULT

    def summary(self) -> dict[str, Any]:
        """Totals since the start, times in seconds over the last requests."""
        return {
            "uptime_seconds": round(time.monotonic() - self._started, 1),
            "requests": {
                "total": self._total,
                "failed": self._failed,
                "success_rate": round(1 - self._failed / self._total, 4) if self._total else 1.0,
            },
            "response_time": self._times.summary(),
        }
