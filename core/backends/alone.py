"""Makes sure that a directory is used by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import Refused

LOCK = "saseo.lock"
LOCK_SECONDS = 20.0
"""How long a start waits for the process of a program that was just killed to let go."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Makes the directory and keeps others out of it. Raises Refused when somebody else has it."""
    from filelock import FileLock, Timeout

    path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / LOCK, timeout=LOCK_SECONDS, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise Refused("index.in_use", place=str(path)) from error
    try:
        yield
    finally:
        lock.release()
