"""What the stores share where they look for what is kept of people."""

import json
from typing import Any

from core.backends.written import PAGE_LIMIT, moment, text
from core.people import Arrival
from core.subjects import Individual, Visit

NEWEST = 2**63 - 1
"""Behind every number."""


def older_than(before: int | None) -> int:
    """What the numbers of a page are less than."""
    return NEWEST if before is None else before


def limited(limit: int) -> int:
    """How many rows are given at once."""
    return min(max(limit, 0), PAGE_LIMIT)


def beginning(whose: Individual) -> str:
    """How what is kept with a visit of theirs begins, see `core.people.Arrival.dump`."""
    return f"[{json.dumps(str(whose))}, "


def read_visit(row: Any) -> Visit:
    """A visit of the row `body, expires_at`."""
    body, expires_at = row
    return Visit(Arrival.load(text(body)), moment(expires_at))
