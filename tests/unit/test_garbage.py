"""Garbage: what stays is not looked through, and what is new only now and then."""

import gc
from collections.abc import Iterator

import pytest

from bot.garbage import YOUNG, release, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_set_aside_and_new_objects_may_pile_up() -> None:
    older = gc.get_threshold()[1:]
    settle()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (YOUNG, *older)
    release()
    assert gc.get_freeze_count() == 0
