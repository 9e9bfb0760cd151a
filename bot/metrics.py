"""Keeps what was measured for Prometheus, in bounded memory."""

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from core.measuring import SECONDS, STAGE_SECONDS, Counter, Gauge, Histogram, Metric
from core.metrics import METRICS, QUESTION_SECONDS
from core.recent import Recent

Spans = Callable[[str, Mapping[str, str]], AbstractContextManager[None]]
MOST_SERIES = 500
"""Of one metric; whatever comes then is counted under `OTHER`, so that no label can fill the memory."""
OTHER = "other"
TOLD = (QUESTION_SECONDS, STAGE_SECONDS)
"""Times that are told to people as well; each has one label, whose words are the program's own."""


def no_spans(_name: str, _attributes: Mapping[str, str]) -> AbstractContextManager[None]:
    """Nobody wants traces."""
    return nullcontext()


class PrometheusRecorder:
    """`Recorder` over Prometheus' client."""

    def __init__(self, spans: Spans = no_spans) -> None:
        # When a figure began to be counted is a second series for each, which nobody asks for.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._families = {metric: _family(metric, self.registry) for metric in METRICS}
        self._series: dict[tuple[Metric, tuple[str | None, ...]], Any] = {}
        self._count: Tally[Metric] = Tally()
        self._recent: dict[Metric, dict[str, Recent]] = {metric: {} for metric in TOLD}
        self._spans = spans

    def add(self, counter: Counter, amount: float = 1.0, /, **labels: str) -> None:
        """There is so much more of it."""
        self._one(counter, labels).inc(amount)

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """There is so much of it now."""
        self._one(gauge, labels).set(value)

    def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
        """It took so long once."""
        self._one(histogram, labels).observe(seconds)
        if histogram in TOLD:
            (word,) = labels.values()
            self._recent[histogram].setdefault(word, Recent()).add(seconds)

    def span(self, name: str, /, **attributes: str) -> AbstractContextManager[None]:
        """A part of a trace, where somebody wants traces."""
        return self._spans(name, attributes)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)

    def times(self, histogram: Histogram) -> dict[str, Mapping[str, float]]:
        """The latest times of something that is told to people, by its label, in seconds."""
        return {word: recent.summary() for word, recent in self._recent[histogram].items()}

    def _one(self, metric: Metric, labels: dict[str, str]) -> Any:
        values = tuple(map(labels.get, metric.labels))
        series = self._series.get((metric, values))
        return self._new(metric, values, labels) if series is None else series

    def _new(self, metric: Metric, values: tuple[str | None, ...], labels: dict[str, str]) -> Any:
        if labels.keys() != set(metric.labels):
            raise ValueError(f"{metric.name} has the labels {metric.labels}")
        family = self._families[metric]
        if self._count[metric] >= MOST_SERIES:
            return family.labels(*([OTHER] * len(values)))
        self._count[metric] += 1
        series = family.labels(*values) if values else family
        self._series[metric, values] = series
        return series


def _family(metric: Metric, registry: CollectorRegistry) -> MetricWrapperBase:
    if isinstance(metric, Counter):
        return prometheus_client.Counter(metric.name, metric.text, metric.labels, registry=registry)
    if isinstance(metric, Gauge):
        return prometheus_client.Gauge(metric.name, metric.text, metric.labels, registry=registry)
    return prometheus_client.Histogram(metric.name, metric.text, metric.labels, registry=registry, buckets=SECONDS)
