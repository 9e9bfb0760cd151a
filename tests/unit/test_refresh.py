"""When a link is due again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused, SaseoError, Unavailable
from core.refresh import DAY, DEAD_AFTER, NEVER, WEEK, Rhythm, after_failure, after_success, retry_after
from core.types import PUBLIC, Document

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = 3600
GONE = Refused("fetch.gone")
BUSY = Unavailable("fetch.server", host="example.com", status=503, retry_after=None)
SHUT = Refused("fetch.forbidden")

LINK = Document(
    id="link",
    title="Handbook",
    origin="link:https://example.com/",
    url="https://example.com/",
    scope=PUBLIC,
    digest="d",
    passage_count=3,
    read_at=NOW - timedelta(days=3),
)


def wait(document: Document) -> float:
    """Seconds until the next check."""
    assert document.next_check_at is not None
    return (document.next_check_at - NOW).total_seconds()


def rhythm(interval: int) -> Rhythm:
    return Rhythm(interval, least=interval // 4, most=interval * 24)


def succeeded(document: Document = LINK, *, interval: int = HOUR, changed: bool = False, **headers: str) -> Document:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return after_success(document, now=NOW, rhythm=rhythm(interval), changed=changed, headers=named)


def failed(error: SaseoError, document: Document = LINK, *, interval: int = HOUR, times: int = 1) -> Document:
    for _ in range(times):
        document = after_failure(document, error, now=NOW, rhythm=rhythm(interval))
    return document


def about(seconds: float) -> object:
    """Within the tenth by which checks are spread."""
    return pytest.approx(seconds, rel=0.1001)


class TestAfterSuccess:
    def test_the_document_is_ready_and_was_read_now(self) -> None:
        before = replace(LINK, state="dead", failures=5, error="gone")
        after = succeeded(before)
        assert (after.state, after.failures, after.error, after.read_at) == ("ready", 0, None, NOW)
        assert replace(before, state="ready", failures=0, error=None, read_at=NOW) == replace(
            after, next_check_at=None, pace=None
        )

    def test_the_default_interval_holds_where_the_document_names_none(self) -> None:
        assert wait(succeeded()) == about(HOUR)

    def test_the_interval_of_the_document_goes_before_the_default(self) -> None:
        own = replace(LINK, refresh_seconds=120)
        assert wait(succeeded(own)) == about(120)
        assert wait(succeeded(own, cache_control="max-age=9999")) == about(120)

    @pytest.mark.parametrize(("own", "default"), [(0, HOUR), (None, 0), (0, 0), (-5, HOUR)])
    def test_an_interval_of_zero_means_never(self, own: int | None, default: int) -> None:
        assert succeeded(replace(LINK, refresh_seconds=own), interval=default).next_check_at is None

    def test_an_interval_of_ages_is_a_year(self) -> None:
        assert wait(succeeded(replace(LINK, refresh_seconds=10**12))) == about(365 * DAY)

    def test_headers_may_be_missing(self) -> None:
        assert wait(after_success(LINK, now=NOW, rhythm=Rhythm(HOUR), changed=False)) == about(HOUR)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("max-age=7200", 7200),
            ("public, max-age=7200, immutable", 7200),
            ('MAX-AGE="7200"', 7200),
            ("max-age=60", HOUR),
            ("max-age=31536000", 4 * HOUR),
            ("max-age=31536000, immutable", 24 * HOUR),
            ("s-maxage=7200", HOUR),
            ("no-cache", HOUR),
            ("max-age=-1", HOUR),
            ("max-age=" + "9" * 400, 4 * HOUR),
            ("max-age=many", HOUR),
        ],
    )
    def test_a_page_that_says_it_stays_fresh_is_left_alone_for_a_while(self, header: str, seconds: int) -> None:
        assert wait(succeeded(cache_control=header)) == about(seconds)

    @pytest.mark.parametrize(
        ("age", "seconds"),
        [
            (timedelta(minutes=5), HOUR),
            (timedelta(hours=20), 2 * HOUR),
            (timedelta(days=400), 4 * HOUR),
            (timedelta(days=-2), HOUR),
        ],
    )
    def test_a_page_that_seldom_changes_is_checked_less_often(self, age: timedelta, seconds: int) -> None:
        modified = (NOW - age).strftime("%a, %d %b %Y %H:%M:%S GMT")
        assert wait(succeeded(last_modified=modified)) == about(seconds)

    @pytest.mark.parametrize("header", ["", "yesterday", "Wed, 99 Foo 2026 25:61:00 GMT", "0", "\x00"])
    def test_a_date_that_cannot_be_read_is_ignored(self, header: str) -> None:
        assert wait(succeeded(last_modified=header)) == about(HOUR)

    def test_checks_are_spread_by_a_tenth_and_always_alike_for_one_document(self) -> None:
        waits = [wait(succeeded(replace(LINK, id=f"link-{number}"))) for number in range(200)]
        assert min(waits) >= 0.9 * HOUR
        assert max(waits) <= 1.1 * HOUR
        assert max(waits) - min(waits) > 0.15 * HOUR
        assert wait(succeeded()) == wait(succeeded())


class TestThePace:
    def test_is_the_first_interval_when_nothing_is_known_yet(self) -> None:
        assert succeeded().pace == HOUR
        assert succeeded(changed=True).pace == HOUR
        assert after_success(LINK, now=NOW, rhythm=NEVER, changed=False).pace is None

    def test_quickens_with_each_change_and_slackens_with_each_look_in_vain(self) -> None:
        paced = replace(LINK, pace=HOUR)
        assert succeeded(paced, changed=True).pace == HOUR // 2
        assert wait(succeeded(paced, changed=True)) == about(HOUR // 2)
        assert succeeded(paced).pace == 1.5 * HOUR
        assert wait(succeeded(paced)) == about(1.5 * HOUR)

    def test_stays_within_its_bounds(self) -> None:
        document = replace(LINK, pace=HOUR)
        for _ in range(20):
            document = succeeded(document, changed=True)
        assert document.pace == HOUR // 4
        for _ in range(40):
            document = succeeded(document)
        assert document.pace == 24 * HOUR
        assert wait(succeeded(document, cache_control="max-age=31536000")) == about(24 * HOUR)

    def test_bounds_give_way_to_the_interval_that_was_asked_for(self) -> None:
        asked = Rhythm(60, least=900, most=1000)
        assert wait(after_success(LINK, now=NOW, rhythm=asked, changed=False)) == about(60)
        assert Rhythm(10**6, least=900, most=1000).bounded(10**9) == 10**6
        assert Rhythm(500, least=900, most=100).bounded(10**9) == 900
        assert Rhythm(10**12).bounded(10**12) == 365 * DAY

    def test_is_not_learned_where_the_interval_is_fixed(self) -> None:
        own = replace(LINK, refresh_seconds=120, pace=77)
        assert succeeded(own, changed=True).pace == 77
        assert wait(succeeded(own, changed=True)) == about(120)

    def test_is_kept_through_failures(self) -> None:
        paced = replace(LINK, pace=10 * HOUR)
        assert failed(SHUT, paced).pace == 10 * HOUR
        assert wait(failed(SHUT, paced)) == about(10 * HOUR)

    @given(st.lists(st.booleans(), max_size=60))
    def test_is_never_out_of_bounds(self, looks: list[bool]) -> None:
        document = LINK
        for changed in looks:
            document = succeeded(document, changed=changed)
            assert HOUR // 4 <= (document.pace or 0) <= 24 * HOUR
            assert 0.9 * HOUR / 4 <= wait(document) <= 1.1 * 24 * HOUR


class TestAfterFailure:
    def test_what_was_known_stays_and_the_reason_is_kept(self) -> None:
        after = failed(SHUT)
        assert (after.failures, after.error, after.state) == (1, SHUT.text(), "ready")
        assert replace(after, failures=0, error=None, next_check_at=None) == LINK

    def test_a_passing_fault_is_tried_again_soon_and_then_ever_later(self) -> None:
        waits = [wait(failed(BUSY, interval=2 * HOUR, times=times)) for times in (1, 2, 3, 4, 5)]
        assert waits == [about(300), about(600), about(1200), about(2400), about(4800)]
        assert wait(failed(BUSY, times=60)) == about(DAY)
        assert wait(failed(BUSY, times=1200)) == about(DAY)

    def test_a_fault_is_never_tried_sooner_than_the_interval(self) -> None:
        assert wait(failed(BUSY, replace(LINK, refresh_seconds=60))) == about(60)

    def test_what_somebody_must_mend_is_tried_at_the_interval_and_then_ever_later(self) -> None:
        waits = [wait(failed(SHUT, times=times)) for times in (1, 2, 3)]
        assert waits == [about(HOUR), about(2 * HOUR), about(4 * HOUR)]
        assert wait(failed(SHUT, times=40)) == about(DAY)
        assert wait(failed(SHUT, interval=int(WEEK), times=40)) == about(WEEK)

    def test_a_site_that_asks_to_be_left_alone_is_left_alone_at_least_so_long(self) -> None:
        busy = Unavailable("fetch.server", host="example.com", status=429, retry_after=5000.0)
        assert 5000 <= wait(failed(busy)) <= 5500
        for number in range(20):
            assert wait(failed(busy, replace(LINK, id=str(number)))) >= 5000

    @pytest.mark.parametrize(("asked", "seconds"), [(10.0**12, WEEK), ("soon", 300), (-5.0, 300)])
    def test_what_a_site_asks_for_is_bounded(self, asked: object, seconds: float) -> None:
        busy = Unavailable("fetch.server", host="example.com", status=429, retry_after=asked)
        assert wait(failed(busy)) == about(seconds)

    def test_a_link_that_is_gone_five_times_in_a_row_is_dead(self) -> None:
        almost = failed(GONE, times=DEAD_AFTER - 1)
        assert (almost.state, almost.failures) == ("ready", 4)
        assert almost.next_check_at is not None
        dead = failed(GONE, almost)
        assert (dead.state, dead.failures, dead.next_check_at) == ("dead", 5, None)
        assert failed(GONE, dead).state == "dead"

    def test_other_faults_do_not_count_towards_death(self) -> None:
        document = failed(GONE, failed(BUSY, times=40))
        assert (document.state, document.failures) == ("ready", 1)
        document = failed(GONE, failed(SHUT, failed(GONE, times=4)))
        assert (document.state, document.failures) == ("ready", 1)
        assert failed(SHUT, times=50).state == "ready"

    def test_faults_of_different_kinds_back_off_together(self) -> None:
        assert failed(SHUT, failed(BUSY, times=3)).failures == 4

    def test_a_success_begins_anew(self) -> None:
        document = failed(GONE, succeeded(failed(GONE, times=4)), times=4)
        assert (document.state, document.failures) == ("ready", 4)

    def test_a_link_that_is_never_checked_is_not_scheduled_by_a_failure(self) -> None:
        assert failed(BUSY, interval=0).next_check_at is None


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, None),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("٣", None),
            ("120", 120.0),
            (" 0 ", 0.0),
            ("9" * 500, WEEK),
            ("Sun, 22 Nov 2026 12:02:00 GMT", 120.0),
            ("Sun, 22 Nov 2026 12:02:00 -0000", 120.0),
            ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
            ("Sun, 22 Nov 9999 11:00:00 GMT", WEEK),
            ("Sun, 99 Nov 2026 11:00:00 GMT", None),
        ],
    )
    def test_is_a_number_or_a_date_within_bounds(self, header: str | None, seconds: float | None) -> None:
        assert retry_after(header, now=NOW) == seconds

    @given(st.text())
    def test_never_raises(self, header: str) -> None:
        found = retry_after(header, now=NOW)
        assert found is None or 0 <= found <= WEEK

    def test_reads_a_date_in_another_zone(self) -> None:
        korea = NOW.astimezone(timezone(timedelta(hours=9)))
        assert retry_after("Sun, 22 Nov 2026 21:01:00 +0900", now=korea) == 60.0
