"""Processes whose work may wait give way to those that people wait for."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.backends import background


def in_a_thread(work: Callable[[], int]) -> int:
    """On Linux what a thread says of itself holds for that thread alone."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def niceness() -> int:
    background.step_back()
    return os.nice(0)


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="elsewhere it would hold for the whole process")
def test_it_steps_back_behind_the_others() -> None:
    assert in_a_thread(niceness) == min(os.nice(0) + background.NICENESS, 19)


def test_where_it_may_not_everything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "nice", refused)
    background.step_back()
    monkeypatch.delattr(os, "nice")
    background.step_back()
