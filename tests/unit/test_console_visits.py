"""Visits of the console: whose cookie counts, and how long."""

from datetime import UTC, datetime

import pytest

from adapters.http.console.visits import IDLE, LONGEST, RENEWED_AFTER, Doorkeeper, Visit
from core.backends.memory_installations import MemorySeal

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEAL = MemorySeal()


def keeper(token: str | None = "secret") -> Doorkeeper:
    return Doorkeeper(SEAL, token=token)


def test_a_visit_is_known_by_its_cookie() -> None:
    visit = Visit.begin(NOW)
    cookie = keeper().write(visit, NOW)
    assert keeper().read(cookie, NOW) == visit
    assert visit.proven(visit.proof)
    assert not visit.proven("something else")
    assert not visit.proven("다른 것")


def test_a_visit_ends_when_nobody_is_there_and_after_the_longest_time() -> None:
    visit = Visit.begin(NOW)
    assert keeper().read(keeper().write(visit, NOW), NOW + IDLE) is None
    busy = keeper().renewed(visit, NOW + LONGEST)
    assert keeper().read(keeper().write(busy, NOW + LONGEST), NOW + LONGEST) is None


def test_a_cookie_is_written_again_now_and_then() -> None:
    visit = Visit.begin(NOW)
    assert not visit.stale(NOW)
    assert visit.stale(NOW + RENEWED_AFTER)


def test_visits_end_when_the_token_changes() -> None:
    cookie = keeper("old").write(Visit.begin(NOW), NOW)
    assert keeper("new").read(cookie, NOW) is None
    assert keeper(None).read(cookie, NOW) is None


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"lock": ""}',
        '{"lock": "", "proof": "x", "since": "x", "seen": 1}',
        '{"lock": "", "proof": "x", "since": 1e300, "seen": 1}',
    ],
)
def test_whatever_else_was_sealed_is_no_visit(sealed: str) -> None:
    assert keeper(None).read(SEAL.close(sealed), NOW) is None


def test_what_was_not_sealed_is_no_visit() -> None:
    for cookie in ("", "x", "x" * 100_000, "gAAAA"):
        assert keeper().read(cookie, NOW) is None


def test_only_the_token_opens() -> None:
    assert keeper().guarded
    assert keeper().fits(" secret\n")
    assert not keeper().fits("Secret")
    assert not keeper().fits("비밀")
    assert not keeper(None).guarded
    assert not keeper(None).fits("")
