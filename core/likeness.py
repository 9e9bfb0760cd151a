"""Groups texts that are alike, by their vectors. Pure and bounded: the work grows with the square of their number."""

import numpy as np

from core.ports import Vectors

Group = tuple[int, ...]
"""Rows that belong together, the one in their middle first, the others as they come."""


def groups(vectors: Vectors, *, alike: float) -> list[Group]:
    """Every row of vectors of length one in just one group, the largest group first.

    The row with the most rows alike becomes the middle of a group, they go with it, and so on with what is left. So
    all of a group is like its middle, and nothing is chained to it by what stands between.
    """
    near = vectors @ vectors.T >= alike
    # A row is like itself, whatever rounding says.
    np.fill_diagonal(near, val=True)
    free = np.ones(len(vectors), dtype=bool)
    neighbours = near.sum(axis=1)
    found: list[Group] = []
    while free.any():
        middle = int(np.argmax(np.where(free, neighbours, -1)))
        members = np.flatnonzero(near[middle] & free)
        found.append((middle, *(int(row) for row in members if row != middle)))
        free[members] = False
        neighbours = neighbours - near[:, members].sum(axis=1)
    return found
