"""What many ask for at the same moment is done once, and never before it was asked for."""

import asyncio

import pytest

from core.errors import Unavailable
from core.together import Together


class Work:
    """Counts how often each key was worked on; waits until it is let, and refuses the key `bad`."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.let = asyncio.Event()
        self.together: Together[str, str] = Together(self)

    async def __call__(self, key: str) -> str:
        self.done.append(key)
        number = len(self.done)
        await self.let.wait()
        if key == "bad":
            raise Unavailable("index.failed", reason=key)
        return f"{key} {number}"

    async def ask(self, key: str) -> asyncio.Task[str]:
        asked = asyncio.create_task(self.together(key))
        for _ in range(3):
            await asyncio.sleep(0)
        return asked


async def test_those_who_ask_meanwhile_share_the_next_time() -> None:
    work = Work()
    first, *others = [await work.ask("leave") for _ in range(4)]
    assert work.done == ["leave"]
    work.let.set()
    assert await first == "leave 1"
    assert await asyncio.gather(*others) == ["leave 2"] * 3
    assert len(work.together) == 0


async def test_different_keys_do_not_wait() -> None:
    work = Work()
    asked = [await work.ask(key) for key in ("leave", "travel")]
    assert work.done == ["leave", "travel"]
    work.let.set()
    assert await asyncio.gather(*asked) == ["leave 1", "travel 2"]


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    work = Work()
    first, second, third = [await work.ask("leave") for _ in range(3)]
    first.cancel()
    second.cancel()
    work.let.set()
    assert await third == "leave 2"
    assert first.cancelled()
    assert len(work.together) == 0


async def test_a_failure_is_told_to_all_and_remembered_by_none() -> None:
    work = Work()
    asked = [await work.ask("bad") for _ in range(3)]
    work.let.set()
    for each in asked:
        with pytest.raises(Unavailable):
            await each
    assert len(work.together) == 0


async def test_a_failure_that_nobody_waits_for_is_no_trouble() -> None:
    work = Work()
    asked = await work.ask("bad")
    asked.cancel()
    await asyncio.wait([asked])
    work.let.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert work.done == ["bad"]
    assert len(work.together) == 0


async def test_work_that_is_stopped_leaves_nothing_behind() -> None:
    work = Work()
    asked = await work.ask("leave")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait([asked])
    await asyncio.sleep(0)
    assert len(work.together) == 0
