"""The latest troubles of this process, for somebody who was told a reference and asks what it was."""

import logging
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from adapters.http.condition import Trouble
from bot.logs import redact

KEPT = 50
LONGEST = 300
"""Characters of one."""
REFERENCE = re.compile(r"\(reference ([0-9a-f]{8})\)")


class Troubles(logging.Handler):
    """Keeps what is logged as an error, and whatever somebody was given a reference of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Trouble] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the line itself, without secrets, and no traceback: that stands in the log."""
        text = redact(record.getMessage())
        named = REFERENCE.search(text)
        if named is None and record.levelno < logging.ERROR:
            return
        at = datetime.fromtimestamp(record.created, UTC)
        line = " ".join(REFERENCE.sub("", text).split())[:LONGEST]
        self._kept.append(Trouble(at, named[1] if named else "", f"{record.name}: {line}"))

    def latest(self) -> Sequence[Trouble]:
        """Newest first."""
        return tuple(reversed(self._kept))


@contextmanager
def keeping_troubles() -> Iterator[Troubles]:
    """Keeps them while the block lasts."""
    troubles, root = Troubles(), logging.getLogger()
    root.addHandler(troubles)
    try:
        yield troubles
    finally:
        root.removeHandler(troubles)
