"""Plots of the console as numbers: where columns stand, how high their parts are, and what the upper edge is."""

from datetime import date, timedelta

import pytest

from adapters.http.console.numbers import day_text, dollars, number, seconds_text
from adapters.http.console.plots import Part, Plot, Values, nice, overlaid, stacked
from adapters.http.console.stretch import shift_of

FIRST = date(2026, 3, 1)


def days(*values: Values) -> list[tuple[date, Values]]:
    return [(FIRST + timedelta(days=number), each) for number, each in enumerate(values)]


def test_parts_stand_on_each_other() -> None:
    plot = stacked(days({"a": 3, "b": 2}, {"a": 0, "b": 0}, {"a": None, "b": 10}))
    assert (plot.top, plot.width, plot.kinds) == (10, 30, ("a", "b"))
    first, second, third = plot.columns
    assert (first.x, first.parts) == (0, (Part("a", 70.0, 30.0), Part("b", 50.0, 20.0)))
    assert (second.x, second.parts) == (10, ())
    assert (third.x, third.parts) == (20, (Part("b", 0.0, 100.0),))
    assert plot.highest is third


def test_parts_stand_before_each_other() -> None:
    plot = overlaid(days({"p95": 4.0, "median": 1.0}, {"p95": None, "median": None}))
    assert plot.top == 5
    assert plot.columns[0].parts == (Part("p95", 20.0, 80.0), Part("median", 80.0, 20.0))
    assert plot.columns[1].parts == ()


@pytest.mark.parametrize("make", [stacked, overlaid])
def test_nothing_is_drawn_as_nothing(make: type[Plot]) -> None:
    plot: Plot = make(days({"a": 0}))  # type: ignore[call-arg, arg-type]
    assert plot.top == 1
    assert plot.highest is None
    empty: Plot = make([])  # type: ignore[call-arg, arg-type]
    assert (empty.width, empty.kinds, empty.highest) == (0, (), None)


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (-1, 1), (1, 1), (1.01, 2), (3, 5), (6, 10), (10, 10), (99, 100), (0.003, 0.005), (0.1 + 0.2 - 0.1, 0.2)],
)
def test_the_upper_edge_is_a_round_number(value: float, top: float) -> None:
    assert nice(value) == pytest.approx(top)


def test_numbers_are_written_as_both_languages_write_them() -> None:
    assert [number(value) for value in (None, 0, 1234567)] == ["–", "0", "1,234,567"]
    assert [dollars(value) for value in (None, 0.0, 0.0123, 1234.5)] == ["–", "$0.00", "$0.0123", "$1,234.50"]
    assert [seconds_text(value, "en") for value in (None, 0.123, 1.26, 12.4)] == ["–", "0.12 s", "1.3 s", "12 s"]
    assert seconds_text(1.26, "ko") == "1.3초"
    assert [day_text(date(2026, 12, 5), locale) for locale in ("en", "ko")] == ["Dec 5", "12월 5일"]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("540", 540),
        ("-300", -300),
        ("0", 0),
        ("840", 840),
        ("841", 0),
        ("", 0),
        ("-", 0),
        ("--5", 0),
        ("²", 0),
        ("9" * 99, 0),
    ],
)
def test_the_readers_days_are_believed_where_they_make_sense(said: str, minutes: int) -> None:
    assert shift_of(said) == timedelta(minutes=minutes)
