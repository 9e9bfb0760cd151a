"""Hosts that asked to be left alone are left alone, for a bounded time and in bounded memory."""

from datetime import UTC, datetime, timedelta

import pytest

from core import politeness
from core.errors import Refused, SaseoError, Unavailable
from core.politeness import LONGEST_REST, Hosts, host_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(clock: Clock) -> Hosts:
    return Hosts(clock=clock)


def busy(seconds: object, *, host: object = "example.com", status: int = 503) -> Unavailable:
    return Unavailable("fetch.server", host=host, status=status, retry_after=seconds)


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_rests_for_as_long_as_it_asked(hosts: Hosts, clock: Clock, status: int) -> None:
    hosts.heed(busy(60.0, status=status))
    assert hosts.rests("example.com")
    assert not hosts.rests("other.example.com")
    clock.time += timedelta(seconds=60)
    assert not hosts.rests("example.com")


def test_a_shorter_wish_does_not_end_a_longer_one(hosts: Hosts, clock: Clock) -> None:
    hosts.heed(busy(600))
    hosts.heed(busy(1))
    clock.time += timedelta(seconds=599)
    assert hosts.rests("example.com")


def test_nobody_is_left_alone_for_more_than_a_day(hosts: Hosts, clock: Clock) -> None:
    hosts.heed(busy(10.0**6))
    clock.time += LONGEST_REST
    assert not hosts.rests("example.com")


@pytest.mark.parametrize(
    "error",
    [
        None,
        busy(None),
        busy(60, status=500),
        busy(60, host=None),
        Unavailable("fetch.slow", host="example.com", seconds=3),
        Refused("fetch.gone"),
    ],
)
def test_other_faults_are_of_one_page_alone(hosts: Hosts, error: SaseoError | None) -> None:
    hosts.heed(error)
    assert not hosts.rests("example.com")


def test_only_so_many_hosts_are_remembered(hosts: Hosts, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "MOST_RESTING", 10)
    for number in range(11):
        hosts.heed(busy(100 - number, host=f"h{number}"))
    assert [number for number in range(11) if hosts.rests(f"h{number}")] == [0, 1, 2, 3, 4]
    clock.time += timedelta(seconds=1000)
    for number in range(6):
        hosts.heed(busy(100, host=f"new{number}"))
    assert len(hosts._resting) == 5


async def test_the_turns_of_a_host_are_forgotten_when_nobody_asks_it(hosts: Hosts) -> None:
    async with hosts.turn("example.com"):
        assert hosts.turn("example.com").locked()
    assert len(hosts._turns) == 0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.com:8080/a", "example.com"),
        ("https://위키.example.com/", "xn--9q5b29o.example.com"),
        ("https://" + "위" * 70 + ".com/", ""),
        ("http://[::1", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_host_has_one_spelling(url: str | None, host: str) -> None:
    assert host_of(url) == host
