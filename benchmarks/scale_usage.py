"""What processes use: memory with what they share counted once, processor time of those that have ended too, disk."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

BLOCK = 512
"""Bytes, in which the disk is counted."""


def memory(pid: int) -> int:
    """Bytes of a process and its children; a page that several of them share is counted once, shared out among them."""
    return sum(_proportional(process) for process in _family(pid))


def resident(pid: int) -> int:
    """Bytes of one process, all that it has in memory."""
    return int(psutil.Process(pid).memory_info().rss)


def processor(pid: int) -> float:
    """Seconds of a process and its children, also of those that have ended."""
    ended = psutil.Process(pid).cpu_times()
    seconds = float(ended.children_user + ended.children_system)
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds


def disk(folder: Path) -> int:
    """Bytes that the files of a folder take up."""
    total = 0
    for path in folder.rglob("*"):
        with _still_there():
            total += path.lstat().st_blocks * BLOCK
    return total


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


@contextmanager
def _still_there() -> Iterator[None]:
    """Servers delete files while one looks."""
    with suppress(FileNotFoundError):
        yield
