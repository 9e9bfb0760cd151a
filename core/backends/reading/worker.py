"""The child process: reads one file after another from standard input, within limits, and writes frames."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from types import ModuleType
from typing import BinaryIO

from core.backends.background import step_back
from core.backends.reading.limits import FILES_PER_WORKER, allow, confine, peak_memory
from core.backends.reading.wire import READY, Refusal, Task, frames, read_task, refusal_frame
from core.errors import Refused

Guard = Callable[[Task], AbstractContextManager[None]]
GRACE_SECONDS = 5
"""After this much more than its time a child ends itself, should its parent be gone."""


def resource_module() -> ModuleType | None:
    """The standard library's `resource`; None on systems that lack it."""
    with contextlib.suppress(ImportError):
        return import_module("resource")
    return None


def answer(task: Task, data: bytes) -> list[bytes]:
    """The frames that answer a task: a reading, or the reason why there is none."""
    from core.backends.reading.dispatch import read_file

    details: dict[str, str] = {}
    try:
        reading = read_file(data, name=task.name, media_type=task.media_type)
        return list(frames(reading, peak=peak_memory(resource_module())))
    except Refused as refused:
        reason, cause = refused.code.partition(".")[2], refused.__cause__
        details = {key: str(value) for key, value in refused.details.items()}
    except (MemoryError, RecursionError) as error:
        reason, cause = "too_complex", error
    except Exception as error:  # noqa: BLE001 a library that stumbles over a file must not take the pool down
        reason, cause = "damaged", error
    named = type(cause).__name__ if cause else ""
    return [refusal_frame(Refusal(reason, details, named, peak_memory(resource_module())))]


def serve(source: BinaryIO, sink: BinaryIO, *, guard: Guard) -> None:
    """Answers tasks until the parent closes the pipe or this process has read its share of files."""
    sink.write(READY)
    sink.flush()
    for _ in range(FILES_PER_WORKER):
        received = read_task(source)
        if received is None:
            return
        task, data = received
        with guard(task):
            sink.writelines(answer(task, data))
            sink.flush()


@contextmanager
def limited(task: Task) -> Iterator[None]:
    """Holds this process to the limits of one file."""
    allow(resource_module(), seconds=task.seconds, memory=task.memory)
    timed = hasattr(signal, "setitimer")
    if timed:
        signal.setitimer(signal.ITIMER_REAL, task.seconds + GRACE_SECONDS)
    try:
        yield
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Runs until standard input ends. Only frames reach the parent: what libraries print is dropped."""
    with os.fdopen(os.dup(1), "wb") as sink, open(os.devnull, "wb") as nowhere:  # noqa: PTH123 a device, no path of ours
        os.dup2(nowhere.fileno(), 1)
        step_back()
        confine(resource_module())
        serve(sys.stdin.buffer, sink, guard=limited)


if __name__ == "__main__":
    main()
