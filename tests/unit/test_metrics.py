"""What a recorder promises, of the one for Prometheus and of its twin in memory."""

from collections.abc import Callable

import pytest

from bot.metrics import MOST_SERIES, OTHER, PrometheusRecorder
from core.backends.memory_recorder import MemoryRecorder
from core.measuring import STAGE_SECONDS, Metric, Recorder
from core.metrics import HTTP_REQUESTS, LOOP_LAG, QUESTION_SECONDS, QUESTIONS, QUESTIONS_UNDER_WAY, REFRESH_LAG

Value = Callable[..., float | None]


def read(recorder: PrometheusRecorder) -> Value:
    """What Prometheus would read; the seconds of all times together."""

    def value(metric: Metric, **labels: str) -> float | None:
        ending = "_sum" if metric in (STAGE_SECONDS, QUESTION_SECONDS, LOOP_LAG) else ""
        return recorder.registry.get_sample_value(metric.name + ending, labels)

    return value


@pytest.fixture(params=["memory", "prometheus"])
def both(request: pytest.FixtureRequest) -> tuple[Recorder, Value]:
    if request.param == "memory":
        memory = MemoryRecorder()
        return memory, memory.value
    recorder = PrometheusRecorder()
    return recorder, read(recorder)


def test_what_is_added_adds_up_by_its_labels(both: tuple[Recorder, Value]) -> None:
    recorder, value = both
    recorder.add(QUESTIONS, platform="slack", outcome="answered")
    recorder.add(QUESTIONS, 2, outcome="answered", platform="slack")
    recorder.add(QUESTIONS, platform="discord", outcome="answered")
    assert value(QUESTIONS, platform="slack", outcome="answered") == 3
    assert value(QUESTIONS, platform="discord", outcome="answered") == 1


def test_what_is_set_is_what_was_set_last(both: tuple[Recorder, Value]) -> None:
    recorder, value = both
    recorder.set(QUESTIONS_UNDER_WAY, 5)
    recorder.set(QUESTIONS_UNDER_WAY, 2)
    assert value(QUESTIONS_UNDER_WAY) == 2


def test_times_are_summed_up(both: tuple[Recorder, Value]) -> None:
    recorder, value = both
    recorder.observe(STAGE_SECONDS, 0.25, stage="retrieve")
    recorder.observe(STAGE_SECONDS, 0.5, stage="retrieve")
    assert value(STAGE_SECONDS, stage="retrieve") == 0.75


@pytest.mark.parametrize("labels", [{}, {"platform": "slack"}, {"platform": "slack", "outcome": "a", "user": "U1"}])
def test_other_labels_than_those_of_a_figure_are_a_bug(both: tuple[Recorder, Value], labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="saseo_questions_total"):
        both[0].add(QUESTIONS, **labels)


def test_a_span_holds_and_lets_errors_through(both: tuple[Recorder, Value]) -> None:
    with pytest.raises(KeyError), both[0].span("question", platform="slack"):
        raise KeyError


def test_however_many_words_a_label_has_the_memory_is_bounded() -> None:
    recorder = PrometheusRecorder()
    for number in range(MOST_SERIES * 3):
        recorder.add(HTTP_REQUESTS, route=f"/{number}", status="2xx")
    lines = [line for line in recorder.text().decode().splitlines() if line.startswith(HTTP_REQUESTS.name)]
    assert len(lines) == MOST_SERIES + 1
    assert read(recorder)(HTTP_REQUESTS, route=OTHER, status=OTHER) == MOST_SERIES * 2


def test_times_are_counted_from_five_milliseconds_to_a_minute() -> None:
    recorder = PrometheusRecorder()
    for seconds in (0.004, 4.0, 59.0, 61.0):
        recorder.observe(LOOP_LAG, seconds)
    counted = {
        edge: recorder.registry.get_sample_value(f"{LOOP_LAG.name}_bucket", {"le": edge})
        for edge in ("0.005", "5.0", "60.0", "+Inf")
    }
    assert counted == {"0.005": 1, "5.0": 2, "60.0": 3, "+Inf": 4}


def test_people_are_told_of_the_latest_times_by_their_word() -> None:
    recorder = PrometheusRecorder()
    for seconds in (1.0, 3.0):
        recorder.observe(QUESTION_SECONDS, seconds, platform="slack")
    recorder.observe(LOOP_LAG, 1.0)
    assert recorder.times(QUESTION_SECONDS) == {"slack": {"mean": 2.0, "p50": 3.0, "p95": 3.0, "p99": 3.0}}
    assert recorder.times(STAGE_SECONDS) == {}


def test_the_figures_of_the_process_are_there_and_nothing_is_there_twice() -> None:
    recorder = PrometheusRecorder()
    recorder.set(REFRESH_LAG, 1)
    names = [line.split(" ")[0] for line in recorder.text().decode().splitlines() if not line.startswith("#")]
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} <= set(names)
    assert len(names) == len(set(names))
    assert not [name for name in names if name.endswith("_created")]
