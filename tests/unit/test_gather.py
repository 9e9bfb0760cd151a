"""Calls that arrive together are worked on together."""

import asyncio
from collections.abc import Sequence

import pytest

from core.backends.gather import Gathered
from core.errors import Unavailable


class Work:
    """Doubles numbers, batch by batch, whenever it is let; refuses the number 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.let = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.begun.set()
        await self.let.wait()
        if 13 in items:
            raise Unavailable("index.failed", reason="13")
        return [2 * item for item in items]


async def test_what_arrives_while_a_batch_is_worked_on_is_the_next_batch() -> None:
    work = Work()
    gathered = Gathered(work, at_once=3)
    first = asyncio.create_task(gathered(0))
    await work.begun.wait()
    others = [asyncio.create_task(gathered(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    work.let.set()
    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8, 10]
    assert work.batches == [[0], [1, 2, 3], [4, 5]]


async def test_every_caller_of_a_failed_batch_is_told_and_the_next_batch_is_worked_on() -> None:
    work = Work()
    gathered = Gathered(work, at_once=2)
    calls = [asyncio.create_task(gathered(number)) for number in (13, 1, 2)]
    work.let.set()
    failed, also, fine = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(failed, Unavailable)
    assert isinstance(also, Unavailable)
    assert fine == 4


async def test_a_caller_who_goes_away_takes_nobody_along() -> None:
    work = Work()
    gathered = Gathered(work, at_once=1)
    working, waiting, stays = (asyncio.create_task(gathered(number)) for number in (1, 2, 3))
    await work.begun.wait()
    working.cancel()
    waiting.cancel()
    await asyncio.sleep(0)
    work.let.set()
    assert await stays == 6
    assert work.batches == [[1], [3]]


async def test_a_caller_who_goes_away_from_a_failing_batch_is_not_missed() -> None:
    work = Work()
    gathered = Gathered(work, at_once=1)
    working = asyncio.create_task(gathered(13))
    await work.begun.wait()
    working.cancel()
    await asyncio.sleep(0)
    work.let.set()
    await gathered.settled()
    assert await gathered(1) == 2


async def test_too_many_waiting_calls_are_turned_away() -> None:
    work = Work()
    gathered = Gathered(work, at_once=1, waiting=2)
    calls = [asyncio.create_task(gathered(0))]
    await work.begun.wait()
    calls += [asyncio.create_task(gathered(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refusal:
        await gathered(3)
    assert refusal.value.code == "index.busy"
    work.let.set()
    assert await asyncio.gather(*calls) == [0, 2, 4]
    await gathered.settled()


async def test_settled_waits_for_all_that_was_asked() -> None:
    work = Work()
    gathered = Gathered(work, at_once=1)
    await gathered.settled()
    calls = [asyncio.create_task(gathered(number)) for number in range(3)]
    await work.begun.wait()
    work.let.set()
    await gathered.settled()
    assert work.batches == [[0], [1], [2]]
    assert await asyncio.gather(*calls) == [0, 2, 4]


async def test_after_a_batch_of_several_the_next_one_gathers_for_a_while() -> None:
    work = Work()
    work.let.set()
    gathered = Gathered(work, at_once=8, pause=0.05)
    assert list(await asyncio.gather(gathered(1), gathered(2))) == [2, 4]
    late = [asyncio.create_task(gathered(3))]
    await asyncio.sleep(0)
    late.append(asyncio.create_task(gathered(4)))
    assert await asyncio.gather(*late) == [6, 8]
    assert work.batches == [[1, 2], [3, 4]]
