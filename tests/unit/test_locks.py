"""Turns are taken in order under one name, and nobody waits under another."""

import asyncio

import pytest

from core.errors import Unavailable
from core.locks import Locks


async def test_holders_of_one_name_go_in_order_and_others_do_not_wait() -> None:
    locks, log = Locks(), []
    first_in, let_go = asyncio.Event(), asyncio.Event()

    async def hold(name: str, mark: str) -> None:
        async with locks.hold(name):
            log.append(mark)
            if mark == "first":
                first_in.set()
                await let_go.wait()

    first = asyncio.create_task(hold("a", "first"))
    await first_in.wait()
    second, third = asyncio.create_task(hold("a", "second")), asyncio.create_task(hold("a", "third"))
    await hold("b", "other")
    let_go.set()
    await asyncio.gather(first, second, third)
    assert log == ["first", "other", "second", "third"]


async def test_a_name_nobody_holds_takes_no_memory() -> None:
    locks = Locks()
    for number in range(100):
        async with locks.hold(str(number)):
            assert len(locks) == 1
    assert len(locks) == 0


async def test_too_many_waiting_are_told_to_come_back() -> None:
    locks = Locks(waiting=0)
    async with locks.hold("a"):
        with pytest.raises(Unavailable) as refusal:
            async with locks.hold("a"):
                pass
    assert refusal.value.code == "chat.busy"
