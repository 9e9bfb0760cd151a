"""What stands in while a shared store is away, and what the store is told afterwards."""

import asyncio
from collections.abc import Sequence

import pytest

from core.backends.memory import MemoryStore
from core.backends.memory_tallies import MemoryTallies
from core.breaker import Breaker
from core.errors import Unavailable
from core.limits import Counted, Window
from core.standby import StandbyClaims, StandbyHistory, handing_over
from core.standby_tallies import StandbyTallies
from core.types import Session, Turn
from tests.unit.test_breaker import Seconds

HERE = Session("slack", "T1", "C1")
THERE = Session("slack", "T2", "C9")


class Shared:
    """Stores in memory that can be away."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.tallies = MemoryTallies()
        self.is_away = False
        self.lost = False
        self.arrived: asyncio.Event | None = None

    def reach(self) -> None:
        if self.is_away:
            raise Unavailable("store.redis")

    async def claim(self, key: str, *, seconds: float) -> bool:
        if self.arrived is not None:
            await self.arrived.wait()
        self.reach()
        return await self.store.claims.claim(key, seconds=seconds)

    async def release(self, key: str) -> None:
        self.reach()
        await self.store.claims.release(key)

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        self.reach()
        await self.store.history.append(session, turns)
        if self.lost:
            raise Unavailable("store.redis")

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        self.reach()
        return await self.store.history.recent(session, limit=limit)

    async def clear(self, session: Session) -> None:
        self.reach()
        await self.store.history.clear(session)

    async def forget_workspace(self, platform: str, workspace: str) -> None:
        self.reach()
        await self.store.history.forget_workspace(platform, workspace)

    async def admit(self, name: str, windows: Sequence[Window]) -> Counted:
        self.reach()
        return await self.tallies.admit(name, windows)

    async def add(self, window: Window, amount: int) -> int:
        self.reach()
        return await self.tallies.add(window, amount)

    async def used(self, windows: Sequence[Window]) -> Sequence[int]:
        self.reach()
        return await self.tallies.used(windows)


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def shared() -> Shared:
    return Shared()


def outage(clock: Seconds) -> Breaker:
    return Breaker("store", code="store.redis", failures=1, pause=2, clock=clock)


@pytest.fixture
def claims(shared: Shared, clock: Seconds) -> StandbyClaims:
    return StandbyClaims(shared, outage(clock), clock=clock)


@pytest.fixture
def history(shared: Shared, clock: Seconds) -> StandbyHistory:
    return StandbyHistory(shared, outage(clock), ttl=3600, clock=clock)


async def test_while_the_store_is_away_a_claim_is_still_given_once(shared: Shared, claims: StandbyClaims) -> None:
    assert await claims.claim("before", seconds=60)
    shared.is_away = True
    assert not await claims.claim("before", seconds=60), "this process knows what it claimed"
    assert await claims.claim("meanwhile", seconds=60)
    assert not await claims.claim("meanwhile", seconds=60)


async def test_an_outage_is_news_once(
    shared: Shared, claims: StandbyClaims, history: StandbyHistory, caplog: pytest.LogCaptureFixture
) -> None:
    shared.is_away = True
    for number in range(20):
        await claims.claim(str(number), seconds=60)
        await history.append(HERE, [Turn("human", "hello")])
    told = [record.message for record in caplog.records if "kept in memory" in record.message]
    assert told == ["a claim is kept in memory: store.redis", "a conversation is kept in memory: store.redis"]


async def test_of_two_who_find_the_store_away_at_the_same_time_one_gets_it(
    shared: Shared, claims: StandbyClaims
) -> None:
    shared.is_away, shared.arrived = True, asyncio.Event()
    both = [asyncio.create_task(claims.claim("key", seconds=60)) for _ in range(2)]
    await asyncio.sleep(0)
    shared.arrived.set()
    assert sorted(await asyncio.gather(*both)) == [False, True]


async def test_a_claim_in_memory_ends_as_every_claim_does(
    shared: Shared, claims: StandbyClaims, clock: Seconds
) -> None:
    shared.is_away = True
    assert await claims.claim("key", seconds=60)
    clock.now += 61
    assert await claims.claim("key", seconds=60)
    await claims.release("key")
    assert await claims.claim("key", seconds=60)


async def test_the_store_is_told_what_was_claimed_and_given_back_meanwhile(
    shared: Shared, claims: StandbyClaims, clock: Seconds
) -> None:
    assert await claims.claim("given back", seconds=60)
    shared.is_away = True
    await claims.release("given back")
    assert await claims.claim("held", seconds=60)
    assert await claims.claim("over", seconds=1)
    clock.now += 2
    with pytest.raises(Unavailable):
        await claims.hand_over()
    shared.is_away = False
    clock.now += 2
    await claims.hand_over()
    await claims.hand_over()
    assert not await shared.claim("held", seconds=60)
    assert await shared.claim("given back", seconds=60)
    assert await shared.claim("over", seconds=60)


async def test_what_changes_while_it_is_handed_over_is_handed_over_as_well(
    shared: Shared, claims: StandbyClaims, clock: Seconds
) -> None:
    shared.is_away = True
    assert await claims.claim("key", seconds=60)
    shared.is_away, shared.arrived = False, asyncio.Event()
    clock.now += 2
    handing = asyncio.create_task(claims.hand_over())
    await asyncio.sleep(0)
    await claims.release("key")
    shared.arrived.set()
    await handing
    assert await shared.claim("key", seconds=60)


async def test_a_claim_that_another_process_holds_is_not_given(shared: Shared, claims: StandbyClaims) -> None:
    assert await shared.claim("key", seconds=60)
    assert not await claims.claim("key", seconds=60)


async def test_no_more_claims_are_kept_than_there_is_room_for(
    shared: Shared, claims: StandbyClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.standby.CLAIMS_KEPT", 10)
    shared.is_away = True
    for number in range(30):
        assert await claims.claim(str(number), seconds=60)
    assert len(claims._own) == len(claims._owed) == 10
    assert not await claims.claim("29", seconds=60)


async def test_a_conversation_goes_on_while_the_store_is_away(
    shared: Shared, history: StandbyHistory, clock: Seconds
) -> None:
    first, second, third = Turn("human", "first"), Turn("ai", "second"), Turn("human", "third")
    await history.append(HERE, [first])
    shared.is_away = True
    await history.append(HERE, [second])
    await history.append(HERE, [third])
    assert await history.recent(HERE) == (second, third)
    assert await history.recent(HERE, limit=1) == (third,)
    assert await history.recent(HERE, limit=0) == ()
    with pytest.raises(Unavailable):
        await history.hand_over()
    shared.is_away = False
    clock.now += 2
    assert await history.recent(HERE) == (first, second, third)
    await history.hand_over()
    await history.hand_over()
    assert list(await shared.recent(HERE)) == [first, second, third]
    await history.append(HERE, [first])
    assert len(await shared.recent(HERE)) == 4


async def test_what_arrived_although_its_reply_was_lost_is_not_added_twice(
    shared: Shared, history: StandbyHistory, clock: Seconds
) -> None:
    shared.lost = True
    await history.append(HERE, [Turn("human", "first")])
    shared.lost = False
    clock.now += 2
    await history.hand_over()
    assert [turn.text for turn in await shared.recent(HERE)] == ["first"]


async def test_what_is_said_while_it_is_handed_over_is_kept_in_order(
    shared: Shared, history: StandbyHistory, clock: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.is_away = True
    await history.append(HERE, [Turn("human", "first")])
    shared.is_away = False
    clock.now += 2
    plain = shared.append

    async def slow(session: Session, turns: Sequence[Turn]) -> None:
        monkeypatch.setattr(shared, "append", plain)
        await history.append(HERE, [Turn("ai", "second")])
        await plain(session, turns)

    monkeypatch.setattr(shared, "append", slow)
    await history.hand_over()
    assert [turn.text for turn in await shared.recent(HERE)] == ["first", "second"]


async def test_what_is_to_be_forgotten_does_not_come_back(
    shared: Shared, history: StandbyHistory, clock: Seconds
) -> None:
    shared.is_away = True
    for session in (HERE, THERE):
        await history.append(session, [Turn("human", "secret")])
    with pytest.raises(Unavailable):
        await history.clear(HERE)
    with pytest.raises(Unavailable):
        await history.forget_workspace("slack", "T2")
    shared.is_away = False
    clock.now += 2
    await history.hand_over()
    assert [list(await shared.recent(session)) for session in (HERE, THERE)] == [[], []]
    shared.is_away = True
    await history.append(HERE, [Turn("human", "old")])
    clock.now += 3601
    assert await history.recent(HERE) == ()


async def test_questions_and_budgets_are_counted_in_memory_and_handed_over(shared: Shared, clock: Seconds) -> None:
    tallies = StandbyTallies(shared, MemoryTallies(), outage(clock))
    hour = Window("user_hour:U1:1", 2, 600, "user_hour")
    assert await tallies.admit("a", [hour]) == Counted((1,), admitted=True)
    assert await tallies.add(hour, 0) == 1
    shared.is_away = True
    assert await tallies.admit("b", [hour]) == Counted((1,), admitted=True)
    assert await tallies.admit("b", [hour]) == Counted((1,), admitted=True)
    assert await tallies.add(hour, 5) == 6
    assert await tallies.used([hour]) == [6]
    with pytest.raises(Unavailable):
        await tallies.hand_over()
    shared.is_away = False
    clock.now += 2
    await tallies.hand_over()
    assert await tallies.used([hour]) == [7]


async def test_it_is_handed_over_as_soon_as_the_store_is_back(
    shared: Shared, claims: StandbyClaims, clock: Seconds
) -> None:
    shared.is_away = True
    assert await claims.claim("key", seconds=60)
    handing = asyncio.create_task(handing_over([claims], seconds=0))
    for _ in range(20):
        await asyncio.sleep(0)
    shared.is_away = False
    clock.now += 2
    while await shared.store.claims.claim("key", seconds=60):
        await shared.store.claims.release("key")
        await asyncio.sleep(0)
    handing.cancel()
