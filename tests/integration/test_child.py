"""An object in a child process answers like one here, and its death is noticed."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from multiprocessing import Pipe

import pytest

from core.backends import child as children
from core.backends.child import Child, main
from core.errors import Refused, Unavailable
from tests.fakes.patience import PATIENCE


class Counter:
    """Counts in whichever process it lives in."""

    def __init__(self, *, start: int = 0) -> None:
        if start < 0:
            raise Refused("index.damaged", place="here")
        self.count = start

    def add(self, number: int) -> int:
        self.count += number
        return self.count

    def process(self) -> int:
        return os.getpid()

    def refuse(self) -> None:
        raise Refused("index.other_embedder", found="a", wanted="b")

    def fail(self) -> None:
        raise LookupError("a bug")

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def hold(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    child = Child(Counter, start=1)
    yield child
    await child.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_calls_are_answered_in_another_process(child: Child) -> None:
    assert await child.call("process") != os.getpid()
    assert await child.call("add", 2) == 3


async def test_calls_at_the_same_time_are_answered_one_after_the_other(child: Child) -> None:
    assert sorted(await asyncio.gather(*(child.call("add", 1) for _ in range(5)))) == [2, 3, 4, 5, 6]


async def test_an_error_of_ours_comes_back_as_it_is(child: Child) -> None:
    with pytest.raises(Refused) as refused:
        await child.call("refuse")
    assert refused.value.code == "index.other_embedder"
    assert refused.value.details == {"found": "a", "wanted": "b"}


async def test_a_bug_comes_back_with_its_traceback_and_the_object_lives_on(child: Child) -> None:
    with pytest.raises(RuntimeError, match="LookupError: a bug"):
        await child.call("fail")
    assert await child.call("add", 1) == 2


async def test_a_death_is_told_and_the_next_call_starts_anew(child: Child) -> None:
    await child.call("add", 10)
    with pytest.raises(Unavailable) as stopped:
        await child.call("die")
    assert stopped.value.code == "index.stopped"
    assert await child.call("add", 1) == 2


async def test_an_object_that_cannot_be_made_says_why() -> None:
    child = Child(Counter, start=-1)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await child.call("add", 1)
        assert refused.value.code == "index.damaged"
    await child.close()


async def test_a_call_that_nobody_waits_for_does_not_confuse_the_next(child: Child) -> None:
    await child.call("add", 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await child.call("hold", 0.3)
    assert await child.call("add", 1) == 2


async def test_a_process_that_is_not_needed_ends_and_comes_back() -> None:
    child = Child(Counter, idle_seconds=0.05)
    process = await child.call("process")
    async with asyncio.timeout(PATIENCE):
        while alive(process):  # noqa: ASYNC110 - nothing here is told when a process ends
            await asyncio.sleep(0.02)
    assert await child.call("process") != process
    await child.close()


async def test_closing_ends_the_process() -> None:
    child = Child(Counter)
    process = await child.call("process")
    await child.close()
    assert not alive(process)


async def test_a_call_that_does_not_end_is_cut_off_by_closing() -> None:
    child = Child(Counter)
    process = await child.call("process")
    holding = asyncio.create_task(child.call("hold", 600))
    await asyncio.sleep(0)
    await child.close(patience=0.1)
    with pytest.raises(Unavailable):
        await holding
    assert not alive(process)


async def test_what_waits_behind_a_call_that_is_cut_off_is_not_begun() -> None:
    child = Child(Counter)
    process = await child.call("process")
    calls = [asyncio.create_task(child.call("hold", 600)) for _ in range(2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await child.close(patience=0.0)
    assert [type(one) for one in await asyncio.gather(*calls, return_exceptions=True)] == [Unavailable] * 2
    assert not alive(process)
    assert not child.awake


async def test_a_process_that_does_not_react_is_killed_by_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child(Counter)
    process = await child.call("process")
    monkeypatch.setattr(children, "PATIENCE", 0.1)
    os.kill(process, signal.SIGSTOP)
    await child.close()
    assert not alive(process)


async def test_closing_what_never_started_is_no_error() -> None:
    await Child(Counter).close()


def test_the_childs_side_ends_when_the_other_end_closes() -> None:
    ours, theirs = Pipe()
    answering = threading.Thread(target=main, args=(os.dup(theirs.fileno()),))
    answering.start()
    theirs.close()
    answers = []
    for frame in ((Counter, {"start": 1}), ("add", (1,)), ("refuse", ()), ("fail", ())):
        ours.send(frame)
        answers.append(ours.recv())
    ours.close()
    answering.join(timeout=10)
    assert not answering.is_alive()
    assert answers[0] == (None, None)
    assert answers[1] == (2, None)
    assert [type(error) for _, error in answers[2:]] == [Refused, RuntimeError]


def test_the_childs_side_ends_when_the_object_cannot_be_made() -> None:
    ours, theirs = Pipe()
    answering = threading.Thread(target=main, args=(os.dup(theirs.fileno()),))
    answering.start()
    theirs.close()
    ours.send((Counter, {"start": -1}))
    assert isinstance(ours.recv()[1], Refused)
    answering.join(timeout=10)
    assert not answering.is_alive()
    ours.close()
