"""Opens the store's file so that nothing is lost: locked, checked, migrated, never empty over a damaged one."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.backends.sqlite.database import Database, connect
from core.backends.sqlite.errors import translated
from core.backends.sqlite.schema import migrate
from core.errors import Refused

CHECK_SECONDS = 1.0
STEPS_BETWEEN_LOOKS = 10_000


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """The database in a file that is locked, checked and migrated. Blocks. Raises Refused or Unavailable."""
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Refused("store.locked", path=path) from error
    except (OSError, NotImplementedError) as error:
        raise Refused("store.readonly", path=path) from error
    try:
        with closing(_open(path)) as database:
            yield database
    finally:
        lock.release()


def _open(path: Path) -> Database:
    try:
        if not path.exists():
            _create(path)
        with closing(connect(path)) as connection:
            _check(connection, path)
            migrate(connection, path)
            # A file that can only be read is refused now, not with the first thing that somebody says.
            connection.execute("BEGIN IMMEDIATE")
        return Database(path)
    except sqlite3.Error as error:
        raise translated(error, path) from error
    except OSError as error:
        raise Refused("store.readonly", path=path) from error


def _create(path: Path) -> None:
    """Makes the file beside its place and moves it there whole, so that an empty file in its place is a damaged one."""
    if any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm")):
        raise Refused("store.damaged", path=path)
    made = path.with_name(f"{path.name}.new")
    for leftover in (made, *(made.with_name(made.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
        leftover.unlink(missing_ok=True)
    with closing(connect(made)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, path)
    made.replace(path)
    _flush_names(path.parent)


def _flush_names(folder: Path) -> None:
    """Makes a renaming durable. Windows does not open folders, and flushes their names by itself."""
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Looks for damage for at most a second; what a large file hides is found where it is read."""
    if path.stat().st_size == 0:
        raise Refused("store.damaged", path=path)
    deadline = time.monotonic() + CHECK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        # The second is over. Any other trouble than that is met again by what follows.
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise Refused("store.damaged", path=path)
