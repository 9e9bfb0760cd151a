"""What the stores share where they look back at questions: cursors, days, and rows of figures."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.backends.written import unescape
from core.errors import Refused
from core.review import DayFigures, Figures, apart
from core.types import Usage

SECOND = 1_000_000
"""Microseconds."""
DAY = 24 * 3600 * SECOND
FIRST_DAY = date(1970, 1, 1)
NUMBER = re.compile(r"[0-9]{1,18}")


def read_number(cursor: str | None) -> int | None:
    """The number of the question that a page ended with. Raises Refused for what is no cursor."""
    if cursor is None:
        return None
    if not NUMBER.fullmatch(cursor):
        raise Refused("store.cursor")
    return int(cursor)


def read_figures(row: Sequence[Any]) -> DayFigures:
    """The figures of a row: day, channel, four counts, microseconds, tokens, and how many took at most so long."""
    day, channel, answered, quoted, not_found, failed, elapsed, prompt, completion, *within = row
    figures = Figures(
        answered=answered,
        quoted=quoted,
        not_found=not_found,
        failed=failed,
        seconds=int(elapsed) / SECOND,
        times=apart(within, count=answered + quoted + not_found + failed),
        usage=Usage(int(prompt), int(completion)),
    )
    return DayFigures(FIRST_DAY + timedelta(days=int(day)), unescape(channel), figures)
