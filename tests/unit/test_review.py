"""Looking back at questions: figures that add up, channels by name, and days of whoever looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.answers import answered, revision
from core.review import (
    API,
    BOUNDS,
    CONSOLE,
    Figures,
    TextReaders,
    apart,
    begin,
    channel_name,
    first_day,
    may_read_texts,
    reckoned,
    total,
)
from core.types import Answer, Audience, Outcome, Question, Session, Usage

KOREA = timedelta(hours=9)


def took(*counts: int) -> Figures:
    return Figures(answered=sum(counts), times=(*counts, *[0] * (len(BOUNDS) + 1 - len(counts))))


@pytest.mark.parametrize(
    ("session", "name"),
    [
        (Session("slack", "T1", "C1"), "slack:T1:C1"),
        (Session("slack", "T1", "C1/17.4"), "slack:T1:C1"),
        (Session("discord", "9", "77"), "discord:9:77"),
        (Session("http", "", "console-0b5f"), CONSOLE),
        (Session("http", "", "consoles"), API),
        (Session("http", "", "a/b"), API),
        (Session("cli", "local", "chat"), "cli:local:chat"),
    ],
)
def test_a_session_counts_for_its_channel(session: Session, name: str) -> None:
    assert channel_name(session) == name


def test_figures_add_up() -> None:
    one = Figures(1, 2, 3, 4, seconds=5.0, times=took(10).times, usage=Usage(10, 1))
    other = Figures(failed=1, seconds=1.0, times=took(0, 1).times, usage=Usage(5, 5))
    both = total([one, other])
    assert both == Figures(1, 2, 3, 5, seconds=6.0, times=took(10, 1).times, usage=Usage(15, 6))
    assert (both.questions, both.mean) == (11, 6 / 11)
    assert total([]) == Figures()


def test_the_figures_of_one_question_are_those_of_its_answer() -> None:
    asked = Question("q", Session("slack", "T1", "C1"), "What?", Audience())
    answer = Answer("q", "", "quoted", usage=Usage(7, 3), elapsed=0.5)
    row = answered(asked, answer, at=datetime(2026, 3, 1, tzinfo=UTC))
    assert reckoned(row) == Figures(quoted=1, seconds=0.5, times=took(0, 0, 0, 0, 0, 1).times, usage=Usage(7, 3))


def test_there_is_no_mean_of_nothing() -> None:
    assert Figures().mean is None
    assert Figures().quantile(0.5) is None


@pytest.mark.parametrize(
    ("figures", "share", "seconds"),
    [
        (took(4), 0.5, 0.05),
        (took(4), 1.0, 0.1),
        (took(1, 1), 0.5, 0.1),
        (took(0, 0, 10), 0.5, 0.175),
        (took(9, 0, 0, 0, 1), 0.95, 0.35),
        (took(*[0] * len(BOUNDS), 3), 0.5, 60.0),
        (replace(took(0, 1), seconds=0.11), 0.95, 0.11),
    ],
)
def test_a_quantile_is_read_off_the_buckets(figures: Figures, share: float, seconds: float) -> None:
    assert figures.quantile(share) == pytest.approx(seconds)


def test_buckets_are_taken_apart() -> None:
    assert apart([1, 1, 3], count=5) == (1, 0, 2, 2)


def test_days_are_counted_where_somebody_looks_from() -> None:
    present = datetime(2026, 3, 1, 20, tzinfo=UTC)
    assert first_day(1, present=present, shift=timedelta()) == date(2026, 3, 1)
    assert first_day(7, present=present, shift=KOREA) == date(2026, 2, 24)
    assert begin(date(2026, 3, 2), shift=KOREA) == datetime(2026, 3, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("readers", "administrator", "may"),
    [
        ("everyone", False, True),
        ("administrators", True, True),
        ("administrators", False, False),
        ("nobody", True, False),
    ],
)
def test_texts_are_for_those_who_may_read_them(readers: TextReaders, administrator: bool, may: bool) -> None:
    assert may_read_texts(readers, administrator=administrator) is may


@pytest.mark.parametrize(
    ("before", "after", "became"),
    [
        ("not_found", "answered", "found"),
        ("answered", "quoted", "changed"),
        ("quoted", "not_found", "withdrawn"),
    ],
)
def test_a_revised_answer_is_found_changed_or_withdrawn(before: Outcome, after: Outcome, became: str) -> None:
    assert revision(before, Answer("a", "", after)) == became
