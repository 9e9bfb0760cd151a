"""One process at a time on a data directory, and a note that says which one and where its API is."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import Refused

LOCK = "lock"
NOTE = "running.json"
NOTE_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a data directory; without a URL it serves no API."""

    pid: int | None = None
    url: str | None = None


@contextmanager
def hold(directory: Path, *, url: str | None = None, wait: float = 0) -> Iterator[None]:
    """Holds the data directory, waiting for it at most `wait` seconds.

    Raises Refused when another process holds it and when the directory cannot be written to. The lock belongs to the
    operating system, so it falls with its process, however that ends.
    """
    from filelock import FileLock, Timeout

    note = directory / NOTE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory / LOCK, timeout=wait, thread_local=False)
        lock.acquire()
    except Timeout:
        raise _held(directory, holder(directory)) from None
    except (OSError, NotImplementedError) as error:
        raise Refused("run.data_directory", directory=str(directory), reason=_reason(error)) from error
    try:
        _write(note, Holder(os.getpid(), url))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def holder(directory: Path) -> Holder | None:
    """Who holds the data directory right now; None: nobody."""
    from filelock import FileLock, Timeout

    if not (directory / LOCK).exists():
        return None
    lock = FileLock(directory / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return _read(directory / NOTE)
    except OSError as error:
        raise Refused("run.data_directory", directory=str(directory), reason=_reason(error)) from error
    lock.release()
    return None


def _held(directory: Path, other: Holder | None) -> Refused:
    pid = other.pid if other is not None and other.pid is not None else "?"
    if other is not None and other.url is not None:
        return Refused("run.held_by_server", directory=str(directory), pid=pid, url=other.url)
    return Refused("run.held", directory=str(directory), pid=pid)


def _write(note: Path, who: Holder) -> None:
    fresh = note.with_suffix(".new")
    try:
        fresh.write_text(json.dumps({"pid": who.pid, "url": who.url}), encoding="utf-8")
        fresh.replace(note)
    except OSError as error:
        raise Refused("run.data_directory", directory=str(note.parent), reason=_reason(error)) from error


def _read(note: Path) -> Holder:
    try:
        row = json.loads(note.read_bytes()[:NOTE_BYTES])
        return Holder(int(row["pid"]), row["url"] if isinstance(row["url"], str) else None)
    except (OSError, ValueError, KeyError, TypeError):
        # The holder is just starting and has not left its note yet.
        return Holder()


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
