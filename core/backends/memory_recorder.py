"""Figures in memory: a small, real twin of the recorder, for tests and for programs that embed Saseo."""

from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.measuring import Counter, Gauge, Histogram, Metric

Series = tuple[str, tuple[tuple[str, str], ...]]
SPANS_KEPT = 1000
_around: ContextVar[str] = ContextVar("around", default="")


class MemoryRecorder:
    """`Recorder` in memory: totals, and the names of the latest spans with the one around each."""

    def __init__(self) -> None:
        self._values: dict[Series, float] = {}
        self._times: Tally[Series] = Tally()
        self.spans: list[tuple[str, str]] = []
        """Name, and name of the span around it or nothing, in the order in which they ended."""

    def add(self, counter: Counter, amount: float = 1.0, /, **labels: str) -> None:
        """There is so much more of it."""
        self._values[_series(counter, labels)] = self.value(counter, **labels) + amount

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """There is so much of it now."""
        self._values[_series(gauge, labels)] = value

    def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
        """It took so long once."""
        series = _series(histogram, labels)
        self._values[series] = self._values.get(series, 0.0) + seconds
        self._times[series] += 1

    @contextmanager
    def span(self, name: str, /, **attributes: str) -> Iterator[None]:  # noqa: ARG002 - it is the port's
        """A part of a trace."""
        around = _around.get()
        _around.set(name)
        try:
            yield
        finally:
            # Set, not reset: a generator may be closed in another context than the one it began in.
            _around.set(around)
            self.spans = [*self.spans, (name, around)][-SPANS_KEPT:]

    def value(self, metric: Metric, /, **labels: str) -> float:
        """What was counted, what was set, or the seconds of all times together."""
        return self._values.get(_series(metric, labels), 0.0)

    def times(self, histogram: Histogram, /, **labels: str) -> int:
        """How often it was observed."""
        return self._times[_series(histogram, labels)]


def _series(metric: Metric, labels: dict[str, str]) -> Series:
    if set(labels) != set(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}")
    return metric.name, tuple(sorted(labels.items()))
