"""The latest times of something, as figures for people; Prometheus has histograms of its own."""

import statistics
from collections import deque
from collections.abc import Mapping

KEPT = 1000


class Recent:
    """The last times, in seconds. It never holds more than `kept` of them."""

    def __init__(self, *, kept: int = KEPT) -> None:
        self._times: deque[float] = deque(maxlen=kept)

    def add(self, seconds: float) -> None:
        """It took so long once more."""
        self._times.append(seconds)

    def summary(self) -> Mapping[str, float]:
        """Mean and percentiles in seconds; 0 where nothing was measured yet."""
        ordered = sorted(self._times)
        return {
            "mean": round(statistics.fmean(ordered), 4) if ordered else 0.0,
            **{f"p{percent}": _percentile(ordered, percent) for percent in (50, 95, 99)},
        }


def _percentile(ordered: list[float], percent: int) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 4)
