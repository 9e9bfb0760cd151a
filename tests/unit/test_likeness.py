"""Texts that are alike stand together, each once, and nothing is chained together."""

import numpy as np
import pytest

from core.likeness import groups
from core.ports import Vectors


def pointing(*degrees: float) -> Vectors:
    """Rows of length one in these directions."""
    turned = np.radians(np.array(degrees, dtype=np.float32))
    return np.stack([np.cos(turned), np.sin(turned)], axis=1)


def alike(degrees: float) -> float:
    """The likeness of two rows this far apart."""
    return float(np.cos(np.radians(degrees)))


def test_nothing_makes_no_groups() -> None:
    assert groups(np.zeros((0, 3), dtype=np.float32), alike=0.5) == []


def test_what_is_alike_stands_together_the_largest_group_first() -> None:
    assert groups(pointing(90, 0, 5, 10, 91), alike=alike(6)) == [(2, 1, 3), (0, 4)]


def test_a_group_is_like_its_middle_and_not_a_chain() -> None:
    found = groups(pointing(0, 5, 10, 15, 20), alike=alike(6))
    assert found[0] == (1, 0, 2)
    assert sorted(row for group in found for row in group) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [1, 50])
def test_every_row_is_in_one_group(count: int) -> None:
    rows = np.random.default_rng(1).normal(size=(count, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = groups(rows, alike=0.4)
    assert sorted(row for group in found for row in group) == list(range(count))
    assert [len(group) for group in found] == sorted((len(group) for group in found), reverse=True)


def test_a_row_that_is_nothing_stands_alone() -> None:
    assert groups(np.zeros((2, 3), dtype=np.float32), alike=0.5) == [(0,), (1,)]
