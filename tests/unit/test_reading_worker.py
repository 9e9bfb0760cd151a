"""The reading process's own side, run inside the tests' process."""

import contextlib
import io
import os
import runpy
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from core.backends import background
from core.backends.reading import dispatch, limits, worker
from core.backends.reading.limits import FILES_PER_WORKER, MIB
from core.backends.reading.wire import PREFIX, READY, BadFrame, End, Refusal, Task, length, task_frame, unpack
from core.errors import Refused
from core.types import Block


def task(data: bytes, name: str = "a.txt") -> bytes:
    return task_frame(Task(name, None, len(data), 5, 100 * MIB)) + data


def said(data: bytes) -> list[list[Block] | End | Refusal]:
    """What a worker wrote after it was ready."""
    assert data.startswith(READY)
    rest, messages = data[len(READY) :], []
    while rest:
        size = length(rest[:PREFIX])
        messages.append(unpack(rest[PREFIX : PREFIX + size]))
        rest = rest[PREFIX + size :]
    return messages


@contextmanager
def unlimited(_: Task) -> Iterator[None]:
    yield


def served(data: bytes) -> list[list[Block] | End | Refusal]:
    sink = io.BytesIO()
    worker.serve(io.BytesIO(data), sink, guard=unlimited)
    return said(sink.getvalue())


def test_files_are_answered_one_after_another_until_the_pipe_closes() -> None:
    blocks, end, refusal = served(task(b"hello") + task(b"\x89PNG\r\n\x1a\n", "b.png"))

    assert blocks == [Block("hello")]
    assert isinstance(end, End)
    assert end.peak > 0
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.details["kind"]) == ("picture", "PNG")


def test_a_process_ends_after_its_share_of_files() -> None:
    answers = served(task(b"hello") * (FILES_PER_WORKER + 5))

    assert sum(isinstance(answer, End) for answer in answers) == FILES_PER_WORKER


@pytest.mark.parametrize(
    ("error", "reason", "cause"),
    [
        (MemoryError(), "too_complex", "MemoryError"),
        (RecursionError(), "too_complex", "RecursionError"),
        (ZeroDivisionError(), "damaged", "ZeroDivisionError"),
    ],
)
def test_whatever_a_library_does_becomes_a_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, cause: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(dispatch, "read_file", fails)
    (answer,) = served(task(b"hello"))

    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.cause) == (reason, cause)


def test_the_cause_of_a_refusal_is_named_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise Refused("read.damaged", name="a") from BadFrame("why")

    monkeypatch.setattr(dispatch, "read_file", refuses)
    (answer,) = served(task(b"hello"))

    assert isinstance(answer, Refusal)
    assert answer.cause == "BadFrame"


@pytest.fixture
def unconfined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits would hold the tests' own process."""
    for name in ("confine", "allow"):
        monkeypatch.setattr(limits, name, lambda *_, **__: None)
        monkeypatch.setattr(worker, name, lambda *_, **__: None)


def test_the_clock_runs_only_while_a_file_is_read(unconfined: None) -> None:
    with worker.limited(Task("a", None, 1, 100, MIB)):
        running = signal.getitimer(signal.ITIMER_REAL)[0]

    assert running > 100
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_system_without_timers_does_without(unconfined: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    with worker.limited(Task("a", None, 1, 100, MIB)):
        assert not hasattr(signal, "setitimer")


def test_a_system_without_resource_limits_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)

    assert worker.resource_module() is None


def test_only_frames_reach_the_parent(
    unconfined: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = os.dup(1)
    reading, writing = os.pipe()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(task(b"hello"))))
    monkeypatch.setattr(background, "step_back", lambda: None)
    monkeypatch.delitem(sys.modules, "core.backends.reading.worker")
    os.dup2(writing, 1)
    try:
        runpy.run_module("core.backends.reading.worker", run_name="__main__")
        os.write(1, b"a library talks")
    finally:
        os.dup2(saved, 1)
        for descriptor in (saved, writing):
            os.close(descriptor)
    with contextlib.closing(os.fdopen(reading, "rb")) as pipe:
        answers = said(pipe.read())

    assert answers[0] == [Block("hello")]
    assert capfd.readouterr().out == ""
