"""Work that may wait: a process of it leaves the processor to those that people wait for."""

import os
from contextlib import suppress

NICENESS = 10
"""A tenth of the share of a process that has none; of an idle processor, all."""


def step_back() -> None:
    """This process lets the others of the program go first from now on, where the system knows of that."""
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
