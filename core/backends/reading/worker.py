"""The child process: reads one file after another from standard input, within limits, and writes frames."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import BinaryIO

from core.backends.reading.limits import FILES_PER_WORKER, allow, confine
from core.backends.reading.wire import Refusal, Task, frames, read_task, refusal_frame
from core.errors import Refused

Allow = Callable[[Task], None]


def answer(task: Task, data: bytes) -> list[bytes]:
    """The frames that answer a task: a reading or the reason why there is none."""
    from core.backends.reading.dispatch import read_file

    try:
        return list(frames(read_file(data, name=task.name, media_type=task.media_type)))
    except Refused as refused:
        details = {key: str(value) for key, value in refused.details.items()}
        cause = type(refused.__cause__).__name__ if refused.__cause__ else ""
        return [refusal_frame(Refusal(refused.code.partition(".")[2], details, cause))]
    except (MemoryError, RecursionError) as error:
        return [refusal_frame(Refusal("too_complex", {}, type(error).__name__))]
    except Exception as error:  # noqa: BLE001 a library that stumbles over a file must not take the pool down
        return [refusal_frame(Refusal("damaged", {}, type(error).__name__))]


def serve(source: BinaryIO, sink: BinaryIO, *, before: Allow) -> None:
    """Answers tasks until the parent closes the pipe or this process has read its share of files."""
    for _ in range(FILES_PER_WORKER):
        received = read_task(source)
        if received is None:
            return
        task, data = received
        before(task)
        sink.writelines(answer(task, data))
        sink.flush()


def resource_module() -> ModuleType | None:
    """The standard library's `resource`; None on systems that lack it."""
    with contextlib.suppress(ImportError):
        return import_module("resource")
    return None


def guard(task: Task) -> None:
    """Sets the limits of one file; the alarm ends this process even if its parent is gone."""
    allow(resource_module(), seconds=task.seconds, memory=task.memory)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, task.seconds + 5)


def main() -> None:
    """Runs until standard input ends. Only frames reach the parent: what libraries print is dropped."""
    sink = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 a device, not a path of ours
        os.dup2(nowhere.fileno(), 1)
    confine(resource_module())
    serve(sys.stdin.buffer, sink, before=guard)


if __name__ == "__main__":
    main()
