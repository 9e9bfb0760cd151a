"""What every inbox promises: a question is accepted once, held by one, and given again when its holder has died."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.backends.sqlite import open_store
from core.backends.sqlite.database import rows
from core.inbox import Accepted, Inbox
from tests.fakes.patience import PATIENCE
from tests.integration.stores import START, STORES, Clock, opened_store

HOSTILE = [
    "slack:T1:C1:1\0",
    "slack:T1:C1:\ud800",
    "slack:T1:C1:'; DROP TABLE inbox; --",
    "slack:T1:C1:한글",
    "slack:%",
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
async def inbox(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Inbox]:
    async with opened_store(request, tmp_path, clock=clock) as store:
        yield store.inbox


def item(name: str = "1", *, thread: str = "thread") -> Accepted:
    return Accepted(f"slack:T1:C1:{name}", thread, {"text": f"질문 {name}", "files": [1, None]})


async def test_an_id_is_accepted_once(inbox: Inbox) -> None:
    taken = await asyncio.gather(*(inbox.accept(item(), holder=f"h{number}") for number in range(20)))

    assert sorted(taken) == [False] * 19 + [True]
    assert await inbox.accept(item("2"), holder="h")


async def test_what_is_held_is_not_given(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")

    assert list(await inbox.take("slack:", holder="two")) == []


async def test_what_a_holder_gives_back_is_taken_once_and_as_it_was(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.posted(item().id, "m1")
    await inbox.posted(item().id, "m2")
    await inbox.posted(item().id, "m1")
    await inbox.written(item().id, {"parts": ["답 [1]"]})
    await inbox.release("one")

    given = await asyncio.gather(*(inbox.take("slack:", holder=f"h{number}") for number in range(5)))

    (again,) = [each for group in given for each in group]
    assert again == Accepted(item().id, "thread", item().body, 2, ("m1", "m2"), {"parts": ["답 [1]"]})


async def test_one_that_is_given_back_is_waited_for_and_taken_as_it_was(inbox: Inbox) -> None:
    for name in "12":
        await inbox.accept(item(name), holder="one")
    await inbox.posted(item("2").id, "m1")
    waiting = asyncio.create_task(inbox.waiting("slack:"))

    await inbox.give_back(item("2").id)
    async with asyncio.timeout(PATIENCE):
        await waiting

    given = await inbox.take("slack:", holder="one")
    assert given == [Accepted(item("2").id, "thread", item("2").body, 2, ("m1",))]


async def test_what_is_over_or_not_held_cannot_be_given_back(inbox: Inbox) -> None:
    for name in "123":
        await inbox.accept(item(name), holder="one")
    await inbox.finish(item("1").id)
    await inbox.forget(item("2").id)
    for name in ("1", "2", "unknown"):
        await inbox.give_back(item(name).id)

    assert list(await inbox.take("slack:", holder="one")) == []


async def test_nobody_is_woken_for_what_was_forgotten(inbox: Inbox) -> None:
    await inbox.accept(item("1"), holder="")
    await inbox.accept(item("2"), holder="one")
    await inbox.give_back(item("2").id)
    await inbox.forget("slack:")

    waiting = asyncio.create_task(inbox.waiting("slack:"))
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_the_oldest_are_given_first_and_no_more_than_asked_for(inbox: Inbox) -> None:
    for name in "9316":
        await inbox.accept(item(name), holder="one")
    await inbox.release("one")

    assert [given.id[-1] for given in await inbox.take("slack:", holder="two", limit=3)] == ["9", "3", "1"]
    assert [given.id[-1] for given in await inbox.take("slack:", holder="three", limit=0)] == []
    assert [given.id[-1] for given in await inbox.take("slack:", holder="three")] == ["6"]


async def test_only_what_belongs_to_a_platform_is_given(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.release("one")

    assert list(await inbox.take("discord:", holder="two")) == []


async def test_what_is_finished_is_never_given_or_accepted_again(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.finish(item().id)
    await inbox.finish(item().id)
    await inbox.release("one")

    assert list(await inbox.take("slack:", holder="two")) == []
    assert not await inbox.accept(item(), holder="two")


async def test_what_is_finished_while_it_is_being_taken_is_not_given(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.release("one")

    taken, _ = await asyncio.gather(inbox.take("slack:", holder="two"), inbox.finish(item().id))

    assert len(taken) <= 1
    assert list(await inbox.take("slack:", holder="three")) == []


async def test_a_message_belongs_to_one_question(inbox: Inbox) -> None:
    await inbox.accept(item("1"), holder="one")
    await inbox.accept(item("2"), holder="one")

    assert await inbox.posted(item("1").id, "m1")
    assert not await inbox.posted(item("2").id, "m1")
    assert not await inbox.posted("slack:T1:C1:unknown", "m2")
    await inbox.written("slack:T1:C1:unknown", {})
    await inbox.finish("slack:T1:C1:unknown")
    assert await inbox.posted(item("1").id, "m1")
    assert await inbox.known(["m1", "m2", "m3"]) == {"m1"}


async def test_at_one_place_a_message_is_under_way_for_one_question(inbox: Inbox) -> None:
    for name in "123":
        await inbox.accept(item(name), holder="one")
    first, second, third = (item(name).id for name in "123")

    assert await inbox.posting(first, "place")
    assert await inbox.posting(first, "place")
    assert not await inbox.posting(second, "place")
    assert await inbox.posting(second, "elsewhere")
    assert not await inbox.posting("slack:T1:C1:unknown", "anywhere")
    await inbox.release("one")
    given = await inbox.take("slack:", holder="two")
    assert [each.posting for each in given] == ["place", "elsewhere", ""]

    assert await inbox.posted(first, "m1")
    assert await inbox.posting(third, "place")
    await inbox.finish(second)
    assert await inbox.posting(first, "elsewhere")
    assert not await inbox.posting(second, "nowhere"), "it is finished"
    assert not await inbox.posted(third, "m1"), "it is another one's"
    await inbox.release("two")
    given = await inbox.take("slack:", holder="three")
    assert [each.posting for each in given] == ["elsewhere", "place"]


async def test_messages_are_known_after_the_question_is_finished(inbox: Inbox) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.posted(item().id, "m1")
    await inbox.finish(item().id)

    assert await inbox.known(["m1"]) == {"m1"}


async def test_a_thread_is_remembered_for_as_long_as_is_asked(inbox: Inbox, clock: Clock) -> None:
    await inbox.accept(item(), holder="one")
    await inbox.finish(item().id)
    await clock.wait(3600)

    assert await inbox.talked("thread", since=START)
    assert not await inbox.talked("thread", since=START + timedelta(seconds=1))
    assert not await inbox.talked("other", since=START)


async def test_what_is_finished_is_forgotten_after_a_month_and_the_rest_is_not(inbox: Inbox, clock: Clock) -> None:
    await inbox.accept(item("1"), holder="one")
    await inbox.posted(item("1").id, "m1")
    await inbox.accept(item("2"), holder="one")
    await inbox.finish(item("1").id)
    await clock.wait(31 * 24 * 3600)

    assert await inbox.accept(item("3"), holder="one")
    assert await inbox.known(["m1"]) == frozenset()
    assert await inbox.accept(item("1"), holder="one")
    assert not await inbox.accept(item("2"), holder="one")


async def test_what_nobody_holds_is_offered_to_whoever_waits_for_it(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.waiting("slack:"))
    elsewhere = asyncio.create_task(inbox.waiting("discord:"))
    await asyncio.sleep(0)
    await inbox.accept(item("held"), holder="one")
    await asyncio.sleep(0)
    assert not waiting.done()

    assert await inbox.accept(item("free"), holder="")
    assert not await inbox.accept(item("free"), holder="")
    async with asyncio.timeout(PATIENCE):
        await waiting
    (taken,) = await inbox.take("slack:", holder="two")

    assert taken.id == item("free").id
    assert not elsewhere.done()
    elsewhere.cancel()


@pytest.mark.parametrize("ended", ["taken", "finished"])
async def test_what_was_taken_or_finished_is_offered_no_longer(inbox: Inbox, ended: str) -> None:
    await inbox.accept(item("1"), holder="")
    async with asyncio.timeout(PATIENCE):
        await inbox.waiting("slack:")
    if ended == "taken":
        await inbox.take("slack:", holder="two")
    else:
        await inbox.finish(item("1").id)
    waiting = asyncio.create_task(inbox.waiting("slack:"))
    await asyncio.sleep(0)

    assert not waiting.done()
    await inbox.accept(item("2"), holder="")
    async with asyncio.timeout(PATIENCE):
        await waiting


async def test_an_empty_holder_releases_nothing(inbox: Inbox) -> None:
    await inbox.accept(item("1"), holder="one")
    await inbox.accept(item("2"), holder="")
    await inbox.release("")

    assert [given.id for given in await inbox.take("slack:", holder="two")] == [item("2").id]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_kept_as_they_are(inbox: Inbox, name: str) -> None:
    await inbox.accept(Accepted(name, name, {"text": name}), holder="one")
    await inbox.posted(name, name)
    await inbox.release("one")

    (again,) = await inbox.take("slack:", holder="two")

    assert (again.id, again.thread, again.body, again.messages) == (name, name, {"text": name}, (name,))
    assert await inbox.known([name]) == {name}
    assert await inbox.talked(name, since=START)


async def test_a_restart_gives_what_a_dead_process_held(tmp_path: Path, clock: Clock) -> None:
    async with open_store(tmp_path / "saseo.db", clock=clock) as store:
        await store.inbox.accept(item(), holder="one")
        await store.inbox.posted(item().id, "m1")
    async with open_store(tmp_path / "saseo.db", clock=clock) as store:
        assert not await store.inbox.accept(item(), holder="two")
        (again,) = await store.inbox.take("slack:", holder="two")

    assert (again.attempt, again.messages) == (2, ("m1",))


async def test_what_is_finished_leaves_no_text_behind(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db") as store:
        await store.inbox.accept(item(), holder="one")
        await store.inbox.written(item().id, {"parts": ["secret"]})
        await store.inbox.finish(item().id)

        assert await store._database.read(rows("SELECT body, answer FROM inbox")) == [(b"", None)]
