"""Settings at hand: read once, seen at once after a change here, and soon after a change elsewhere."""

import asyncio
from dataclasses import replace

import pytest

from core.backends.memory_shares import MemoryChannels
from core.channels import USUAL, ChannelPage, ChannelSettings
from core.errors import Unavailable
from core.remembered_channels import RememberedChannels
from core.types import Session

CHANNEL = Session("slack", "T1", "C1")
THREAD = Session("slack", "T1", "C1/17.4")
OFF = ChannelSettings(enabled=False)


class Counting(MemoryChannels):
    """Counts, and waits or fails where a test wants it to."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.notes = 0
        self.gate: asyncio.Event | None = None
        self.away = False

    async def get(self, session: Session) -> ChannelSettings:
        self.reads += 1
        found = await super().get(session)
        if self.gate is not None:
            await self.gate.wait()
        return found

    async def note(self, session: Session) -> None:
        self.notes += 1
        if self.away:
            raise Unavailable("store.busy")
        await super().note(session)


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def channels(store: Counting, clock: Hand) -> RememberedChannels:
    return RememberedChannels(store, seconds=5, kept=2, clock=clock)


async def test_a_channel_is_read_once_with_its_threads(channels: RememberedChannels, store: Counting) -> None:
    assert await channels.lately(CHANNEL) == await channels.lately(THREAD) == USUAL
    assert store.reads == 1


async def test_what_is_changed_here_is_seen_at_once(channels: RememberedChannels) -> None:
    await channels.lately(CHANNEL)
    await channels.put(THREAD, OFF)
    assert await channels.lately(CHANNEL) == OFF
    await channels.erase("slack:T1:")
    assert await channels.lately(CHANNEL) == USUAL


async def test_what_another_process_changes_is_seen_seconds_later(
    channels: RememberedChannels, store: Counting, clock: Hand
) -> None:
    await channels.lately(CHANNEL)
    await store.put(CHANNEL, OFF)
    clock.now = 4.9
    assert await channels.lately(CHANNEL) == USUAL
    clock.now = 5.0
    assert await channels.lately(CHANNEL) == OFF


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    channels: RememberedChannels, store: Counting
) -> None:
    store.gate = asyncio.Event()
    reading = asyncio.create_task(channels.lately(CHANNEL))
    await asyncio.sleep(0)
    await channels.put(CHANNEL, OFF)
    store.gate.set()
    assert await reading == USUAL
    assert await channels.lately(CHANNEL) == OFF


async def test_only_so_many_channels_are_remembered(channels: RememberedChannels, store: Counting) -> None:
    for name in ("C1", "C2", "C1", "C3", "C1"):
        await channels.lately(Session("slack", "T1", name))
    assert store.reads == 3
    await channels.lately(Session("slack", "T1", "C2"))
    assert store.reads == 4


async def test_changes_of_one_channel_follow_each_other(channels: RememberedChannels, store: Counting) -> None:
    def more(known: ChannelSettings) -> ChannelSettings:
        return replace(known, more={"count": known.more.get("count", 0) + 1})

    await asyncio.gather(*(channels.change(CHANNEL, more) for _ in range(10)))
    assert (await store.get(CHANNEL)).more == {"count": 10}
    before = store.reads
    await channels.change(THREAD, lambda known: known)
    assert store.reads == before + 1


async def test_a_channel_is_noted_once_and_again_where_that_failed(
    channels: RememberedChannels, store: Counting
) -> None:
    store.away = True
    await channels.note(CHANNEL)
    assert await channels.page() == ChannelPage(())
    store.away = False
    await channels.note(CHANNEL)
    await channels.note(THREAD)
    assert store.notes == 2
    assert [str(one.session) for one in (await channels.page()).channels] == ["slack:T1:C1"]
    for name in ("C2", "C3"):
        await channels.note(Session("slack", "T1", name))
    await channels.note(CHANNEL)
    assert store.notes == 5, "only so many are remembered"
    await channels.erase("slack:")
    await channels.note(CHANNEL)
    assert len((await channels.page()).channels) == 1
