"""Figures of the latest times."""

from core.recent import Recent


def test_nothing_measured_is_nothing() -> None:
    assert Recent().summary() == {"mean": 0.0, "p50": 0.0, "p95": 0.0, "p99": 0.0}


def test_the_figures_are_of_the_latest_times_alone() -> None:
    recent = Recent(kept=100)
    for number in range(1, 201):
        recent.add(float(number))
    assert recent.summary() == {"mean": 150.5, "p50": 151.0, "p95": 196.0, "p99": 200.0}
