"""The pool of reading processes: what they inherit, how they are stopped and replaced."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import psutil
import pytest

from core.backends.reading import GuardedReader
from core.backends.reading.child import Child, ChildDied
from core.backends.reading.limits import FILES_PER_WORKER, MIB, RETIRE_MEMORY
from core.backends.reading.wire import READY, BadFrame, Refusal, Task, pack
from core.errors import Refused, Unavailable

SLOW = b"<!doctype html><body>" + b"<div>" * 150_000
"""Nests so deep that parsing it takes a minute."""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these limits are Linux's")
TASK = Task(name="a.txt", media_type=None, size=5, seconds=5, memory=100 * MIB)


@pytest.fixture
async def reader() -> AsyncIterator[GuardedReader]:
    async with GuardedReader(workers=1) as reader:
        yield reader


def script(says: str) -> tuple[str, ...]:
    """A child that is ready, takes a task and answers with what an expression gives."""
    program = f"""
import os, sys
out = sys.stdout.buffer
out.write({READY!r})
out.flush()
sys.stdin.buffer.read(8)
out.write({says})
out.flush()
sys.stdin.buffer.read()
"""
    return (sys.executable, "-c", program)


def children(mark: str) -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if mark in " ".join(child.cmdline())]


async def until_child(mark: str = "reading.worker") -> psutil.Process:
    """The child process with this in its command line, once there is one."""
    async with asyncio.timeout(10):
        while not (found := children(mark)):  # noqa: ASYNC110 the start of a process gives no event
            await asyncio.sleep(0.01)
    return found[0]


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)


async def test_a_file_is_read_with_title_and_type(reader: GuardedReader) -> None:
    reading = await reader.read(b"# Leave\n\nFifteen days.", name="handbook.md")

    assert reading.title == "Leave"
    assert reading.media_type == "text/markdown"
    assert reading.blocks[-1].heading == ("Leave",)


async def test_the_first_file_after_the_start_is_read_quickly() -> None:
    started = time.monotonic()
    async with GuardedReader() as reader:
        await reader.read(b"<html><body><p>Hello there, reader.</p></body></html>", name="a.html")

    assert time.monotonic() - started < 5


async def test_a_process_is_used_again(reader: GuardedReader) -> None:
    await reader.read(b"one", name="a.txt")
    first = reader._idle[0]
    await reader.read(b"two", name="b.txt")

    assert reader._idle[0] is first


@pytest.mark.parametrize(("data", "code"), [(b"", "read.empty"), (b"x" * (MIB + 1), "read.too_large")])
async def test_an_empty_or_too_large_file_starts_no_process(data: bytes, code: str) -> None:
    async with GuardedReader(max_file_mb=1) as reader:
        with pytest.raises(Refused) as refused:
            await reader.read(data, name="a.txt")
        assert not reader._idle

    assert refused.value.code == code
    assert "a.txt" in refused.value.text("ko")


async def test_a_refusal_crosses_the_pipe_with_its_reason(reader: GuardedReader) -> None:
    with pytest.raises(Refused) as refused:
        await reader.read(b"\x89PNG\r\n\x1a\n" + bytes(50), name="../a\n\x00b.png")

    assert refused.value.code == "read.picture"
    assert refused.value.details == {"name": "../a b.png", "kind": "PNG"}


async def test_a_file_that_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    async with GuardedReader(workers=1, seconds=0.5) as reader:
        with pytest.raises(Refused) as refused:
            await reader.read(SLOW, name="deep.html")
        assert not reader._idle
        assert (await reader.read(b"fine", name="a.txt")).text == "fine"

    assert refused.value.code == "read.too_slow"


async def test_a_process_that_dies_is_replaced(reader: GuardedReader) -> None:
    await reader.read(b"warm", name="a.txt")
    process = reader._idle[0]._process
    reading = asyncio.create_task(reader.read(SLOW, name="deep.html"))
    await asyncio.sleep(0)
    process.kill()
    with pytest.raises(Refused) as error:
        await reading

    assert error.value.code == "read.too_complex"
    assert (await reader.read(b"fine", name="a.txt")).text == "fine"


async def test_an_idle_process_that_died_is_not_used(reader: GuardedReader) -> None:
    await reader.read(b"one", name="a.txt")
    child = reader._idle[0]
    child._process.kill()
    await child._process.wait()

    assert (await reader.read(b"two", name="b.txt")).text == "two"


async def test_cancelling_frees_the_place_and_ends_the_process(reader: GuardedReader) -> None:
    reading = asyncio.create_task(reader.read(SLOW, name="deep.html"))
    process = await until_child()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert ended(process)
    assert (await reader.read(b"fine", name="a.txt")).text == "fine"


async def test_callers_wait_their_turn_and_too_many_are_sent_away() -> None:
    async with GuardedReader(workers=1, waiting=2) as reader:
        done: list[str] = []

        async def read(name: str) -> None:
            await reader.read(b"text", name=name)
            done.append(name)

        waiting = [asyncio.create_task(read(name)) for name in ("a", "b", "c")]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as busy:
            await reader.read(b"text", name="d")
        await asyncio.gather(*waiting)

    assert busy.value.code == "read.busy"
    assert done == ["a", "b", "c"]


async def test_closing_waits_for_files_that_were_taken_and_takes_no_more() -> None:
    reader = GuardedReader(workers=1)
    taken = [asyncio.create_task(reader.read(b"text", name=f"{number}.txt")) for number in range(3)]
    await asyncio.sleep(0)
    await reader.close()

    assert [(await task).text for task in taken] == ["text"] * 3
    with pytest.raises(Unavailable):
        await reader.read(b"text", name="late.txt")
    assert not children("reading.worker")


async def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails() -> Child:
        raise ChildDied("none")

    monkeypatch.setattr(Child, "start", fails)
    async with GuardedReader() as reader:
        with pytest.raises(Unavailable) as error:
            await reader.read(b"text", name="a.txt")

    assert error.value.code == "read.broken"


@LINUX
async def test_a_process_has_no_secrets_no_files_and_hard_limits(
    reader: GuardedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    await reader.read(b"text", name="a.txt")
    process = psutil.Process(reader._idle[0]._process.pid)

    assert "sk-secret" not in str(process.environ())
    assert process.open_files() == []
    assert process.net_connections() == []
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_NOFILE)[1] <= 64
    assert 0 < process.rlimit(psutil.RLIMIT_AS)[0] < 1024 * MIB
    assert 0 < process.rlimit(psutil.RLIMIT_CPU)[0] <= 20


async def test_text_beyond_the_output_limit_is_refused() -> None:
    child = await Child.start()
    try:
        task = Task(name="a.txt", media_type=None, size=200_000, seconds=5, memory=100 * MIB)
        answer = await child.read(task, b"word " * 40_000, most=10_000)
    finally:
        await child.kill()

    assert isinstance(answer, Refusal)
    assert answer.reason == "too_long"
    assert child.spent


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ("b'\\xff\\xff\\xff\\xff'", BadFrame),
        (repr(pack({"run": "this"})), BadFrame),
        ("b'') or os._exit(1", ChildDied),
        ("b'') or os.close(1) or sys.stdin.buffer.read(", ChildDied),
    ],
)
async def test_a_process_that_was_taken_over_is_not_believed(says: str, error: type[Exception]) -> None:
    child = await Child.start(script(says))
    try:
        with pytest.raises(error):
            await child.read(TASK, b"hello", most=MIB)
    finally:
        await child.kill()


@pytest.mark.parametrize("command", [("/nonexistent/python",), (sys.executable, "-c", "print('hello')")])
async def test_a_process_that_does_not_begin_is_reported(command: tuple[str, ...]) -> None:
    with pytest.raises(ChildDied):
        await Child.start(command)


async def test_a_process_without_pipes_is_no_child() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    with pytest.raises(ValueError, match="pipes"):
        Child(process)


async def test_cancelling_the_start_leaves_no_process() -> None:
    starting = asyncio.create_task(Child.start((sys.executable, "-c", "import time; time.sleep(60)")))
    process = await until_child("time.sleep(60)")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert ended(process)


async def test_a_process_retires_after_its_share_of_files_or_once_it_has_grown() -> None:
    child = await Child.start()
    try:
        fresh = child.spent
        child.peak = RETIRE_MEMORY + 1
        large = child.spent
        child.peak, child._left = 0, 0
        used = child.spent
    finally:
        await child.kill()

    assert (fresh, large, used) == (False, True, True)


def test_the_workers_share_of_files_is_bounded() -> None:
    assert 0 < FILES_PER_WORKER <= 1000
