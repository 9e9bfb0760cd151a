"""How long a site says that its page stays as it is."""

from datetime import UTC, datetime, timedelta

import pytest

from core.freshness import fresh_for, is_immutable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def date(**ago: int) -> str:
    return (NOW - timedelta(**ago)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def fresh(**headers: str) -> float:
    return fresh_for({name.replace("_", "-"): value for name, value in headers.items()}, now=NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=600", 600),
        ("Public , MAX-AGE = 600", 600),
        ('max-age="600"', 600),
        ("max-age=600, max-age=900", 600),
        ("max-age=0", 0),
        ("max-age=-5", 0),
        ("max-age=many", 0),
        ("max-age", 0),
        ("max-age=" + "9" * 100, 9_999_999_999),
        ("x-max-age=600", 0),
        ("s-maxage=600", 0),
        ("max-age=600, s-maxage=9000", 600),
        ("private, max-age=600", 600),
        ("max-age=600, must-revalidate", 600),
        ("no-store, max-age=600", 0),
        ("max-age=600, no-cache", 0),
        ('max-age=600, no-cache="Set-Cookie, X-A"', 600),
        ("", 0),
        (",,,=,\x00", 0),
    ],
)
def test_cache_control_says_for_how_long(header: str, seconds: int) -> None:
    assert fresh(cache_control=header) == seconds


def test_time_in_caches_on_the_way_has_passed_already() -> None:
    assert fresh(cache_control="max-age=600", age="200") == 400
    assert fresh(cache_control="max-age=600", age="700") == 0
    assert fresh(cache_control="max-age=600", age="old") == 600


def test_expires_counts_from_the_sites_own_clock_and_only_without_max_age() -> None:
    assert fresh(expires=date(hours=-2), date=date(hours=1)) == 3 * 3600
    assert fresh(expires=date(hours=-2)) == 2 * 3600
    assert fresh(expires=date(hours=-2), age="3600") == 3600
    assert fresh(expires=date(hours=2)) == 0
    assert fresh(expires=date(hours=-2), cache_control="max-age=60") == 60
    assert fresh(expires="0") == 0


def test_a_page_that_says_nothing_is_fresh_for_a_tenth_of_its_age() -> None:
    assert fresh(last_modified=date(hours=10)) == 3600
    assert fresh(last_modified=date(hours=-10)) == 0
    assert fresh(last_modified="yesterday") == 0


@pytest.mark.parametrize(("name", "value"), [("cache_control", "max-age=60"), ("expires", "0")])
def test_what_a_page_says_goes_before_what_its_age_suggests(name: str, value: str) -> None:
    assert fresh(last_modified=date(days=100), **{name: value}) <= 60


def test_a_page_that_may_not_be_kept_is_never_called_fresh() -> None:
    assert fresh(last_modified=date(days=100), cache_control="no-store") == 0


def test_immutable_is_read_in_any_place() -> None:
    assert is_immutable({"cache-control": "max-age=600, Immutable"})
    assert not is_immutable({"cache-control": "max-age=600"})
    assert not is_immutable({})
