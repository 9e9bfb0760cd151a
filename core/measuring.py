"""The port for what is measured: figures that are added up, and spans that say where the time of a question went."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from core.errors import Refused, Unavailable

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Upper bounds of the buckets that times are counted in."""


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A figure by its name in Prometheus. Labels never hold what people write, nor who or where they are."""

    name: str
    text: str
    """What it means, in one sentence."""
    labels: tuple[str, ...] = ()


class Counter(Metric):
    """What only grows."""

    __slots__ = ()


class Gauge(Metric):
    """What is so much at the moment."""

    __slots__ = ()


class Histogram(Metric):
    """Seconds that something took, counted in the buckets of `SECONDS`."""

    __slots__ = ()


class Recorder(Protocol):
    """Takes figures. Every label of the metric is given, and nothing here raises, waits or blocks."""

    def add(self, counter: Counter, amount: float = 1.0, /, **labels: str) -> None:
        """There is so much more of it."""
        ...

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """There is so much of it now."""
        ...

    def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
        """It took so long once."""
        ...

    def span(self, name: str, /, **attributes: str) -> AbstractContextManager[None]:
        """A part of a trace; what is begun within it is a part of it. May be held across awaits and yields."""
        ...


class Silent:
    """A recorder that keeps nothing."""

    def add(self, counter: Counter, amount: float = 1.0, /, **labels: str) -> None:
        """Nothing."""

    def set(self, gauge: Gauge, value: float, /, **labels: str) -> None:
        """Nothing."""

    def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
        """Nothing."""

    def span(self, name: str, /, **attributes: str) -> AbstractContextManager[None]:  # noqa: ARG002 - it is the port's
        """Nothing."""
        return nullcontext()


SILENT = Silent()

STAGE_SECONDS = Histogram("saseo_stage_seconds", "Seconds that a stage of the work took.", ("stage",))
STAGE_FAILURES = Counter("saseo_stage_failures_total", "Stages that ended in an error, by its kind.", ("stage", "kind"))


@contextmanager
def measured(recorder: Recorder, stage: str) -> Iterator[None]:
    """Records how long a stage takes and how it fails: `with measured(recorder, "retrieve"): ...`, also around awaits.

    What is cancelled took its time, and is no failure. `stage` is a fixed word of the program.
    """
    started = perf_counter()
    try:
        with recorder.span(stage):
            yield
    except Exception as error:
        recorder.add(STAGE_FAILURES, stage=stage, kind=_kind(error))
        raise
    finally:
        recorder.observe(STAGE_SECONDS, perf_counter() - started, stage=stage)


def _kind(error: Exception) -> str:
    if isinstance(error, Refused):
        return "refused"
    return "unavailable" if isinstance(error, Unavailable) else "error"
