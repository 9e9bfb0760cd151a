"""Counts requests and their times in bounded memory, for people and for Prometheus."""

import statistics
import time
from collections import deque
from typing import Any

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

REMEMBERED = 1000
"""Response times kept for the figures that people read; Prometheus has its own histogram."""


class Traffic:
    """Requests since the start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter("saseo_http_requests", "Requests", ["route", "status"], registry=self.registry)
        self._seconds = Histogram(
            "saseo_http_request_seconds", "Seconds to the end of a response", ["route"], registry=self.registry
        )
        self._times: deque[float] = deque(maxlen=REMEMBERED)
        self._started = time.monotonic()
        self._total = 0
        self._failed = 0

    def count(self, route: str, *, status: int, seconds: float) -> None:
        """Notes one response. `route` is the pattern of the path, so that the number of series stays small."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._times.append(seconds)
        self._total += 1
        self._failed += status >= 500

    def summary(self) -> dict[str, Any]:
        """Totals since the start, times in seconds over the last requests."""
        times = sorted(self._times)
        return {
            "uptime_seconds": round(time.monotonic() - self._started, 1),
            "requests": {
                "total": self._total,
                "failed": self._failed,
                "success_rate": round(1 - self._failed / self._total, 4) if self._total else 1.0,
            },
            "response_time": {
                "mean": round(statistics.fmean(times), 4) if times else 0.0,
                "p50": _percentile(times, 50),
                "p95": _percentile(times, 95),
                "p99": _percentile(times, 99),
            },
        }


def _percentile(ordered: list[float], percent: int) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 4)


def machine() -> dict[str, float]:
    """Memory of this process in bytes, processor and disk use in percent."""
    process = psutil.Process()
    return {
        "memory_bytes": process.memory_info().rss,
        "memory_percent": round(process.memory_percent(), 2),
        "cpu_percent": psutil.cpu_percent(interval=None),
        "disk_percent": psutil.disk_usage(".").percent,
    }
