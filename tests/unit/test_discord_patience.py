"""How often Discord is tried: waits grow up to a bound, and a day has fewer sessions than Discord allows."""

import pytest

from adapters.discord.patience import Backoff, Budget, Exhausted

DAY = 24 * 3600


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_waits_grow_up_to_a_bound_and_begin_anew_when_it_went_well() -> None:
    backoff = Backoff(shortest=1, longest=8)
    waits = [backoff.wait() for _ in range(6)]
    for wait, most in zip(waits, (1, 2, 4, 8, 8, 8), strict=True):
        assert most / 2 <= wait <= most
    backoff.reset()
    assert backoff.wait() <= 1


def test_two_processes_do_not_wait_the_same() -> None:
    assert len({Backoff().wait() for _ in range(10)}) > 1


def test_a_bot_whose_sessions_all_break_off_stays_below_what_discord_allows() -> None:
    time, begun = Time(), 0
    budget = Budget(clock=time)
    while time.now < DAY:
        try:
            budget.take()
        except Exhausted as exhausted:
            time.now += max(exhausted.seconds, 1)
        else:
            begun += 1
            time.now += 5
    assert 800 <= begun <= 900


def test_sessions_that_were_not_begun_are_saved_only_so_far() -> None:
    time = Time()
    budget = Budget(at_once=2, seconds=10, clock=time)
    time.now += DAY
    budget.take()
    budget.take()
    with pytest.raises(Exhausted, match="10 s"):
        budget.take()
