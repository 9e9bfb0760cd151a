"""What the stores share where they look for what is kept of people."""

import json
from typing import Any

from core.backends.written import PAGE_LIMIT, moment, text, unescape
from core.inbox import Accepted
from core.people import Arrival
from core.subjects import Individual, Visit

NEWEST = 2**63 - 1
"""Behind every number."""


def limited(limit: int) -> int:
    """How many rows are given at once."""
    return min(max(limit, 0), PAGE_LIMIT)


def beginning(whose: Individual) -> str:
    """How what is kept with a visit of theirs begins, see `core.people.Arrival.dump`."""
    return f"[{json.dumps(str(whose))}, "


def read_owed(row: Any) -> Accepted:
    """What is owed, of the row `number, id, thread, body, attempt, answer`."""
    _, name, thread, body, attempt, answer = row
    shown = None if answer is None else json.loads(text(answer))
    return Accepted(unescape(name), unescape(thread), json.loads(text(body)), attempt, answer=shown)


def read_visit(row: Any) -> Visit:
    """A visit of the row `body, expires_at`."""
    body, expires_at = row
    return Visit(Arrival.load(text(body)), moment(expires_at))
